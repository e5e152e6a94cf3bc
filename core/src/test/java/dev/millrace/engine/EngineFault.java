package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;

/** Rules of the engine, each made wrong; {@link #NONE} are those that hold. */
public enum EngineFault {
  NONE,

  NO_DIRTY_SET {
    @Override
    CopyRules rules() {
      return new CopyRules() {
        @Override
        boolean givesWay(Window window, long changedAt) {
          return false;
        }
      };
    }
  },

  DIRTY_FROM_THE_READ_ON {
    @Override
    CopyRules rules() {
      return new CopyRules() {
        @Override
        boolean givesWay(Window window, long changedAt) {
          return ClusterTime.isAfter(changedAt, window.arrivedAt);
        }
      };
    }
  },

  NO_GENERATION_FENCE {
    @Override
    CopyRules rules() {
      return new CopyRules() {
        @Override
        boolean isCurrent(Window window, CollectionCopy copy) {
          return true;
        }
      };
    }
  },

  CHUNK_ENDS_OUT_OF_ORDER {
    @Override
    CopyRules rules() {
      return new CopyRules() {
        @Override
        boolean isNext(Window window, RangeCopy range) {
          return true;
        }
      };
    }
  },

  COMMIT_WHILE_PENDING {
    @Override
    CopyRules rules() {
      return new CopyRules() {
        @Override
        long commitPoint(CopyState current, CopyState durable, long covered) {
          return ClusterTime.isAfter(covered, current.committed()) ? covered : ClusterTime.NONE;
        }
      };
    }
  },

  COMMIT_BY_TIME {
    @Override
    CopyRules rules() {
      return new CopyRules() {
        @Override
        long commitPoint(CopyState current, CopyState durable, long covered) {
          return super.commitPoint(current, durable, covered + 1);
        }
      };
    }
  };

  CopyRules rules() {
    return new CopyRules();
  }
}
