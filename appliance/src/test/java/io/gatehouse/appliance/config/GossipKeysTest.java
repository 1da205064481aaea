package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.membership.GossipKey;
import io.gatehouse.membership.KeyRing;
import io.gatehouse.membership.RingConfig;
import io.gatehouse.membership.RingKeys;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may be in the ring, by what the file says. */
class GossipKeysTest {
  private static final String KEY = "AAECAwQFBgcICQoLDA0ODw==";

  @TempDir private Path folder;
  private ConfigurationFile file = new ConfigurationFile(Path.of(""));

  @BeforeEach
  void writeSecret() {
    file = ConfigurationFile.in(folder);
  }

  private static String frontDoor(String cluster, String address) {
    return """
    cluster: %s
    nodes:
      l7-1: { role: l7, address: %s }
      l7-2: { role: l7, address: 127.0.0.2 }
    listeners: { web: { port: 8080 } }
    routes: [{ pool: app }]
    pools: { app: { endpoints: ["192.0.2.30:8080"] } }
    """
        .formatted(cluster, address);
  }

  private RingConfig ring(String text) {
    return file.load(text).planFor("l7-1").ring();
  }

  private List<String> codes(String text) {
    return file.read(text).diagnostics().stream().map(Diagnostic::code).toList();
  }

  @Test
  void aRingWithoutKeysMustBeAskedForInSoManyWords() {
    assertThat(codes(frontDoor("{ name: x }", "192.0.2.20"))).containsExactly("unencrypted-ring");
    assertThat(file.findings(frontDoor("{ name: x }", "192.0.2.20")).getFirst())
        .contains("openssl rand -base64 32 > cluster.secret")
        .contains("unencrypted: true");
    var said = ring(frontDoor("{ gossip: { unencrypted: true } }", "192.0.2.20"));
    assertThat(said.security().keys()).isEqualTo(new RingKeys.None());
  }

  @Test
  void aRingThatNeverLeavesTheMachineNeedsNoKey() {
    var loopback = ring(frontDoor("{ name: x }", "127.0.0.1"));
    assertThat(loopback.security().keys()).isEqualTo(new RingKeys.None());
    assertThat(loopback.bind().getAddress().getHostAddress()).isEqualTo("127.0.0.1");
    String alone = frontDoor("{ name: x }", "192.0.2.20").replaceAll(".*l7-2.*\n", "");
    assertThat(ring(alone).bind()).isEqualTo(new InetSocketAddress("127.0.0.1", 7946));
    String heard = alone.replace("name: x", "gossip: { unencrypted: true }");
    assertThat(ring(heard).bind()).isEqualTo(new InetSocketAddress("192.0.2.20", 7946));
    String seeded = alone.replace("name: x", "seeds: [192.0.2.21]");
    assertThat(codes(seeded)).containsExactly("unencrypted-ring");
  }

  @Test
  void keysAreMadeFromTheSecretsInTheirOrder() throws Exception {
    Files.writeString(folder.resolve("other.secret"), "B" + ConfigurationFile.SECRET.substring(1));
    var both = keys("{ secret: [cluster.secret, other.secret] }");
    assertThat(both).hasSize(2).doesNotHaveDuplicates();
    assertThat(keys("{ secret: [other.secret, cluster.secret] }"))
        .containsExactly(both.get(1), both.get(0));
    // Made with Python: HKDF(SHA256, 32, salt=None, info=b"gatehouse gossip ring key").
    assertThat(both.getFirst().base64()).isEqualTo("RM3ybdT9LYdwaeFIRj/pIMKwZquky2ydOIP/gKqaf2A=");
  }

  private List<GossipKey> keys(String cluster) {
    return KeyRing.open(ring(frontDoor(cluster, "192.0.2.20")).security().keys()).keys();
  }

  @Test
  void aKeyFileGoesBeforeTheSecret() throws Exception {
    Files.writeString(folder.resolve("keyring.json"), "[\"" + KEY + "\"]");
    assertThat(keys("{ secret: cluster.secret, gossip: { keys: keyring.json } }"))
        .containsExactly(GossipKey.parse(KEY));
    assertThat(keys("{ secret: cluster.secret, gossip: { unencrypted: true } }")).isEmpty();
  }

  @Test
  void whatCannotBeIsSaidWithItsPlace() throws Exception {
    Files.writeString(folder.resolve("bad.json"), "[\"AAEC\"]");
    for (String name : List.of("none.json", "bad.json")) {
      assertThat(codes(frontDoor("{ gossip: { keys: %s } }".formatted(name), "192.0.2.20")))
          .containsExactly("bad-key-file");
    }
    Files.writeString(folder.resolve("keyring.json"), "[\"" + KEY + "\"]");
    String both = "{ gossip: { keys: keyring.json, unencrypted: true } }";
    assertThat(codes(frontDoor(both, "192.0.2.20"))).containsExactly("contradiction");
    String label = "{ gossip: { unencrypted: true, label: " + "x".repeat(256) + " } }";
    assertThat(codes(frontDoor(label, "192.0.2.20"))).contains("out-of-range");
  }

  @Test
  void seedsMayBeNames() {
    String cluster =
        "{ port: 7000, seeds: [ring.example.com, \"ring.example.com:7946\", 192.0.2.9],"
            + " gossip: { unencrypted: true, label: ring-1 } }";
    var config = ring(frontDoor(cluster, "192.0.2.20"));
    assertThat(config.seeds())
        .containsExactly(
            InetSocketAddress.createUnresolved("ring.example.com", 7000),
            InetSocketAddress.createUnresolved("ring.example.com", 7946),
            new InetSocketAddress("192.0.2.9", 7000));
    assertThat(config.security().label()).isEqualTo("ring-1");
  }
}
