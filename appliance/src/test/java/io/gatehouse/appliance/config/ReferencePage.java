package io.gatehouse.appliance.config;

import java.util.List;

/** Writes docs/configuration.md's reference from the keys that bind the file. */
final class ReferencePage {
  private final StringBuilder out = new StringBuilder();

  private ReferencePage() {}

  static String text() {
    var page = new ReferencePage();
    page.out.append(ConfigurationFile.example("configuration-introduction.md"));
    page.object("", "The whole file", FrontDoorSection.TYPE);
    return page.out.toString();
  }

  private void object(String path, String title, ObjectType<?> type) {
    out.append("\n## ").append(title).append("\n\n");
    if (type.shorthand() != null) {
      out.append(
          "The value of `%s` alone may stand for the whole.\n\n"
              .formatted(type.shorthand().name()));
    }
    out.append("| key | takes | default | meaning |\n|---|---|---|---|\n");
    type.keys().forEach(this::row);
    for (Key<?> key : type.keys()) {
      inner(path.isEmpty() ? key.name() : path + "." + key.name(), key.type());
    }
  }

  /** Each object below has a table of its own, under the path that leads to it. */
  private void inner(String path, Type<?> type) {
    switch (type) {
      case ScalarType<?> scalar -> {}
      case ObjectType<?> object -> object(path, "`" + path + "`", object);
      case ListType<?> list -> inner(path + "[]", list.item());
      case NamesType<?> names -> inner(path + ".NAME", names.item());
      case OffType<?> off -> inner(path, off.on());
    }
  }

  private void row(Key<?> key) {
    String absence = key.absence().isEmpty() ? "see its keys" : key.absence();
    boolean literal = key.fallback() != null && !key.absence().isEmpty();
    List<String> cells =
        List.of(
            "`" + key.name() + "`",
            takes(key.type()),
            key.required() ? "**required**" : literal ? "`" + absence + "`" : absence,
            key.doc());
    out.append("| ").append(String.join(" | ", cells.stream().map(ReferencePage::cell).toList()));
    out.append(" |\n");
  }

  private static String takes(Type<?> type) {
    return switch (type) {
      case ScalarType<?> scalar -> scalar.phrase();
      case ObjectType<?> object when object.shorthand() != null ->
          takes(object.shorthand().type()) + ", or an object";
      case ObjectType<?> object -> "an object";
      case ListType<?> list when list.single() -> takes(list.item()) + ", or a list of such";
      case ListType<?> list -> "a list, each " + takes(list.item());
      case NamesType<?> names -> "objects by name";
      case OffType<?> off -> "`off`, or " + takes(off.on());
    };
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
