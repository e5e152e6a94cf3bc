package dev.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.junit.jupiter.api.Test;

final class ResultsTest {
  @Test
  void comparesRoundByRoundSoThatASlowStretchOfTheMachineCancelsOut() {
    Results results = new Results();
    for (double slowness : new double[] {1, 10, 2}) {
      results.add("anchor", run(2 * slowness));
      results.add("own", run(1 * slowness));
    }
    assertThat(results.ratio("own", "anchor")).isEqualTo(2);
  }

  @Test
  void takesTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
    assertThat(Results.median(new double[] {9, 1, 5})).isEqualTo(5);
    assertThat(Results.median(new double[] {9, 1, 5, 6})).isEqualTo(5.5);
    assertThat(Results.median(new double[0])).isNaN();
  }

  @Test
  void aBarWithoutAFigureIsNotMet() {
    assertThat(Bar.atLeast("x", Double.NaN, 1, "").met()).isFalse();
    assertThat(Bar.atMost("x", Double.NaN, 1, "").met()).isFalse();
    assertThat(Bar.atLeast("x", 1, 1, "").met()).isTrue();
    assertThat(Bar.atMost("x", 1.01, 1, "").met()).isFalse();
  }

  private static BsonDocument run(double seconds) {
    return new BsonDocument("events", new BsonInt64(100))
        .append("seconds", new BsonDouble(seconds));
  }
}
