package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Position;

/**
 * Where binding has got to.
 *
 * @param key the innermost key, for messages
 * @param name the name under which an object stands in a mapping of names; empty elsewhere
 */
record Scope(Findings findings, Origins origins, String key, String name) {

  static Scope of(Findings findings, Origins origins) {
    return new Scope(findings, origins, "", "");
  }

  Scope at(String innerKey) {
    return new Scope(findings, origins, innerKey, "");
  }

  Scope named(String innerName) {
    return new Scope(findings, origins, innerName, innerName);
  }

  void error(Position at, String code, String message, String hint) {
    findings.error(at, code, message, hint);
  }

  /** Reports that the node is not of the expected type. */
  void wrongType(YamlNode node, Type<?> expected) {
    boolean absent = node instanceof YamlNode.Scalar scalar && scalar.isNull();
    error(
        node.at(),
        absent ? "missing-value" : "wrong-type",
        key.isEmpty()
            ? "expected %s, found %s".formatted(expected.phrase(), node.noun())
            : "'%s' must be %s, not %s".formatted(key, expected.phrase(), node.noun()),
        "for example " + expected.example());
  }
}
