package dev.millrace.letters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Namespace;
import dev.millrace.table.DocumentKey;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that strangers send, and documents that strangers wrote. */
class AddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "{}",
        "[\"a.b\"]",
        "[\"a.b\", 1]",
        "[\"ab\", \"1\"]",
        "[\"a.b\", \"1\", \"2\"]",
        "[\"a.b\", {\"$oid\": \"zz\"}]",
        "[\"a.b\", {\"$binary\": {\"base64\": \"!\", \"subType\": \"0\"}}]"
      })
  void whatIsNoAddressIsNone(String text) {
    assertThat(Address.parse(text)).isEmpty();
  }

  @Test
  void neitherIsWhatHasNoEnd() {
    assertThat(Address.parse("[".repeat(8_000))).isEmpty();
  }

  @Test
  void isReadBack() {
    Address address = new Address(new Namespace("shop", "or\"ders.x"), "{\"a\":\"é\\\"}");
    assertThat(Address.parse(address.toText())).contains(address);
  }

  @Test
  void keyOfADocumentThatOnlyLooksLikeExtendedJsonIsUnknown() {
    String id = "{\"$sha256\":\"00\"}";
    assertThat(DocumentKey.of(id, "{\"_id\": 1, \"a\": {\"$oid\": \"zz\"}}")).isEmpty();
    assertThat(DocumentKey.of("a", null)).contains(new BsonString("a"));
  }
}
