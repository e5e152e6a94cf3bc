package dev.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.Change;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.testing.Changes;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowVersionTest {
  private static final Namespace ORDERS = new Namespace("shop", "orders");

  private static Event withToken(String data) {
    Event event = new Changes().insert(ORDERS, new BsonDocument("_id", new BsonInt32(1))).event();
    RawValue token = RawValue.of(new BsonDocument("_data", new BsonString(data)));
    return new Event(
        event.raw(), event.operation(), event.namespace(), token, event.clusterTime(), false);
  }

  @ParameterizedTest
  @CsvSource({
    "29, 00000000",
    "2B02, 00000001",
    "2BFE, 0000007F",
    "2C0100, 00000080",
    "2CFFFE, 00007FFF",
    "2D010000, 00008000",
    "2E01000000, 00800000"
  })
  void readsTheIndexAsTheServerWritesIt(String index, String digits) {
    assertThat(
            RowVersion.of(
                withToken("826553f100000000022B022C0100" + index + "6E5A1004AB46645F696400290004")))
        .isEqualTo("6553F10000000002" + digits);
    // Servers of 6.0 and later may write version 2.
    assertThat(RowVersion.of(withToken("826553F100000000022B042C0100" + index + "6E5A1004AB")))
        .isEqualTo("6553F10000000002" + digits);
  }

  @Test
  void sortsAsTheStreamDoes() {
    Changes source = new Changes();
    List<String> versions = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    for (int transaction = 0; transaction < 3; transaction++) {
      source.begin();
      for (int i = 0; i < 40_000; i += transaction == 0 ? 1 : 1_000) {
        Change.Streamed change = source.delete(ORDERS, new BsonInt32(i));
        versions.add(RowVersion.of(change.event()));
        tokens.add(change.event().position().data());
      }
      source.commit();
    }
    assertThat(tokens).isSorted().doesNotHaveDuplicates();
    assertThat(versions).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void putsACopiedRowBehindEveryEventOfItsTime() {
    long time = 0x6553F100_0000000AL;
    assertThat(RowVersion.afterAll(time)).isEqualTo("6553F1000000000AFFFFFFFF");
    assertThat(RowVersion.afterAll(time - 1))
        .isLessThan(RowVersion.digits(time) + "00000000")
        .isLessThan(RowVersion.afterAll(time));
    // Unsigned, as cluster times are: the highest bit is set from 2038 on.
    assertThat(RowVersion.afterAll(0x80000000_00000001L)).isGreaterThan(RowVersion.afterAll(time));
    assertThat(RowVersion.instant(RowVersion.afterAll(time))).isEqualTo("2023-11-14T22:13:20Z");
    assertThat(RowVersion.instant("8000000000000001FFFFFFFF")).isEqualTo("2038-01-19T03:14:08Z");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "82", "826553F10000000002", "826553F100000000022B022C0100", "8265zz"})
  void refusesWhatIsNoToken(String data) {
    assertThatThrownBy(() -> RowVersion.of(withToken(data)))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.Fatal.class));
  }
}
