package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Sequence;
import io.gatehouse.appliance.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A list that is not empty. Items that are wrong are reported and left out.
 *
 * @param single whether one item may stand without brackets
 */
record ListType<T>(Type<T> item, boolean single) implements Type<List<T>> {

  static <T> ListType<T> of(Type<T> item) {
    return new ListType<>(item, false);
  }

  static <T> ListType<T> orSingle(Type<T> item) {
    return new ListType<>(item, true);
  }

  @Override
  public @Nullable List<T> bind(YamlNode node, Scope scope) {
    if (!(node instanceof Sequence sequence)) {
      if (single) {
        T only = item.bind(node, scope);
        return only == null ? null : List.of(only);
      }
      scope.wrongType(node, this);
      return null;
    }
    if (sequence.items().isEmpty()) {
      scope.error(node.at(), "empty-list", "'%s' is empty".formatted(scope.key()), "add an item");
    }
    List<T> bound = new ArrayList<>();
    for (YamlNode child : sequence.items()) {
      T value = item.bind(child, scope);
      if (value != null) {
        bound.add(value);
      }
    }
    return List.copyOf(bound);
  }

  @Override
  public String phrase() {
    return single ? item.phrase() + ", or a list of such" : "a list, each " + item.phrase();
  }

  @Override
  public String example() {
    return "[" + item.example() + "]";
  }

  @Override
  public void writeSchema(JsonWriter json) {
    if (single) {
      json.name("anyOf").beginArray().beginObject();
      item.writeSchema(json);
      json.endObject().beginObject();
    }
    json.field("type", "array").field("minItems", 1).name("items").beginObject();
    item.writeSchema(json);
    json.endObject();
    if (single) {
      json.endObject().endArray();
    }
  }

  @Override
  public String show(List<T> value) {
    return value.stream().map(item::show).collect(Collectors.joining(", ", "[", "]"));
  }
}
