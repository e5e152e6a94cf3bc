package dev.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;

final class CourseTest {
  @Test
  void reachesTheChildAsItWas() {
    Course course =
        new Course(
            "mongodb://127.0.0.1:1/?replicaSet=lab",
            "db",
            new BsonTimestamp(7, 8),
            9,
            Course.Task.COPY,
            "nats://127.0.0.1:2",
            "s",
            10,
            11);
    assertThat(Course.ofJson(course.toJson())).isEqualTo(course);
  }

  @Test
  void refusesOptionsThatItDoesNotKnow() {
    Set<String> valued = Set.of("--events");
    Options options =
        new Options(List.of("--events", "200,000", "--lookup", "kill"), valued, Set.of("--lookup"));
    assertThat(options.number("--events", 1)).isEqualTo(200_000);
    assertThat(options.has("--lookup")).isTrue();
    assertThat(options.words()).containsExactly("kill");
    assertThatThrownBy(() -> new Options(List.of("--event", "1"), valued, Set.of()))
        .isInstanceOf(UsageException.class)
        .hasMessage("no option --event");
    assertThatThrownBy(() -> new Options(List.of("--events"), valued, Set.of()))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(
            () -> new Options(List.of("--events", "0"), valued, Set.of()).number("--events", 1))
        .isInstanceOf(UsageException.class);
  }
}
