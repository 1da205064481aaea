package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Entry;
import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.appliance.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mapping from names that the operator chooses to objects, which learn their name from {@link
 * Fields#name}. Entries that are wrong are reported and left out.
 *
 * @param item what stands under each name
 */
record NamesType<T>(Type<T> item) implements Type<List<T>> {

  @Override
  public @Nullable List<T> bind(YamlNode node, Scope scope) {
    if (!(node instanceof Mapping mapping)) {
      scope.wrongType(node, this);
      return null;
    }
    List<T> bound = new ArrayList<>();
    for (Entry entry : mapping.entries().values()) {
      String name = Scalars.NAME.bind(entry.key(), scope.at("name"));
      T value = item.bind(entry.value(), scope.named(entry.key().text()));
      if (name != null && value != null) {
        bound.add(value);
      }
    }
    return List.copyOf(bound);
  }

  @Override
  public String phrase() {
    return "a mapping from names, each to " + item.phrase();
  }

  @Override
  public String example() {
    return "{ %s: %s }".formatted(Scalars.NAME.example(), item.example());
  }

  @Override
  public void writeSchema(JsonWriter json) {
    json.field("type", "object");
    json.name("propertyNames").beginObject();
    Scalars.NAME.writeSchema(json);
    json.endObject().name("additionalProperties").beginObject();
    item.writeSchema(json);
    json.endObject();
  }

  @Override
  public String show(List<T> value) {
    return "";
  }
}
