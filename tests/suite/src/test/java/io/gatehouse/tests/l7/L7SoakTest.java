package io.gatehouse.tests.l7;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.demo.DemoCertificate;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients of HTTP/1.1 and HTTP/2, with and without TLS, that go away in every phase and in every
 * way, to backends of HTTP/1.1 and HTTP/2 that do the same. When they are gone, nothing of them is
 * left: no connection, no descriptor, no buffer, no memory, and no buffer was lost.
 *
 * <p>{@code -Dgatehouse.soak.seconds=600} makes it a long one, {@code -Dgatehouse.soak.seed=N}
 * another one.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class L7SoakTest {
  private static final Logger log = LoggerFactory.getLogger(L7SoakTest.class);
  private static final long SECONDS_LONG = Long.getLong("gatehouse.soak.seconds", 12);
  private static final long SEED = Long.getLong("gatehouse.soak.seed", 1);
  private static final int CLIENTS = 48;
  private static final int ROUNDS = 3;
  private static final int MIN_OF_EACH_PHASE = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long MIB = 1L << 20;

  /** What has been used for the first time, and the allocator's chunks, make some difference. */
  private static final long MAX_GROWTH_BYTES = 8 * MIB;

  private static final int MAX_GROWTH_DESCRIPTORS = 10;

  private static final String FILE =
      """
      listeners:
        plain: { port: ${port:plain}, http2: true, timeouts: &short
          { head: 1s, bodyIdle: 1s, keepAlive: 1s, writeIdle: 1s } }
        tls:
          { port: ${port:tls}, timeouts: *short,
            tls: { certificates: [site], handshakeTimeout: 1s } }
        inner: { port: ${port:inner}, http2: true, timeouts: *short }
      certificates:
        site: { chain: "%s", key: "%s" }
      routes:
        - { name: direct, pool: app, upgrade: websocket, timeouts: &brief
            { response: 1s, bodyIdle: 1s, tunnelIdle: 1s } }
        - { name: over-h2, path: /h2, listener: [plain, tls], pool: inner, timeouts: *brief }
      pools:
        app: { endpoints: ["127.0.0.1:%d"], healthCheck: off, timeouts: { keepAlive: 1s } }
        inner:
          { endpoints: ["127.0.0.1:${port:inner}"], protocol: h2c, healthCheck: off,
            timeouts: { keepAlive: 1s } }
      """;

  /** What the process holds, once nobody is connected. */
  private record Holdings(long heapBytes, long bufferBytes, long descriptors) {}

  private final Map<SoakClient.Phase, AtomicLong> came = new EnumMap<>(SoakClient.Phase.class);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void nothingIsLeftOfClientsThatGoAwayInEveryPhase(@TempDir Path directory) throws Exception {
    for (var phase : SoakClient.Phase.values()) {
      came.put(phase, new AtomicLong());
    }
    var certificate =
        DemoCertificate.make(directory, "site", List.of("localhost"), List.of("127.0.0.1"));
    try (var backend = new SoakBackend();
        var node =
            L7Node.start(
                directory,
                FILE.formatted(certificate.chain(), certificate.key(), backend.port()))) {
      var factory = trusting(certificate).getSocketFactory();
      var holdings = new ArrayList<Holdings>();
      for (int round = 0; round < ROUNDS; round++) {
        run(node, factory, SECONDS.toNanos(SECONDS_LONG) / ROUNDS);
        awaitNobody(node);
        holdings.add(holdings(node));
        log.atInfo()
            .addKeyValue("round", round)
            .addKeyValue("clients", came)
            .addKeyValue("holdings", holdings.getLast())
            .log("nobody is connected");
      }
      compare(holdings.getFirst(), holdings.getLast());
      assertThat(node.count("internal_errors_total")).isZero();
      assertThat(node.count("tunnels_total")).isPositive();
      assertThat(node.count("http2_connections_total")).isPositive();
    } // which fails if a buffer was lost
  }

  private void run(L7Node node, SSLSocketFactory factory, long nanos) throws Exception {
    var stop = new AtomicBoolean();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        var own = random.split();
        clients.submit(
            () -> {
              while (!stop.get()) {
                var client =
                    new SoakClient(
                        own.split(), node.address("plain"), node.address("tls"), factory);
                client.run();
                requireNonNull(came.get(client.phase())).incrementAndGet();
              }
            });
      }
      long deadline = System.nanoTime() + nanos;
      var before = fewest();
      L7Node.await(
          Duration.ofNanos(nanos).plus(PATIENCE),
          "clients of each phase",
          () -> System.nanoTime() > deadline && fewest() - before >= MIN_OF_EACH_PHASE);
      stop.set(true);
    }
  }

  /** Clients of the phase that has seen fewest. */
  private long fewest() {
    return came.values().stream().mapToLong(AtomicLong::get).min().orElse(0);
  }

  private static void awaitNobody(L7Node node) {
    for (String gauge :
        List.of(
            "requests_active", "tunnels_open", "connections_open", "upstream_connections_open")) {
      node.awaitCount(gauge, 0);
    }
  }

  private static Holdings holdings(L7Node node) throws Exception {
    node.collectGarbage();
    var metrics = node.metrics();
    return new Holdings(
        L7Node.sum(metrics, n -> n.startsWith("jvm_memory_used_bytes{area=\"heap\"")),
        L7Node.sum(metrics, n -> n.equals("gatehouse_l7_buffer_memory_bytes")),
        L7Node.sum(metrics, n -> n.equals("process_files_open_files")));
  }

  private static void compare(Holdings first, Holdings last) {
    assertThat(last.heapBytes() - first.heapBytes()).as("heap").isLessThan(MAX_GROWTH_BYTES);
    assertThat(last.bufferBytes() - first.bufferBytes()).as("buffers").isLessThan(MAX_GROWTH_BYTES);
    assertThat(last.descriptors() - first.descriptors())
        .as("descriptors")
        .isLessThan(MAX_GROWTH_DESCRIPTORS);
  }

  private static SSLContext trusting(DemoCertificate certificate)
      throws GeneralSecurityException, java.io.IOException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("site", certificate.certificate());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
