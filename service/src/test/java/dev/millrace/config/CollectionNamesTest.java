package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CollectionNamesTest {
  @Test
  void namesOfADeploymentSayTheirDatabase() {
    assertThat(CollectionNames.isSound("users", false)).isTrue();
    assertThat(CollectionNames.isSound("users", true)).isFalse();
    assertThat(CollectionNames.isSound("shop.users", true)).isTrue();
    assertThat(CollectionNames.isSound("a$b", false)).isFalse();
    assertThat(CollectionNames.isSound(" ", false)).isFalse();
  }
}
