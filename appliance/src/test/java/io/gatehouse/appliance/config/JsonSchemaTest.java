package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class JsonSchemaTest {
  static final List<String> EXAMPLES = ConfigurationFile.EXAMPLES;

  private final com.networknt.schema.JsonSchema schema =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(JsonSchema.text(), InputFormat.JSON);

  @ParameterizedTest
  @FieldSource("EXAMPLES")
  void acceptsTheExamples(String example) {
    assertThat(violations(ConfigurationFile.example(example))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          port: 8080    | prot: 8080
          port: 8080    | port: web
          port: 8080    | port: 70000
          port: 8080    | port: 8080, timeouts: { head: 10 }
          port: 8080    | port: 8080, timeouts: { head: 10 sec }
          port: 8080    | port: 8080, limits: { maxHead: 64 }
          role: l7      | role: l5
          role: l7,     | ``
          door:         | a/b:
          nodes:        | node:
          - { pool: app } | { pool: app }
          pool: app     | pool: app, path: api
          endpoints: ["192.0.2.30:8080"] | endpoints: []
          endpoints:    | healthCheck: { jitter: 10 }, endpoints:
          """)
  void rejectsWhatTheBinderRejects(String valid, String broken) {
    String text = ConfigurationFile.example("smallest.yaml");
    assertThat(text).contains(valid);
    assertThat(violations(text.replace(valid, broken))).isNotEmpty();
  }

  @Test
  void isItselfASchema() {
    var meta =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    assertThat(meta.validate(JsonSchema.text(), InputFormat.JSON)).isEmpty();
  }

  private Set<ValidationMessage> violations(String yaml) {
    // The validator's own YAML parser is of YAML 1.1, where off is a truth value.
    Object value = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    return schema.validate(new ObjectMapper().<JsonNode>valueToTree(value));
  }
}
