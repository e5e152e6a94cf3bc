package dev.millrace.progress;

import java.util.Locale;

/** Figures in words. A figure below 0 is not known. */
public final class Wording {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Wording() {}

  /** {@code 1,200,000 of about 3,000,000 (40 %)}. */
  public static String rows(long copied, long estimated) {
    if (estimated <= 0) {
      return number(copied);
    }
    return "%s of about %s (%d %%)"
        .formatted(number(copied), number(estimated), percent(copied, estimated));
  }

  /** A whole number from 0 to 100: an estimate is soon overtaken. */
  public static int percent(long copied, long estimated) {
    return estimated <= 0 ? 0 : (int) Math.clamp(copied * 100.0 / estimated, 0, 100);
  }

  /** {@code 3 of 8 ranges}; empty where there are none. */
  public static String ranges(int complete, int all) {
    return all == 0 ? "" : complete + " of " + all + (all == 1 ? " range" : " ranges");
  }

  /** {@code 21 s}, {@code 4 min}, {@code 3 h 20 min}, {@code 2 d 4 h}. */
  public static String time(long seconds) {
    if (seconds < 2 * MINUTE) {
      return seconds + " s";
    }
    if (seconds < 2 * HOUR) {
      return seconds / MINUTE + " min";
    }
    if (seconds < 2 * DAY) {
      return seconds / HOUR + " h " + seconds % HOUR / MINUTE + " min";
    }
    return seconds / DAY + " d " + seconds % DAY / HOUR + " h";
  }

  public static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
