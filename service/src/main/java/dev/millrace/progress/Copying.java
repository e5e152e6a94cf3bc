package dev.millrace.progress;

import java.util.StringJoiner;

/**
 * One collection that is being copied, at one moment.
 *
 * @param pipeline its name
 * @param collection with its database
 * @param estimated rows when it began; below 0 where not known
 * @param perSecond rows; below 0 where not known yet
 */
public record Copying(
    String pipeline,
    String collection,
    long copied,
    long estimated,
    double perSecond,
    int rangesComplete,
    int ranges) {

  /** Seconds until all is copied at the present rate; below 0 where not known. */
  public long secondsLeft() {
    return estimated < 0 || perSecond < 1
        ? -1
        : (long) Math.ceil(Math.max(0, estimated - copied) / perSecond);
  }

  /**
   * {@code pipeline p: copying shop.orders 1,200,000 of about 3,000,000 (40 %), 85,000/s, about 21
   * s left, 3 of 8 ranges}.
   */
  public String line() {
    return line("copying");
  }

  /**
   * The same of something else that goes through a collection.
   *
   * @param doing as {@code copying}
   */
  String line(String doing) {
    StringJoiner line = new StringJoiner(", ");
    line.add(
        "pipeline %s: %s %s %s"
            .formatted(pipeline, doing, collection, Wording.rows(copied, estimated)));
    rest(line);
    return line.toString();
  }

  /** What stands behind a bar: {@code 85,000/s, about 21 s left, 3 of 8 ranges}. */
  public String behind() {
    StringJoiner line = new StringJoiner(", ");
    rest(line);
    return line.toString();
  }

  private void rest(StringJoiner line) {
    if (perSecond >= 0) {
      line.add(Wording.number(Math.round(perSecond)) + "/s");
    }
    if (secondsLeft() >= 0) {
      line.add("about " + Wording.time(secondsLeft()) + " left");
    }
    if (ranges > 0) {
      line.add(Wording.ranges(rangesComplete, ranges));
    }
  }
}
