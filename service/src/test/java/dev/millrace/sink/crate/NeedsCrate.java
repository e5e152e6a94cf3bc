package dev.millrace.sink.crate;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Needs a running CrateDB, which no test starts. */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@EnabledIfEnvironmentVariable(
    named = "CRATEDB_URL",
    matches = ".+",
    disabledReason = "needs a CrateDB: CRATEDB_URL=http://localhost:4200")
public @interface NeedsCrate {}
