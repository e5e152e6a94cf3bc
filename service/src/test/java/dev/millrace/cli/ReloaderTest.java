package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.ConfigReader;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReloaderTest {
  private static final String BEGUN =
      """
      http: {port: 3000}
      log: {level: info}
      pipelines:
        - name: a
          source: {uri: "mongodb://h/shop", collections: [users]}
          checkpoint: source
          sink: {type: stdout}
        - name: b
          source: {uri: "mongodb://h/shop", collections: [orders]}
          snapshot: never
          sink: {type: stdout}
      """;

  private final Noting a = new Noting();
  private final Noting b = new Noting();
  private Path file;
  private Reloader reloader;
  @TempDir Path folder;

  private static final class Noting implements Reloader.Steered {
    private final List<PipelinePlan> plans = new ArrayList<>();
    private final List<CopyRequest> asked = new ArrayList<>();
    private CompletableFuture<Void> answer = CompletableFuture.completedFuture(null);

    @Override
    public void replan(PipelinePlan next) {
      plans.add(next);
    }

    @Override
    public CompletableFuture<Void> request(CopyRequest request) {
      asked.add(request);
      return answer;
    }
  }

  @BeforeEach
  void begin() throws IOException {
    file = folder.resolve("millrace.yaml");
    Files.writeString(file, BEGUN);
    MillraceConfig config = ((Reading.Valid) read()).config();
    reloader = new Reloader(config, this::read, Map.of("a", a, "b", b));
  }

  private Reading read() {
    return new ConfigReader(Map.of()).file(file);
  }

  private void edit(String from, String to) throws IOException {
    Files.writeString(file, Files.readString(file).replace(from, to));
  }

  @Test
  void unchangedFileForgetsWhatWasChangedWhileRunning() {
    assertThat(reloader.reload(Optional.empty()).join())
        .isEqualTo("the configuration holds: a had not changed, b had not changed");

    assertThat(a.asked).containsExactly(new CopyRequest.Reload());
    assertThat(b.asked).containsExactly(new CopyRequest.Reload());
    assertThat(a.plans).isEmpty();
  }

  @Test
  void changedPipelineGoesOnByTheFile() throws IOException {
    edit("collections: [users]}", "collections: [users, crm_*]}\n    copy: {parallelism: 7}");

    assertThat(reloader.reload(Optional.empty()).join()).contains("a goes on by what changed");

    assertThat(a.plans)
        .singleElement()
        .extracting(PipelinePlan::copy)
        .extracting(CopyPlan::parallelism)
        .isEqualTo(7);
    assertThat(a.asked).containsExactly(new CopyRequest.Reload());
    assertThat(reloader.config("a").source().collections()).containsExactly("users", "crm_*");
    assertThat(reloader.reload(Optional.of("a")).join())
        .isEqualTo("the configuration holds: a had not changed");
    assertThat(b.asked).containsExactly(new CopyRequest.Reload());
  }

  @Test
  void faultsAreToldAllAndNothingChanges() throws IOException {
    edit("collections: [users]", "collections: [users, x], full_document: post");
    edit("level: info", "level: loud");

    assertThatThrownBy(() -> reloader.reload(Optional.empty()))
        .hasMessageStartingWith("MR-CONFIG: nothing was changed")
        .hasMessageContaining("log.level")
        .hasMessageContaining("pipelines[0].source.full_document");
    assertThat(a.asked).isEmpty();
    assertThat(reloader.config("a").source().collections()).containsExactly("users");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port: 3000 | port: 3001 | http",
        "level: info | level: warn | log",
        "name: a | name: c | pipeline a (gone)",
        "name: a | name: c | pipeline c (new)",
        "h/shop\", collections: [users] | h/crm\", collections: [users] | a.source.uri",
        "sink: {type: stdout} | sink: {type: stdout, json: canonical} | a.sink",
        "checkpoint: source | checkpoint: file:/x.db | a.checkpoint"
      })
  void whatTakesARestartIsNamedAndNothingChanges(String from, String to, String named)
      throws IOException {
    edit(from, to);
    edit("collections: [users]", "collections: [users, more]");

    assertThatThrownBy(() -> reloader.reload(Optional.empty()))
        .hasMessageStartingWith("MR-RELOAD-RESTART: nothing was changed")
        .hasMessageContaining(named);
    assertThat(a.asked).isEmpty();
    assertThat(a.plans).isEmpty();
  }

  @Test
  void onePipelineIsReloadedWhateverElseDiffers() throws IOException {
    edit("port: 3000", "port: 3001");
    edit("collections: [users]", "collections: [users, more]");

    assertThat(reloader.reload(Optional.of("a")).join()).contains("a goes on by what changed");
  }

  @Test
  void pipelineThatDoesNotRunIsTold() {
    a.answer = CompletableFuture.failedFuture(Failure.fatal("MR-NOT-RUNNING", "it does not run"));

    assertThatThrownBy(() -> reloader.reload(Optional.empty()).join())
        .hasMessageContaining("MR-NOT-RUNNING");
  }
}
