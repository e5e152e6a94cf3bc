package dev.millrace.testing;

import dev.millrace.lab.Lab;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Needs a real server; left out when system property {@code servers} is {@code skip}. */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsServers.Condition.class)
public @interface NeedsServers {
  /** Asks the property. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return Lab.serversSkipped()
          ? ConditionEvaluationResult.disabled("needs a real server, and -Dservers=skip was given")
          : ConditionEvaluationResult.enabled("real servers may be started");
    }
  }
}
