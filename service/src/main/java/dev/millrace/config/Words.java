package dev.millrace.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The constants of an enum as words of the file: {@code POST_IMAGE} is {@code post_image}. */
record Words<E extends Enum<E>>(List<E> constants) {
  static <E extends Enum<E>> Words<E> of(Class<E> type) {
    return new Words<>(Arrays.asList(type.getEnumConstants()));
  }

  Optional<E> in(Section section, String key) {
    return section.value(key, this::named, expected());
  }

  Optional<E> named(String word) {
    return constants.stream().filter(c -> word(c).equals(word)).findFirst();
  }

  String expected() {
    return "one of " + String.join(", ", constants.stream().map(Words::word).toList());
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
