package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.config.Diagnostic.Severity;
import io.gatehouse.l7.ListenerConfig.Certificate;
import io.gatehouse.l7.PoolConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to backends, from the file to the L7 node's part. */
class PoolTlsTest {
  @TempDir private Path folder;
  private ConfigurationFile file;

  @BeforeEach
  void makeFolder() {
    file = ConfigurationFile.in(folder);
  }

  private static String text(String tls) {
    return ConfigurationFile.example("smallest.yaml")
            .replace("endpoints:", "tls: { " + tls + " }, endpoints:")
        + "certificates:\n  own: { chain: site.pem, key: site.key }\n";
  }

  private List<String> findings(String tls) {
    return file.read(text(tls)).diagnostics().stream()
        .filter(d -> !d.code().equals("unused-certificate"))
        .map(d -> "%d:%d %s".formatted(d.line(), d.column(), d.code()))
        .toList();
  }

  private PoolConfig.Tls planned(String tls) {
    var pools = file.load(text(tls)).planFor("door").l7().orElseThrow().pools();
    return java.util.Objects.requireNonNull(pools.getFirst().connections().tls());
  }

  @Test
  void verifiesByDefault() {
    assertThat(planned("")).isEqualTo(PoolConfig.Tls.DEFAULT);
    assertThat(findings("")).isEmpty();
  }

  @Test
  void reachesTheL7NodeWhole() {
    assertThat(
            planned(
                "serverName: App.Internal, ca: site.pem, certificate: own, minVersion: \"1.3\""))
        .isEqualTo(
            new PoolConfig.Tls(
                true,
                "app.internal",
                folder.resolve("site.pem"),
                new Certificate("own", folder.resolve("site.pem"), folder.resolve("site.key")),
                PoolConfig.TlsVersion.TLS_1_3));
    assertThat(file.load(text("certificate: own")).warnings())
        .as("a certificate that a pool shows is used")
        .isEmpty();
  }

  @Test
  void warnsOfBackendsThatNobodyVerifies() {
    assertThat(file.read(text("verify: false")).diagnostics())
        .filteredOn(d -> d.severity() == Severity.WARNING)
        .extracting(d -> "%d:%d %s".formatted(d.line(), d.column(), d.code()))
        .contains("8:25 unverified-backends");
    assertThat(planned("verify: false").verify()).isFalse();
  }

  @Test
  void locatesMistakes() throws IOException {
    Files.writeString(folder.resolve("empty.pem"), "nothing");
    assertThat(findings("ca: gone.pem")).containsExactly("8:21 missing-file");
    assertThat(findings("ca: empty.pem")).containsExactly("8:21 not-pem");
    assertThat(findings("certificate: site")).containsExactly("8:30 unknown-certificate");
    assertThat(findings("serverName: \"*.internal\"")).containsExactly("8:29 bad-host");
    assertThat(findings("minVersion: \"1.1\"")).containsExactly("8:29 unknown-word");
    assertThat(findings("}, healthCheck: { tls: off, http: /"))
        .as("a probe in the clear to a backend that takes TLS")
        .containsExactly("8:33 probe-mismatch");
  }
}
