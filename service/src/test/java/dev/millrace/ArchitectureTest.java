package dev.millrace;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The import rules of docs/ARCHITECTURE.md: data goes one way, and one place knows everybody. */
@AnalyzeClasses(
    packages = "dev.millrace",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NotTheTestJar.class})
class ArchitectureTest {
  /** What lies below a seam's package implements it. */
  private static final Pattern IMPLEMENTATION =
      Pattern.compile("dev\\.millrace\\.(source|sink|checkpoint|ha)\\.(\\w+)");

  /** Core's test-jar, which is on the class path and is no part of the program. */
  static final class NotTheTestJar implements ImportOption {
    @Override
    public boolean includes(com.tngtech.archunit.core.importer.Location location) {
      return !location.contains("test-classes") && !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule modelKnowsBsonAndTheJdkAlone =
      classes()
          .that()
          .resideInAPackage("dev.millrace.model")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.millrace.model", "java..", "org.bson..", "org.jspecify..");

  @ArchTest
  static final ArchRule seamsKnowTheModelAlone =
      classes()
          .that()
          .resideInAnyPackage(
              "dev.millrace.source",
              "dev.millrace.sink",
              "dev.millrace.checkpoint",
              "dev.millrace.ha")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.millrace.model",
              "dev.millrace.source",
              "dev.millrace.sink",
              "dev.millrace.checkpoint",
              "dev.millrace.ha",
              "java..",
              "org.bson..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule theEngineKnowsSeamsAndKeysAndNoImplementation =
      classes()
          .that()
          .resideInAPackage("dev.millrace.engine")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.millrace.model",
              "dev.millrace.source",
              "dev.millrace.sink",
              "dev.millrace.checkpoint",
              "dev.millrace.ha",
              "dev.millrace.engine",
              "dev.millrace.json",
              "java..",
              "org.bson..",
              "org.jspecify..",
              "org.slf4j..");

  @ArchTest
  static void implementationsAreNamedByWiringAlone(JavaClasses all) {
    Map<String, String> implementations = new TreeMap<>();
    for (JavaClass each : all) {
      Matcher matcher = IMPLEMENTATION.matcher(each.getPackageName());
      if (matcher.matches()) {
        implementations.put(matcher.group(), matcher.group(2));
      }
    }
    assertThat(implementations)
        .containsKeys("dev.millrace.source.mongo", "dev.millrace.sink.sqlite");
    implementations.forEach((implementation, system) ->
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "dev.millrace.wiring",
                // One system's source, store and sink share what talks to it.
                "dev.millrace.*." + system,
                "dev.millrace.bench..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(implementation)
            .check(all));
  }

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.millrace.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nobodySleepsOrReadsTheWallClock =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.millrace.demo..", "dev.millrace.lab..", "dev.millrace.http..")
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule stdoutBelongsToTheSink =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.millrace.cli..", "dev.millrace.lab..", "dev.millrace.bench..")
          .should()
          .accessField(System.class, "out");
}
