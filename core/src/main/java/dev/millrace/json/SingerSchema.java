package dev.millrace.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schema of a Singer stream, as far as JSON itself does not say it: where there were
 * times, fractions, objects and arrays. It grows with what is seen and never narrows, so that every
 * record fits it and all later ones: each place takes anything ({@code anyOf: [… , {}]}).
 *
 * <p>Documents whose field names are data would make it grow for ever: beyond {@value
 * #MOST_PROPERTIES} fields it describes no new ones.
 */
public final class SingerSchema {
  /** The whole is told again with each one that is new. */
  static final int MOST_PROPERTIES = 2_000;

  private static final int SEARCHED = 16;

  private final Properties root = new Properties(null);
  private int properties;
  private boolean grew;

  /** Whether it grew since this was last asked. */
  public boolean grew() {
    boolean before = grew;
    grew = false;
    return before;
  }

  /** Whether there were more fields than it describes. */
  public boolean isFull() {
    return properties >= MOST_PROPERTIES;
  }

  /** A time of this name at the top, beside what documents have. */
  public void time(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    AnyOf values = root.of(utf8, 0, utf8.length);
    if (values != null) {
      values.time();
    }
  }

  Properties root() {
    return root;
  }

  /** Appends it as one JSON object. */
  public void write(JsonBuffer out) {
    root.write(out);
  }

  /**
   * Of an object. Documents of one kind have their fields in the same order, which is tried first.
   */
  final class Properties {
    private final @Nullable AnyOf owner;
    private final List<byte[]> names = new ArrayList<>();
    private final List<AnyOf> values = new ArrayList<>();
    private final Map<String, AnyOf> byName = new HashMap<>();
    private int next;

    private Properties(@Nullable AnyOf owner) {
      this.owner = owner;
    }

    /** What is said of the field whose name stands there; null where nothing more is described. */
    @Nullable AnyOf of(byte[] bson, int from, int to) {
      int size = names.size();
      for (int i = 0, at = next; i < Math.min(size, SEARCHED); i++, at++) {
        if (at >= size) {
          at = 0;
        }
        byte[] name = names.get(at);
        if (Arrays.equals(bson, from, to, name, 0, name.length)) {
          next = at + 1;
          return values.get(at);
        }
      }
      return ofText(new String(bson, from, to - from, StandardCharsets.UTF_8));
    }

    private @Nullable AnyOf ofText(String name) {
      AnyOf known = byName.get(name);
      if (known != null || isFull()) {
        return known;
      }
      AnyOf made = new AnyOf(owner, false);
      names.add(name.getBytes(StandardCharsets.UTF_8));
      values.add(made);
      byName.put(name, made);
      properties++;
      return made;
    }

    private void write(JsonBuffer out) {
      out.ascii("{\"type\": \"object\", \"properties\": {");
      for (int i = 0; i < names.size(); i++) {
        if (i > 0) {
          out.comma();
        }
        byte[] name = names.get(i);
        out.quoted(name, 0, name.length).ascii(": ");
        values.get(i).write(out);
      }
      out.ascii("}}");
    }
  }

  /** Of the values in one place. */
  final class AnyOf {
    /** What it lies in: an object's place, or an array's. */
    private final @Nullable AnyOf up;

    private final boolean element;
    private boolean time;
    private boolean fraction;
    private @Nullable Properties object;
    private @Nullable AnyOf items;

    /** Shown once something is said of what is in them; which of the two came first. */
    private boolean objectShown;

    private boolean itemsShown;
    private boolean itemsFirst;

    private AnyOf(@Nullable AnyOf up, boolean element) {
      this.up = up;
      this.element = element;
    }

    void time() {
      if (!time) {
        time = true;
        grow();
      }
    }

    void fraction() {
      if (!fraction) {
        fraction = true;
        grow();
      }
    }

    Properties object() {
      Properties known = object;
      if (known == null) {
        known = new Properties(this);
        object = known;
      }
      return known;
    }

    AnyOf items() {
      AnyOf known = items;
      if (known == null) {
        known = new AnyOf(this, true);
        items = known;
      }
      return known;
    }

    private void grow() {
      grew = true;
      AnyOf child = this;
      for (AnyOf parent = up; parent != null; child = parent, parent = parent.up) {
        if (child.element) {
          parent.itemsFirst |= !parent.objectShown;
          parent.itemsShown = true;
        } else {
          parent.objectShown = true;
        }
      }
    }

    private void write(JsonBuffer out) {
      out.ascii("{\"anyOf\": [");
      if (time) {
        out.ascii("{\"type\": \"string\", \"format\": \"date-time\"}, ");
      }
      if (fraction) {
        out.ascii("{\"type\": \"number\"}, ");
      }
      if (itemsFirst) {
        items(out);
      }
      if (objectShown && object != null) {
        object.write(out);
        out.comma();
      }
      if (!itemsFirst) {
        items(out);
      }
      out.ascii("{}]}");
    }

    private void items(JsonBuffer out) {
      if (itemsShown && items != null) {
        out.ascii("{\"type\": \"array\", \"items\": ");
        items.write(out);
        out.ascii("}, ");
      }
    }
  }
}
