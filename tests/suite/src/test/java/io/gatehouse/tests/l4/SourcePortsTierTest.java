package io.gatehouse.tests.l4;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An L4 node in a network namespace that has few local ports, and what it says of that. */
@Timeout(120)
class SourcePortsTierTest {
  private static final int FIRST_PORT = 40_000;
  private static final int PORTS = 20;
  private static final String FURTHER = "198.18.41.3";
  private static final String EXHAUSTED = "out of source ports: add an address to sourceAddresses";

  @TempDir Path temp;
  private @Nullable Namespace opened;

  @BeforeEach
  void open() throws Exception {
    opened = Namespace.open();
    opened.setLocalPorts(FIRST_PORT, PORTS);
    opened.add(FURTHER);
  }

  @AfterEach
  void close() throws Exception {
    if (opened != null) {
      opened.close();
    }
  }

  @Test
  void warnsBeforePortsRunOutAndSaysSoWhenTheyHave() throws Exception {
    var namespace = Objects.requireNonNull(opened);
    var file = L4File.in(namespace, temp, "");
    try (var node = L4Node.start(file, namespace);
        var _ = new EchoEndpoint(file.l7Nodes().getFirst())) {
      var clients = EchoClient.connectAll(file.ipv4(), PORTS / 2);
      assertThat(node.gauge("gatehouse_l4_source_port_use_ratio")).isEqualTo(0.5);
      assertThat(node.lines()).noneMatch(line -> line.contains("source ports"));
      clients.addAll(EchoClient.connectAll(file.ipv4(), PORTS * 3 / 10));
      node.awaitLogged(
          "source ports are running out: add an address to sourceAddresses",
          "\"ports\":20",
          namespace.inside());
      assertThat(node.gauge("gatehouse_l4_source_port_use_ratio")).isEqualTo(0.8);
      clients.addAll(EchoClient.connectAll(file.ipv4(), PORTS / 5));
      assertThat(node.counter("source_ports_exhausted")).isZero();

      try (var oneTooMany = EchoClient.connect(file.ipv4())) {
        var address = oneTooMany.address();
        oneTooMany.awaitEnd();
        var line = node.awaitLine(address);
        assertThat(line.flags()).contains("UF");
        assertThat(line.reason()).contains("no free source port");
      }
      node.awaitLogged(EXHAUSTED, "\"ports\":20", namespace.inside());
      assertThat(node.counter("source_ports_exhausted")).isOne();
      assertThat(node.counter("source_address_missing")).isZero();

      clients.removeFirst().reset();
      L4Node.await("a port that is free again", () -> isServed(file));
      EchoClient.resetAll(clients);
    }
  }

  @Test
  void aFurtherAddressHasPortsOfItsOwn() throws Exception {
    var namespace = Objects.requireNonNull(opened);
    var file = L4File.in(namespace, temp, sources(namespace.inside(), FURTHER));
    try (var node = L4Node.start(file, namespace);
        var _ = new EchoEndpoint(file.l7Nodes().getFirst())) {
      EchoClient.resetAll(EchoClient.connectAll(file.ipv4(), 2 * PORTS));
      assertThat(node.counter("connections_unconnected")).isZero();
    }
  }

  @Test
  void anAddressThatIsTakenAwayIsNotCalledOutOfPorts() throws Exception {
    var namespace = Objects.requireNonNull(opened);
    var file = L4File.in(namespace, temp, sources(namespace.inside(), FURTHER));
    try (var node = L4Node.start(file, namespace);
        var _ = new EchoEndpoint(file.l7Nodes().getFirst())) {
      EchoClient.resetAll(EchoClient.connectAll(file.ipv4(), 4));
      namespace.remove(FURTHER);
      EchoClient.resetAll(EchoClient.connectAll(file.ipv4(), PORTS / 2));
      node.awaitLogged("a source address is gone", FURTHER);
      assertThat(node.counter("source_address_missing")).isPositive();
      assertThat(node.counter("source_ports_exhausted")).isZero();
      assertThat(node.counter("connections_unconnected")).isZero();
      assertThat(node.counter("connect_failures")).isZero();
      assertThat(node.lines()).noneMatch(line -> line.contains(EXHAUSTED));
    }
  }

  @Test
  void anAddressThatTheHostDoesNotHaveFailsTheStart() {
    var namespace = Objects.requireNonNull(opened);
    var file = L4File.in(namespace, temp, sources(namespace.inside(), "198.18.41.9"));
    try (var product =
        Product.startWithin(
            namespace.enter(), List.of(), "run", file.path().toString(), "--node", "l4")) {
      assertThat(product.awaitExit()).isNotZero();
      assertThat(product.lines().stream().map(Product.Line::text))
          .anyMatch(line -> line.contains("source address 198.18.41.9: no interface of this host"));
    }
  }

  private static String sources(String one, String other) {
    return "sourceAddresses: [\"%s\", \"%s\"]".formatted(one, other);
  }

  private static boolean isServed(L4File file) {
    try {
      var client = EchoClient.connect(file.ipv4());
      boolean served = client.echoes();
      client.reset();
      return served;
    } catch (IOException e) {
      return false;
    }
  }
}
