package dev.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.bson.BsonObjectId;
import org.junit.jupiter.api.Test;

final class CopyProgressTest {
  private static final UUID ID = new UUID(1, 2);

  @Test
  void goingOnLosesNothing() {
    CopyState before = state(Status.PENDING, 30, range(0, 100, 30), range(100, 200, -1));
    assertThat(CopyProgress.lost(before, before)).isEmpty();
    // The first is cut behind what is done of it, and the second came on.
    assertThat(
            CopyProgress.lost(
                before,
                state(
                    Status.PENDING,
                    60,
                    range(0, 50, 30),
                    range(50, 100, 70),
                    range(100, 200, 110))))
        .isEmpty();
    assertThat(CopyProgress.lost(before, state(Status.DONE, 200))).isEmpty();
  }

  @Test
  void anEndThatMovesBackIsALoss() {
    CopyState before = state(Status.PENDING, 30, range(0, 100, 30), complete(100, 200));
    assertThat(
            CopyProgress.lost(
                before, state(Status.PENDING, 30, range(0, 100, 20), complete(100, 200))))
        .isPresent();
    assertThat(
            CopyProgress.lost(
                before, state(Status.PENDING, 99, range(0, 100, 60), range(100, 200, 190))))
        .isPresent();
    assertThat(
            CopyProgress.lost(
                before, state(Status.PENDING, 29, range(0, 100, 30), complete(100, 200))))
        .isPresent();
    assertThat(CopyProgress.lost(state(Status.DONE, 200), before)).isPresent();
    assertThat(CopyProgress.lost(before, CopyState.NEW)).isPresent();
  }

  private static CopyState state(Status status, long copied, KeyRange... ranges) {
    CollectionCopy copy =
        new CollectionCopy(
            ID, new Generation("82", 1), status, false, "", List.of(ranges), copied, 200);
    return new CopyState(
        true, 1, true, Map.of(new Namespace("d", "c"), copy), 0, 0, false, CopyState.Edits.NONE);
  }

  private static KeyRange range(long from, long to, long done) {
    return new KeyRange(key(from), key(to), done < 0 ? null : key(done), false);
  }

  private static KeyRange complete(long from, long to) {
    return new KeyRange(key(from), key(to), null, true);
  }

  private static BsonObjectId key(long n) {
    return Orders.bound(100 * n);
  }
}
