package dev.millrace.http;

import dev.millrace.config.CollectionNames;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.NamePattern;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The JSON of a request, judged as strictly as a configuration: what is not known is a fault. */
final class RequestBody {
  static final String FAULT = "MR-REQUEST";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final JsonNode body;
  private final boolean deployment;

  /**
   * @param text nothing at all is as an empty object
   * @param known the keys that there may be
   * @param deployment whether names have to say their database
   */
  RequestBody(String text, Set<String> known, boolean deployment) {
    this.body = parse(text);
    this.deployment = deployment;
    for (String key : body.propertyNames()) {
      if (!known.contains(key)) {
        throw fault("found the unknown key " + key + "; expected " + String.join(" or ", known));
      }
    }
  }

  private static JsonNode parse(String text) {
    try {
      JsonNode body = MAPPER.readTree(text.isBlank() ? "{}" : text);
      if (body.isObject()) {
        return body;
      }
    } catch (JacksonException e) {
      throw fault("the body is no JSON");
    }
    throw fault("the body is no JSON object");
  }

  boolean has(String key) {
    return body.has(key);
  }

  /**
   * The names under a key; none where it is absent.
   *
   * @param patterns whether those may be among them
   */
  List<String> names(String key, boolean patterns) {
    JsonNode list = body.path(key);
    if (list.isMissingNode()) {
      return List.of();
    }
    if (!list.isArray()) {
      throw fault(key + ": expected a list of names of collections");
    }
    List<String> names = new ArrayList<>();
    for (JsonNode element : list.values()) {
      String name = element.isString() ? element.asString().strip() : "";
      if (!CollectionNames.isSound(name, deployment)) {
        throw fault(
            "%s: found %s; expected names %s"
                .formatted(
                    key,
                    element,
                    deployment ? "as database.collection" : "of collections, without $"));
      }
      if (!patterns && NamePattern.isPattern(name)) {
        throw fault(
            "%s: found %s; expected whole names, for * stands for itself nowhere but in what is added"
                .formatted(key, element));
      }
      names.add(name);
    }
    return names;
  }

  /** The text under a key; empty where it is absent. */
  Optional<String> text(String key) {
    JsonNode text = body.path(key);
    if (!text.isMissingNode() && !text.isString()) {
      throw fault("%s: found %s; expected a text".formatted(key, text));
    }
    return Optional.of(text).filter(JsonNode::isString).map(JsonNode::asString);
  }

  /** What is under a key where a number is expected, to be read. */
  String number(String key) {
    return body.path(key).toString();
  }

  boolean isTrue(String key) {
    return body.path(key).asBoolean(false);
  }

  /** The one collection under a key, always with its database. */
  Namespace namespace(String key) {
    JsonNode name = body.path(key);
    if (!name.isString() || !CollectionNames.isSound(name.asString(), true)) {
      throw fault("%s: found %s; expected one name as database.collection".formatted(key, name));
    }
    return Namespace.parse(name.asString());
  }

  /** The {@code _id}s under a key, each in a text of canonical Extended JSON; one at least. */
  List<BsonValue> ids(String key) {
    JsonNode list = body.path(key);
    if (!list.isArray() || list.isEmpty()) {
      throw fault(key + ": expected a list of texts, each as {\"_id\": …} in Extended JSON");
    }
    List<BsonValue> ids = new ArrayList<>();
    for (JsonNode element : list.values()) {
      ids.add(id(key, element));
    }
    return ids;
  }

  private static BsonValue id(String key, JsonNode element) {
    try {
      BsonDocument document = BsonDocument.parse(element.asString(""));
      BsonValue id = document.get("_id");
      if (element.isString() && id != null && document.size() == 1) {
        return id;
      }
    } catch (RuntimeException e) {
      // The driver has an exception for each way in which it is none.
    }
    throw fault(
        "%s: found %s; expected a text as {\"_id\": …} in Extended JSON".formatted(key, element));
  }

  static MillraceException fault(String sentence) {
    return Failure.fatal(FAULT, sentence);
  }
}
