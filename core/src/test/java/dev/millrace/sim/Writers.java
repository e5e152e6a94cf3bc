package dev.millrace.sim;

import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What other programs do to the deployment. */
final class Writers {
  private final SimMongo mongo;
  private final SplittableRandom random;
  private final double definitions;
  private final double transactions;
  private final double deletes;

  Writers(SimMongo mongo, SplittableRandom random) {
    this.mongo = mongo;
    this.random = random;
    this.definitions = random.nextInt(3) == 0 ? 0 : .12;
    this.transactions = random.nextInt(4) == 0 ? .8 : .3;
    this.deletes = .3 + .3 * random.nextDouble();
  }

  /** What is there before Millrace first starts. */
  void before() {
    for (Namespace namespace : World.NAMES) {
      if (random.nextInt(10) < 7) {
        mongo.begin();
        mongo.create(namespace, isCapped(namespace));
        for (int key = 0; key < mongo.keys.count(); key++) {
          if (random.nextInt(10) < 7) {
            mongo.put(namespace, key);
          }
        }
        mongo.commit();
      }
    }
    mongo.majorityWrite();
  }

  private boolean isCapped(Namespace namespace) {
    return namespace.equals(World.B) && random.nextInt(3) == 0;
  }

  void write() {
    if (random.nextDouble() < definitions || names().isEmpty()) {
      redefine();
      return;
    }
    mongo.begin();
    int operations = random.nextDouble() < transactions ? 2 + random.nextInt(3) : 1;
    for (int n = 0; n < operations; n++) {
      Namespace namespace = any(names());
      int key = random.nextInt(mongo.keys.count());
      if (mongo.current().doc(namespace, key) != null && random.nextDouble() < deletes) {
        mongo.delete(namespace, key);
      } else {
        mongo.put(namespace, key);
      }
    }
    mongo.commit();
  }

  private List<Namespace> names() {
    return List.copyOf(mongo.current().names().keySet());
  }

  private Namespace any(List<Namespace> names) {
    return names.get(random.nextInt(names.size()));
  }

  private void redefine() {
    Namespace namespace = any(World.NAMES);
    if (mongo.current().uuid(namespace) == null) {
      create(namespace);
      return;
    }
    int choice = random.nextInt(20);
    if (choice < 6) {
      drop(namespace);
    } else if (choice < 10) {
      drop(namespace);
      create(namespace);
      fill(namespace);
    } else if (choice < 19) {
      List<Namespace> others = new ArrayList<>(World.NAMES);
      others.remove(namespace);
      mongo.begin();
      mongo.rename(namespace, any(others));
      mongo.commit();
    } else {
      mongo.dropDatabase();
    }
  }

  private void create(Namespace namespace) {
    mongo.begin();
    mongo.create(namespace, isCapped(namespace));
    mongo.commit();
  }

  private void fill(Namespace namespace) {
    for (int key = 0; key < mongo.keys.count(); key++) {
      if (random.nextInt(3) == 0) {
        mongo.begin();
        mongo.put(namespace, key);
        mongo.commit();
      }
    }
  }

  private void drop(Namespace namespace) {
    mongo.begin();
    mongo.drop(namespace);
    mongo.commit();
  }
}
