package dev.millrace.tap;

import dev.millrace.model.Failure;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.UUID;
import org.bson.BSONException;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.UuidRepresentation;
import org.bson.json.JsonMode;
import org.bson.json.JsonParseException;
import org.bson.json.JsonWriterSettings;
import org.bson.types.ObjectId;

/**
 * A value in a state: text, and the name of its type. By the names that tap-mongodb has for them,
 * so that each reads the other's; and for what it has no name for, {@value #ANY} and Extended JSON.
 */
record BookmarkValue(String text, String type) {
  private static final String ANY = "bson";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final long LAST_YEAR = 253_402_300_799_999L;
  private static final long FIRST_YEAR = -62_135_596_800_000L;
  private static final JsonWriterSettings LOSSLESS =
      JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

  static BookmarkValue of(BsonValue value) {
    return switch (value.getBsonType()) {
      case OBJECT_ID -> new BookmarkValue(value.asObjectId().getValue().toHexString(), "ObjectId");
      case STRING -> new BookmarkValue(value.asString().getValue(), "str");
      case INT32 -> new BookmarkValue(Integer.toString(value.asInt32().getValue()), "int");
      case INT64 -> new BookmarkValue(Long.toString(value.asInt64().getValue()), "Int64");
      case DOUBLE -> ofDouble(value.asDouble().getValue(), value);
      case DATE_TIME -> ofTime(value.asDateTime().getValue(), value);
      case TIMESTAMP -> {
        BsonTimestamp time = value.asTimestamp();
        yield new BookmarkValue(
            Integer.toUnsignedLong(time.getTime()) + "." + Integer.toUnsignedLong(time.getInc()),
            "Timestamp");
      }
      case BINARY -> ofBinary(value.asBinary());
      default -> any(value);
    };
  }

  private static BookmarkValue ofDouble(double number, BsonValue value) {
    return Double.isFinite(number)
        ? new BookmarkValue(Double.toString(number), "float")
        : any(value);
  }

  private static BookmarkValue ofTime(long millis, BsonValue value) {
    return millis >= FIRST_YEAR && millis <= LAST_YEAR
        ? new BookmarkValue(TIME.format(Instant.ofEpochMilli(millis)), "datetime")
        : any(value);
  }

  private static BookmarkValue ofBinary(BsonBinary binary) {
    if (binary.getType() == BsonBinarySubType.BINARY.getValue()) {
      return new BookmarkValue(Base64.getEncoder().encodeToString(binary.getData()), "bytes");
    }
    return binary.getType() == BsonBinarySubType.UUID_STANDARD.getValue()
            && binary.getData().length == 16
        ? new BookmarkValue(binary.asUuid(UuidRepresentation.STANDARD).toString(), "Binary")
        : any(binary);
  }

  private static BookmarkValue any(BsonValue value) {
    return new BookmarkValue(new BsonDocument("value", value).toJson(LOSSLESS), ANY);
  }

  /**
   * The value.
   *
   * @param where for the message where it is none
   */
  BsonValue toValue(String where) {
    try {
      return switch (type) {
        case "ObjectId" -> new BsonObjectId(new ObjectId(text));
        case "str" -> new BsonString(text);
        case "int" -> ofInteger(Long.parseLong(text));
        case "Int64" -> new BsonInt64(Long.parseLong(text));
        case "float" -> new BsonDouble(Double.parseDouble(text));
        case "datetime" -> new BsonDateTime(OffsetDateTime.parse(text).toInstant().toEpochMilli());
        case "Timestamp" -> {
          int dot = text.indexOf('.');
          yield new BsonTimestamp(
              Integer.parseUnsignedInt(text.substring(0, dot)),
              Integer.parseUnsignedInt(text.substring(dot + 1)));
        }
        case "bytes" -> new BsonBinary(Base64.getDecoder().decode(text));
        case "UUID", "Binary" -> new BsonBinary(UUID.fromString(text), UuidRepresentation.STANDARD);
        case ANY -> {
          BsonValue value = BsonDocument.parse(text).get("value");
          if (value == null) {
            throw new IllegalArgumentException("no value in it");
          }
          yield value;
        }
        default -> throw new IllegalArgumentException("a type of another tap: " + type);
      };
    } catch (DateTimeParseException
        | IllegalArgumentException
        | StringIndexOutOfBoundsException
        | JsonParseException
        | BSONException e) {
      throw Failure.fatal(
          "MR-TAP-STATE",
          "%s: \"%s\" of type \"%s\" cannot be read (%s): take the stream's bookmark out of the state to copy it in full"
              .formatted(where, text, type, e.getMessage()),
          e);
    }
  }

  /** Python has one kind of them. */
  private static BsonValue ofInteger(long number) {
    return number == (int) number ? new BsonInt32((int) number) : new BsonInt64(number);
  }
}
