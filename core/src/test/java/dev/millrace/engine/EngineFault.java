package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;

/** Rules of the engine, each made wrong; {@link #NONE} are those that hold. */
public enum EngineFault {
  NONE(new CopyRules()),

  NO_DIRTY_SET(
      new CopyRules() {
        @Override
        boolean givesWay(Window window, long changedAt) {
          return false;
        }
      }),

  DIRTY_FROM_THE_READ_ON(
      new CopyRules() {
        @Override
        boolean givesWay(Window window, long changedAt) {
          return ClusterTime.isAfter(changedAt, window.arrivedAt);
        }
      }),

  RENEWALS_NEVER_GIVE_WAY(
      new CopyRules() {
        @Override
        boolean givesWay(Window window, long changedAt) {
          return ClusterTime.isAfter(changedAt, window.openedAt);
        }

        @Override
        boolean givesWay(long openedAt, long changedAt) {
          return false;
        }
      }),

  NO_GENERATION_FENCE(
      new CopyRules() {
        @Override
        boolean isCurrent(Window window, CollectionCopy copy) {
          return true;
        }
      }),

  CHUNK_ENDS_OUT_OF_ORDER(
      new CopyRules() {
        @Override
        boolean isNext(Window window) {
          return true;
        }
      }),

  COMMIT_WHILE_PENDING(
      new CopyRules() {
        @Override
        long commitPoint(CopyState current, CopyState durable, long covered) {
          return ClusterTime.isAfter(covered, current.committed()) ? covered : ClusterTime.NONE;
        }
      }),

  COMMIT_BY_TIME(
      new CopyRules() {
        @Override
        long commitPoint(CopyState current, CopyState durable, long covered) {
          return super.commitPoint(current, durable, covered + 1);
        }
      });

  @SuppressWarnings("ImmutableEnumChecker") // rules have no state
  private final CopyRules rules;

  EngineFault(CopyRules rules) {
    this.rules = rules;
  }

  CopyRules rules() {
    return rules;
  }
}
