package dev.millrace.json;

/** Times as text, in UTC. */
final class IsoTime {
  /** The last millisecond of the year 9999. */
  static final long LAST_MILLIS = 253_402_300_799_999L;

  /** The first millisecond of the year 1. */
  static final long FIRST_MILLIS = -62_135_596_800_000L;

  private static final int MILLIS_PER_DAY = 86_400_000;

  private IsoTime() {}

  /**
   * Appends date and time up to the seconds, without a zone.
   *
   * @param millis of the years 1 to 9999
   * @return the milliseconds of the second
   */
  static int append(long millis, JsonBuffer out) {
    int day = (int) Math.floorDiv(millis, MILLIS_PER_DAY);
    int milliOfDay = Math.floorMod(millis, MILLIS_PER_DAY);
    // Years counted from March put the leap day last; 719,468 days lie between 0000-03-01 and 1970.
    int shifted = day + 719_468;
    int era = shifted / 146_097;
    int dayOfEra = shifted - era * 146_097;
    int yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int monthFromMarch = (5 * dayOfYear + 2) / 153;
    int dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
    int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
    int year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);

    int secondOfDay = milliOfDay / 1000;
    out.paddedNumber(year, 4);
    out.ascii('-').paddedNumber(month, 2);
    out.ascii('-').paddedNumber(dayOfMonth, 2);
    out.ascii('T').paddedNumber(secondOfDay / 3600, 2);
    out.ascii(':').paddedNumber(secondOfDay / 60 % 60, 2);
    out.ascii(':').paddedNumber(secondOfDay % 60, 2);
    return milliOfDay - secondOfDay * 1000;
  }
}
