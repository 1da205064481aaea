package io.gatehouse.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CheckCommandTest {
  private static final String VALID =
      """
      nodes:
        door: { role: l7, address: 192.0.2.10 }
      listeners:
        web: { port: 8080 }
      routes:
        - { pool: app }
      pools:
        app: { endpoints: ["192.0.2.30:8080"] }
        spare: { endpoints: ["192.0.2.31:8080"] }
      """;

  @TempDir private Path folder;
  private Path file;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(folder.resolve("front-door.yaml"), VALID);
  }

  @Test
  void saysWhatAValidFileHolds() {
    assertThat(check()).isZero();
    assertThat(printed())
        .contains("9:10: warning: pool 'spare' is not used")
        .contains("listener 'web': buffers take at most 640.0 KiB for a connection of HTTP/1.1; ")
        .endsWith(
            "ok: 1 node, 0 services, 1 listener, 0 certificates, 1 route, 2 pools, 1 warning\n");
  }

  @Test
  void exitsWithTwoWhenTheFileIsInvalid() throws IOException {
    Files.writeString(file, VALID.replace("pool: app", "pool: ap").replace("8080 }", "x }"));
    assertThat(check()).isEqualTo(2);
    assertThat(printed())
        .contains("4:16: error: ", "6:13: error: there is no pool 'ap'", "did you mean 'app'?")
        .endsWith("invalid: 2 errors, 0 warnings\n");
  }

  @Test
  void checksForOneNode() {
    assertThat(check("--node", "door")).isZero();
    assertThat(check("--node", "dor")).isEqualTo(2);
    assertThat(printed()).contains("there is no node 'dor' in the file", "did you mean 'door'?");
  }

  @Test
  void reportsToMachines() throws IOException {
    Files.writeString(file, VALID.replace("pool: app", "pool: ap"));
    assertThat(check("--json")).isEqualTo(2);
    JsonNode json = new ObjectMapper().readTree(printed());
    assertThat(json.get("valid").booleanValue()).isFalse();
    assertThat(json.get("diagnostics")).hasSize(1);
    JsonNode diagnostic = json.get("diagnostics").get(0);
    assertThat(diagnostic.get("severity").textValue()).isEqualTo("error");
    assertThat(diagnostic.get("code").textValue()).isEqualTo("unknown-pool");
    assertThat(diagnostic.get("file").textValue()).isEqualTo(file.toString());
    assertThat(diagnostic.get("line").intValue()).isEqualTo(6);
    assertThat(diagnostic.get("column").intValue()).isEqualTo(13);
    assertThat(diagnostic.get("hint").textValue()).isEqualTo("did you mean 'app'?");
  }

  @Test
  void tellsMachinesTheHashOfAValidFile() throws IOException {
    assertThat(check("--json")).isZero();
    JsonNode json = new ObjectMapper().readTree(printed());
    assertThat(json.get("valid").booleanValue()).isTrue();
    assertThat(json.get("configuration_hash").textValue()).matches("[0-9a-f]{32}");
    assertThat(json.get("buffer_bounds").get(0).get("http1_bytes").intValue())
        .isEqualTo(640 * 1024);
  }

  @Test
  void printsTheSchema() throws IOException {
    var command = new SchemaCommand(new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(new CommandLine(command).execute()).isZero();
    assertThat(new ObjectMapper().readTree(printed()).get("properties").has("nodes")).isTrue();
  }

  private int check(String... options) {
    out.reset();
    var command = new CheckCommand(new PrintStream(out, true, StandardCharsets.UTF_8));
    String[] arguments = java.util.Arrays.copyOf(options, options.length + 1);
    arguments[options.length] = file.toString();
    return new CommandLine(command).execute(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
