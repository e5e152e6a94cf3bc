package dev.millrace.copy;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A test of what another database adds nothing to: of the source, or of the engine. One sink that
 * keeps tables and the position with them, and one that does neither, are enough for it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@ParameterizedTest(name = "{0}")
@EnumSource(
    value = Pipe.Target.class,
    names = {"SQLITE", "JETSTREAM"})
@interface OnTableAndLog {}
