package dev.millrace.relay;

import dev.millrace.lab.SinkImage;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;

/** The events that the runs of one Millrace printed. */
record Lines(List<List<BsonDocument>> runs) {
  /** From what each run printed; a line that a kill cut off is none. */
  static Lines of(List<String> outputs) {
    List<List<BsonDocument>> runs = new ArrayList<>();
    for (String output : outputs) {
      String whole = output.substring(0, output.lastIndexOf('\n') + 1);
      runs.add(whole.lines().map(BsonDocument::parse).toList());
    }
    return new Lines(runs);
  }

  /** What a reader of all lines ends up with. */
  SinkImage image() {
    SinkImage image = new SinkImage();
    runs.forEach(run -> run.forEach(image::apply));
    return image;
  }

  List<String> tokens() {
    return runs.stream().flatMap(List::stream).filter(Lines::isEvent).map(Lines::token).toList();
  }

  /** Copied rows and marks have no token. */
  private static boolean isEvent(BsonDocument line) {
    return line.getDocument("_id", new BsonDocument()).containsKey("_data");
  }

  private static String token(BsonDocument event) {
    return event.getDocument("_id").getString("_data").getValue();
  }

  /** How many lines do not come behind the one before them in the same run. */
  long outOfOrderWithinARun() {
    long wrong = 0;
    for (List<BsonDocument> run : runs) {
      List<String> tokens = run.stream().filter(Lines::isEvent).map(Lines::token).toList();
      for (int i = 1; i < tokens.size(); i++) {
        wrong += tokens.get(i - 1).compareTo(tokens.get(i)) < 0 ? 0 : 1;
      }
    }
    return wrong;
  }
}
