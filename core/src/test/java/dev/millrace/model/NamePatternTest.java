package dev.millrace.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NamePatternTest {
  @Test
  void starStandsForAnyText() {
    assertThat(NamePattern.matches("orders_*", "orders_2025")).isTrue();
    assertThat(NamePattern.matches("orders_*", "orders_")).isTrue();
    assertThat(NamePattern.matches("*.log", "a.b.log")).isTrue();
    assertThat(NamePattern.matches("a*c", "abcd")).isFalse();
    assertThat(NamePattern.matches("*", "any\nthing\n")).isTrue();
  }

  @Test
  void everythingElseStandsForItself() {
    assertThat(NamePattern.matches("a.c", "abc")).isFalse();
    assertThat(NamePattern.matches("a.c*", "abcd")).isFalse();
    assertThat(NamePattern.matches("x", "x")).isTrue();
    assertThat(NamePattern.matches("x*", "x\n")).isTrue();
    assertThat(NamePattern.matches("x", "x\n")).isFalse();
  }
}
