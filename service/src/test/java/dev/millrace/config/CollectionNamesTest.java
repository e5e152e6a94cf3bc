package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CollectionNamesTest {
  @Test
  void starStandsForAnyText() {
    assertThat(CollectionNames.include(List.of("orders_*"), "orders_2025")).isTrue();
    assertThat(CollectionNames.include(List.of("orders_*"), "orders_")).isTrue();
    assertThat(CollectionNames.include(List.of("*.log"), "a.b.log")).isTrue();
    assertThat(CollectionNames.include(List.of("a*c"), "abcd")).isFalse();
    assertThat(CollectionNames.include(List.of("a.c", "x"), "abc")).isFalse();
    assertThat(CollectionNames.include(List.of(), "anything")).isTrue();
  }

  @Test
  void namesOfADeploymentSayTheirDatabase() {
    assertThat(CollectionNames.isSound("users", false)).isTrue();
    assertThat(CollectionNames.isSound("users", true)).isFalse();
    assertThat(CollectionNames.isSound("shop.users", true)).isTrue();
    assertThat(CollectionNames.isSound("a$b", false)).isFalse();
    assertThat(CollectionNames.isSound(" ", false)).isFalse();
  }
}
