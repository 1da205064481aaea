package io.gatehouse.appliance.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads the JSON that the nodes write, as the YAML that JSON is; what is missing reads as empty.
 *
 * @param value a map, a list, a scalar or null
 */
public record Json(@Nullable Object value) {

  /** Parses; null inside if the text is not JSON, such as a line that is still being written. */
  public static Json parse(String text) {
    try {
      return new Json(new Load(LoadSettings.builder().build()).loadFromString(text));
    } catch (YamlEngineException e) {
      return new Json(null);
    }
  }

  /** The value of a map's key. */
  public Json at(String key) {
    return new Json(value instanceof Map<?, ?> map ? map.get(key) : null);
  }

  /** What a map has under a key. */
  public String text(String key) {
    Object found = at(key).value;
    return found == null ? "" : found.toString();
  }

  /** The elements of the list under a key. */
  public List<Json> list(String key) {
    return at(key).elements();
  }

  /** The lists that are the values of this map. */
  public List<List<Json>> lists() {
    return value instanceof Map<?, ?> map
        ? map.values().stream().map(found -> new Json(found).elements()).toList()
        : List.of();
  }

  /** The number under a key; 0 if there is none. */
  public double number(String key) {
    return at(key).value instanceof Number number ? number.doubleValue() : 0;
  }

  /** The elements of the list under a key, as texts. */
  public List<String> texts(String key) {
    return list(key).stream().map(element -> String.valueOf(element.value)).toList();
  }

  /** Whether the value under a key is true. */
  public boolean isTrue(String key) {
    return Boolean.TRUE.equals(at(key).value);
  }

  /** Whether a map has something under a key. */
  public boolean has(String key) {
    return at(key).value != null;
  }

  /** The keys of a map, in their order. */
  public List<String> keys() {
    return value instanceof Map<?, ?> map
        ? map.keySet().stream().map(String::valueOf).toList()
        : List.of();
  }

  /** The elements of a list. */
  public List<Json> elements() {
    return value instanceof List<?> list ? list.stream().map(Json::new).toList() : List.of();
  }
}
