package dev.millrace.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.CopyView;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CopyProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private final CopyRates rates = new CopyRates();

  private static CopyView.Collection one(String name, Status status, long copied, boolean paused) {
    return new CopyView.Collection(
        new Namespace("shop", name), status, "", copied, 3_000_000, 3, 8, 1, paused);
  }

  private static Map<String, CopyView> views(CopyView.Collection... collections) {
    return Map.of(
        "p",
        new CopyView(
            true,
            true,
            List.of(collections),
            new CommitPoint(0, false, "", List.of()),
            "",
            CopyState.Edits.NONE));
  }

  private static Map<String, CopyView> orders(long copied) {
    return views(one("orders", Status.PENDING, copied, false));
  }

  @Test
  void lineTellsAllThatIsKnown() {
    assertThat(new Copying("p", "shop.orders", 1_200_000, 3_000_000, 85_000, 3, 8).line())
        .isEqualTo(
            "pipeline p: copying shop.orders 1,200,000 of about 3,000,000 (40 %), 85,000/s, about 22 s left, 3 of 8 ranges");
    assertThat(new Copying("p", "shop.orders", 1_200_000, -1, -1, 0, 0).line())
        .isEqualTo("pipeline p: copying shop.orders 1,200,000");
    assertThat(new Copying("p", "c", 10, 5, 100, 0, 1).line())
        .isEqualTo(
            "pipeline p: copying c 10 of about 5 (100 %), 100/s, about 0 s left, 0 of 1 range");
  }

  @Test
  void timesAreRounded() {
    assertThat(Wording.time(119)).isEqualTo("119 s");
    assertThat(Wording.time(600)).isEqualTo("10 min");
    assertThat(Wording.time(12_000)).isEqualTo("3 h 20 min");
    assertThat(Wording.time(187_200)).isEqualTo("2 d 4 h");
  }

  @Test
  void rateIsThatOfTheLastTenSeconds() {
    assertThat(rates.at(orders(1_000), 0).getFirst().perSecond()).isNegative();
    assertThat(rates.at(orders(2_000), SECOND).getFirst().perSecond()).isEqualTo(1_000);
    rates.at(orders(12_000), 11 * SECOND);
    assertThat(rates.at(orders(22_000), 12 * SECOND).getFirst().perSecond()).isEqualTo(10_000);
  }

  @Test
  void copyThatBeginsAnewHasNoRateYet() {
    rates.at(orders(1_000), 0);
    rates.at(orders(2_000), SECOND);

    assertThat(rates.at(orders(10), 2 * SECOND).getFirst().perSecond()).isNegative();
  }

  @Test
  void onlyWhatIsCopiedNowCounts() {
    assertThat(
            rates.at(
                views(
                    one("a", Status.DONE, 5, false),
                    one("b", Status.PENDING, 5, true),
                    one("c", Status.UNREADABLE, 5, false),
                    one("d", Status.NOT_COPYABLE, 5, false)),
                0))
        .isEmpty();
  }

  @Test
  void linesComeEveryTenSecondsAndNotWhenNothingIsCopied() {
    List<String> said = new ArrayList<>();
    CopyLines lines = new CopyLines(said::add);
    for (int half = 0; half <= 50; half++) {
      lines.show(rates.at(orders(half * 1_000L + 1), half * SECOND / 2), half * SECOND / 2);
    }
    assertThat(said).hasSize(3);
    assertThat(said.getFirst()).contains("2,000/s");
    for (int half = 51; half <= 100; half++) {
      lines.show(rates.at(views(), half * SECOND / 2), half * SECOND / 2);
    }
    assertThat(said).hasSize(3);
  }

  @Test
  void barsAreDrawnOverThemselvesButNotOverLogLines() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    AtomicLong others = new AtomicLong();
    CopyBars bars =
        new CopyBars(new PrintStream(out, true, StandardCharsets.UTF_8), () -> 120, others::get);

    bars.show(rates.at(orders(1_200_000), 0), 0);
    assertThat(drawn(out))
        .startsWith("p shop.orders  40% [")
        .doesNotContain("\u001b")
        .hasLineCount(1);
    bars.show(rates.at(orders(1_500_000), SECOND), SECOND);
    assertThat(drawn(out))
        .startsWith("\r\u001b[1A\u001b[Jp shop.orders  50% [")
        .contains("300,000/s, about 5 s left");
    others.incrementAndGet();
    bars.show(rates.at(orders(1_800_000), 2 * SECOND), 2 * SECOND);
    assertThat(drawn(out)).startsWith("p shop.orders  60% [");
    bars.close();
    assertThat(drawn(out)).isEqualTo("\r\u001b[1A\u001b[J");
    bars.show(List.of(), 3 * SECOND);
    assertThat(drawn(out)).isEmpty();
  }

  private static String drawn(ByteArrayOutputStream out) {
    String text = out.toString(StandardCharsets.UTF_8);
    out.reset();
    return text;
  }
}
