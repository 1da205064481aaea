package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.config.Diagnostic.Severity;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrontDoorFileTest {
  @TempDir private Path folder;
  private ConfigurationFile file;

  @BeforeEach
  void makeFolder() {
    file = ConfigurationFile.in(folder);
  }

  @Test
  void loadsTheSmallestUsefulFileOfUnderFifteenLines() {
    String text = ConfigurationFile.example("smallest.yaml");
    assertThat(text.lines()).hasSizeLessThan(15);
    assertThat(file.load(text).warnings()).isEmpty();
  }

  @Test
  void reportsFivePlantedMistakesAtOnce() {
    String broken = ConfigurationFile.example("five-mistakes.yaml");
    assertThat(String.join("", file.findings(broken)))
        .isEqualTo(ConfigurationFile.example("five-mistakes.txt"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          port: 8080                   | port: web                  | 4:16 wrong-type
          port: 8080                   | port: 70000                | 4:16 out-of-range
          port: 8080                   | port:                      | 4:15 missing-value
          port: 8080                   | prot: 8080                 | 4:10 unknown-key
          port: 8080                   | port: 9901, bind: any      | 4:16 port-conflict
          port: 8080                   | port: 7946                 | 4:16 port-conflict
          port: 8080                   | port: 8, tls: 3            | 4:24 wrong-type
          port: 8080                   | port: 8, tls: {}           | 4:24 missing-key
          port: 8080                   | port: 8, timeouts: { head: 10 }   | 4:37 missing-unit
          port: 8080                   | port: 8, timeouts: { head: 10sec } | 4:37 wrong-unit
          port: 8080                   | port: 8, timeouts: { head: 11m }  | 4:37 out-of-range
          port: 8080                   | port: 8, timeouts: { head: soon } | 4:37 wrong-type
          port: 8080                   | port: 8, limits: { maxHead: 64 }  | 4:38 missing-unit
          port: 8080                   | port: 8, limits: { maxHead: 64KB } | 4:38 wrong-unit
          port: 8080                   | port: 8, proxyProtocol: on | 4:34 unknown-word
          port: 8080                   | port: 8, proxyProtocol: { trusted: 10.0.0.0/33 } | 4:45 bad-network
          port: 8080                   | port: 8, tls: { certificates: sit } | 4:40 unknown-certificate
          role: l7                     | role: l5                   | 2:17 unknown-word
          role: l7                     | role: [l7, [l4]]           | 2:22 wrong-type
          role: l7                     | role: []                   | 2:17 empty-list
          role: l7,                    | ``                         | 2:9 missing-key
          address: 192.0.2.10          | address: 192.0.2.256       | 2:30 bad-address
          address: 192.0.2.10          | address: door.example.com  | 2:30 bad-address
          address: 192.0.2.10          | address: 0.0.0.0           | 2:30 bad-address
          address: 192.0.2.10          | address: 192.0.2.10, admin: 9901 | 2:49 bad-address
          door:                        | a/b:                       | 2:3 wrong-type
          nodes:                       | node:                      | 1:1 unknown-key
          pool: app                    | pool: ap                   | 6:13 unknown-pool
          pool: app                    | pool: app, host: "a..b"    | 6:24 bad-host
          pool: app                    | pool: app, host: "a:80"    | 6:24 bad-host
          pool: app                    | pool: app, path: api       | 6:24 wrong-type
          pool: app                    | pool: app, listener: wob   | 6:28 unknown-listener
          - { pool: app }              | { pool: app }              | 6:3 wrong-type
          - { pool: app }              | - { pool: app, name: a }\\n  - { pool: app, name: b } | 7:5 shadowed-route
          - { pool: app }              | - { pool: app, name: a }\\n  - { pool: app, name: a, path: /b } | 7:24 duplicate-name
          "192.0.2.30:8080"            | "192.0.2.30"               | 8:22 bad-address
          "192.0.2.30:8080"            | "192.0.2.30:0"             | 8:22 bad-address
          "192.0.2.30:8080"            | "1.2.3.4:8", "1.2.3.4:8"   | 8:35 duplicate-item
          "192.0.2.30:8080"            | "app.internal"             | 8:22 bad-address
          "192.0.2.30:8080"            | "app.internal:0"           | 8:22 bad-address
          "192.0.2.30:8080"            | "*.internal:80"            | 8:22 bad-host
          "192.0.2.30:8080"            | "a.test:8", "a.test:8"     | 8:34 duplicate-item
          endpoints:                   | maxAttempts: 2, maxAttempts: 3, endpoints: | 8:26 duplicate-key
          endpoints:                   | healthCheck: { jitter: 60% }, endpoints: | 8:33 out-of-range
          endpoints:                   | healthCheck: { jitter: 10 }, endpoints: | 8:33 missing-unit
          endpoints:                   | protocol: h2, endpoints:   | 8:20 conflicting-keys
          endpoints:                   | protocol: h2c, tls: {}, endpoints: | 8:20 conflicting-keys
          endpoints:                   | healthCheck: none, endpoints: | 8:23 wrong-type
          endpoints:                   | healthCheck: { http: { path: /, status: 300-200 } }, endpoints: | 8:50 out-of-range
          listeners:                   | services: { s: { to: web } }\\nlisteners: | 3:16 missing-key
          listeners:                   | services: { s: { port: 1, listen: "1.2.3.4:1", to: web } }\\nlisteners: | 3:35 conflicting-keys
          listeners:                   | services: { s: { port: 1, to: wob } }\\nlisteners: | 3:31 unknown-listener
          listeners:                   | services: { s: { port: 1, to: web, tableSize: 100 } }\\nlisteners: | 3:47 not-prime
          listeners:                   | cluster: { seeds: [seed..example] }\\nlisteners: | 3:20 bad-host
          """)
  void locatesEachMistake(String valid, String broken, String expected) {
    String text = ConfigurationFile.example("smallest.yaml");
    assertThat(text).contains(valid);
    String mistaken = text.replace(valid, broken.replace("\\n", "\n"));
    assertThat(
            file.read(mistaken).diagnostics().stream()
                .filter(d -> d.severity() == Severity.ERROR)
                .map(d -> "%d:%d %s".formatted(d.line(), d.column(), d.code())))
        .as(mistaken)
        .contains(expected);
  }

  @Test
  void judgesReferencesEvenWhereNodesAreMissing() {
    assertThat(codes("routes: [{ pool: app }]")).containsExactly("missing-key", "unknown-pool");
  }

  @Test
  void doesNotTakeAReferenceToABrokenPoolForASecondMistake() {
    String text = ConfigurationFile.example("smallest.yaml").replace("endpoints", "endpiont");
    assertThat(codes(text)).containsExactly("missing-key", "unknown-key");
  }

  @Test
  void warnsOfWhatIsNotUsed() {
    String text =
        ConfigurationFile.example("smallest.yaml")
            + "  spare: { endpoints: [\"192.0.2.31:80\"] }\n"
            + "certificates:\n  site: { chain: site.pem, key: site.key }\n";
    assertThat(file.load(text).warnings())
        .extracting(d -> "%d:%d %s %s".formatted(d.line(), d.column(), d.severity(), d.code()))
        .containsExactly("9:10 WARNING unused-pool", "11:9 WARNING unused-certificate");
  }

  @Test
  void refusesAServiceWhoseHeaderTheListenerDoesNotTake() {
    String text = ConfigurationFile.example("two-tiers.yaml");
    assertThat(
            codes(
                text.replace(
                    "http: { port: 80, to: plain }",
                    "http: { port: 80, to: web, proxyProtocol: none }")))
        .containsExactly("proxy-protocol-mismatch");
    assertThat(
            codes(text.replace("plain: { port: 8080,", "plain: { port: 8080, proxyProtocol: off,")))
        .containsExactly("proxy-protocol-mismatch");
  }

  @Test
  void refusesAnHttpProbeOfATlsListener() {
    String text = ConfigurationFile.example("two-tiers.yaml");
    assertThat(codes(text.replace("    hash: source-ip", "    healthCheck: { http: / }")))
        .containsExactly("probe-mismatch");
  }

  @Test
  void refusesTwoNodesOfOneAddress() {
    String text = ConfigurationFile.example("two-tiers.yaml").replace("192.0.2.21", "192.0.2.20");
    assertThat(file.findings(text).getFirst())
        .contains("node 'l7-1' has the same address [duplicate-address]");
  }

  @Test
  void tellsAnUnknownNodeFromTheFilesOwn() {
    var result = file.read(ConfigurationFile.example("two-tiers.yaml"), "l7-3");
    assertThat(result.diagnostics())
        .extracting(d -> "%d:%d %s: %s".formatted(d.line(), d.column(), d.code(), d.hint()))
        .containsExactly("8:1 unknown-node: did you mean 'l7-1'?");
  }

  @Test
  void needsNoCertificatesOnAnL4Node() {
    String text = ConfigurationFile.example("two-tiers.yaml").replace("site.key", "absent.key");
    assertThat(file.read(text, "l4-1")).isInstanceOf(FrontDoorFile.Loaded.class);
    assertThat(file.read(text, "l7-1").diagnostics())
        .extracting(Diagnostic::code)
        .containsExactly("missing-file");
  }

  @Test
  void saysThatAFileIsMissing() {
    var result = FrontDoorFile.read(folder.resolve("absent.yaml"));
    assertThat(result.diagnostics())
        .extracting(Diagnostic::code)
        .containsExactly("unreadable-file");
    assertThat(FrontDoorFile.read(folder).diagnostics())
        .extracting(Diagnostic::code)
        .containsExactly("unreadable-file");
  }

  @Test
  void boundsWhatItReports() {
    String text = "x: 1\n" + "nodes:\n" + "  a b: {}\n".repeat(1);
    String many =
        java.util.stream.IntStream.range(0, 500)
            .mapToObj("unknown%d: 1\n"::formatted)
            .collect(java.util.stream.Collectors.joining("", text, ""));
    List<Diagnostic> found = file.read(many).diagnostics();
    assertThat(found).hasSize(Findings.MAX_FINDINGS + 1);
    assertThat(found.getLast().code()).isEqualTo("too-many-findings");
  }

  @Test
  void hashesWhatTheFileSaysAndNotHow() {
    String hash = file.load(ConfigurationFile.example("smallest.yaml")).hash();
    String restyled =
        """
        # the same
        pools: {app: {endpoints: ['192.0.2.30:8080']}}
        routes: [{pool: app}]
        nodes:
          door:
            address: 192.0.2.10
            role: l7
        listeners: {web: {port: 8080}}
        """;
    assertThat(file.load(restyled).hash()).isEqualTo(hash).matches("[0-9a-f]{32}");
    assertThat(file.load(restyled.replace("8080}", "8081}")).hash()).isNotEqualTo(hash);
  }

  private List<String> codes(String text) {
    return file.read(text).diagnostics().stream().map(Diagnostic::code).toList();
  }
}
