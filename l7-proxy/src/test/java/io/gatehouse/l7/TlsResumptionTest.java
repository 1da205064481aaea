package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.ListenerConfig.Handshakes;
import io.gatehouse.l7.ListenerConfig.Tickets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that OpenSSL's client began on one node and takes to another. */
class TlsResumptionTest {
  private static final String REUSED = "Reused, ";
  private static final String NEW = "New, ";

  private final Path directory;
  private final ListenerConfig.Certificate certificate;

  TlsResumptionTest(@TempDir Path directory) {
    this.directory = directory;
    this.certificate = new TestCertificates(directory).make("a", "a.test");
  }

  private static TicketSecrets secrets(int... fills) {
    return new TicketSecrets(
        Arrays.stream(fills)
            .mapToObj(
                fill -> {
                  var secret = new byte[TicketSecrets.MIN_BYTES];
                  Arrays.fill(secret, (byte) fill);
                  return secret;
                })
            .toList());
  }

  private TierFixture node(boolean tickets, @Nullable TicketSecrets secrets) throws Exception {
    var fixture = TierFixture.onEachTransport().reduce((first, second) -> second).orElseThrow();
    fixture.tls =
        new ListenerConfig.Tls(
            List.of(certificate),
            TlsProfile.INTERMEDIATE,
            false,
            new Tickets(tickets, secrets, HOURS.toNanos(12)),
            null,
            Handshakes.DEFAULT,
            SECONDS.toNanos(10));
    fixture.backend(RawBackend.answering(request -> RawBackend.ok("well")));
    return fixture.start();
  }

  private String session(TierFixture node, String version) throws Exception {
    String file = directory.resolve("session" + version).toString();
    assertThat(OpenSslClient.get(node.address(), version, "-sess_out", file)).contains(NEW, "well");
    return file;
  }

  @org.junit.jupiter.params.ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aTicketOfOneNodeResumesOnAnotherWithTheSameSecret(String version) throws Exception {
    try (var one = node(true, secrets(1));
        var other = node(true, secrets(1));
        var rotated = node(true, secrets(2, 1));
        var stranger = node(true, secrets(2));
        var alone = node(true, null)) {
      String session = session(one, version);
      for (var node : List.of(one, other, rotated)) {
        long before = node.count(L7Counter.TLS_RESUMED_HANDSHAKES);
        assertThat(OpenSslClient.get(node.address(), version, "-sess_in", session))
            .contains(REUSED, "well");
        node.awaitCount(L7Counter.TLS_RESUMED_HANDSHAKES, before + 1);
      }
      for (var node : List.of(stranger, alone)) {
        assertThat(OpenSslClient.get(node.address(), version, "-sess_in", session))
            .contains(NEW, "well");
        assertThat(node.count(L7Counter.TLS_RESUMED_HANDSHAKES)).isZero();
      }
    }
  }

  @org.junit.jupiter.params.ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void nothingIsResumedWithoutTickets(String version) throws Exception {
    try (var node = node(false, secrets(1));
        var other = node(true, secrets(1))) {
      String session = session(other, version);
      assertThat(OpenSslClient.get(node.address(), version, "-sess_in", session)).contains(NEW);
      session(node, version);
      assertThat(node.count(L7Counter.TLS_RESUMED_HANDSHAKES)).isZero();
    }
  }
}
