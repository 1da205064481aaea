package io.gatehouse.appliance.config;

import io.gatehouse.appliance.json.JsonWriter;

/** The JSON Schema (2020-12) of the file, made from the same keys that bind it. */
public final class JsonSchema {
  private JsonSchema() {}

  /** The schema, indented; ends with a newline. */
  public static String text() {
    var json = new JsonWriter().beginObject();
    json.field("$schema", "https://json-schema.org/draft/2020-12/schema");
    json.field("title", "Gatehouse front door");
    FrontDoorSection.TYPE.writeSchema(json);
    return indented(json.endObject().toString());
  }

  /** Compact JSON, a member a line; arrays of plain values stay on theirs. */
  private static String indented(String compact) {
    var out = new StringBuilder();
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < compact.length(); i++) {
      char c = compact.charAt(i);
      quoted ^= c == '"' && (i == 0 || !isEscaped(compact, i));
      if (quoted || c == '"') {
        out.append(c);
      } else {
        boolean closes = c == '}' || c == ']';
        boolean opens = c == '{' || c == '[';
        depth += opens ? 1 : closes ? -1 : 0;
        if (closes) {
          newLine(out, depth);
        }
        out.append(c);
        if (opens || c == ',') {
          newLine(out, depth);
        } else if (c == ':') {
          out.append(' ');
        }
      }
    }
    return out.append('\n').toString();
  }

  private static boolean isEscaped(String json, int index) {
    int backslashes = 0;
    while (json.charAt(index - 1 - backslashes) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  private static void newLine(StringBuilder out, int depth) {
    out.append('\n').repeat("  ", depth);
  }
}
