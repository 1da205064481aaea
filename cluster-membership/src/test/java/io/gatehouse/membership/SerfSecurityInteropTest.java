package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted rings with a real agent, which compresses what it sends, as it does by default. */
final class SerfSecurityInteropTest {
  private final Transport transport = Transport.choose(Transport.Choice.AUTO);
  private final EventLoopGroup loops = transport.eventLoops("ring", 1);

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Ring start(RingKeys keys) {
    return Ring.start(
        new RingConfig(
            "front-1",
            new InetSocketAddress("127.0.0.1", 0),
            List.of(),
            Map.of("role", "l7"),
            Timing.LOCAL,
            Limits.DEFAULT,
            new RingSecurity(keys, ""),
            Optional.empty()),
        transport,
        loops.next());
  }

  private static InetSocketAddress address(Ring ring) {
    return Objects.requireNonNull(ring.view().members().get("front-1")).address();
  }

  private static void awaitAlive(Ring ring, String node) throws Exception {
    var seen = new CountDownLatch(1);
    ring.onChange(
        view -> {
          Member member = view.members().get(node);
          if (member != null && member.state() == NodeState.ALIVE) {
            seen.countDown();
          }
        });
    assertThat(seen.await(30, TimeUnit.SECONDS)).as("last view %s", ring.view()).isTrue();
  }

  @Test
  void anAgentWithTheKeyJoinsAndIsHeardThoughItCompresses() throws Exception {
    var keys = new RingKeys.Fixed(List.of(AgentVectors.KEY_16, AgentVectors.KEY_32), "test");
    try (var agent = SerfAgent.start("oracle-1", "-encrypt=" + AgentVectors.KEY_16.base64());
        var ring = start(keys)) {
      agent.awaitMember("oracle-1", l -> l.contains("alive"));
      agent.join(address(ring));
      awaitAlive(ring, "oracle-1");
      agent.awaitMember("front-1", l -> l.contains("alive") && l.contains("role=l7"));
      ring.updateTags(Map.of("role", "l7", Member.TAG_DRAINING, "true"));
      agent.awaitMember("front-1", l -> l.contains("draining=true"));
      for (RingCounter refusal :
          List.of(
              RingCounter.DROPPED_KEY,
              RingCounter.DROPPED_PLAINTEXT,
              RingCounter.DROPPED_COMPRESSED,
              RingCounter.DROPPED_MALFORMED,
              RingCounter.STREAM_MALFORMED)) {
        assertThat(ring.counters().sum(refusal)).as("%s", refusal).isZero();
      }
      ring.leave();
      agent.awaitMember("front-1", l -> !l.contains("alive"));
    }
  }

  @Test
  void anAgentReadsTheKeyFileThatWeWriteAndSpeaksTheSecondKey() throws Exception {
    Path ours = folder.resolve("ours.json");
    Path theirs = folder.resolve("theirs.json");
    KeyringFile.write(ours, List.of(AgentVectors.KEY_16, AgentVectors.KEY_32));
    KeyringFile.write(theirs, List.of(AgentVectors.KEY_32, AgentVectors.KEY_16));
    try (var agent = SerfAgent.start("oracle-2", "-keyring-file=" + theirs);
        var ring = start(new RingKeys.InFile(ours))) {
      agent.awaitMember("oracle-2", l -> l.contains("alive"));
      agent.join(address(ring));
      awaitAlive(ring, "oracle-2");
      ring.keyRing().use(AgentVectors.KEY_32);
      ring.keyRing().remove(AgentVectors.KEY_16);
      ring.updateTags(Map.of("role", "l7", "key", "second"));
      agent.awaitMember("front-1", l -> l.contains("key=second"));
      assertThat(ring.counters().sum(RingCounter.DROPPED_KEY)).isZero();
    }
  }

  @Test
  void anAgentWithAnotherKeyOrNoneIsRefused() throws Exception {
    try (var ring = start(new RingKeys.Fixed(List.of(AgentVectors.KEY_16), "test"))) {
      try (var agent = SerfAgent.start("oracle-3", "-encrypt=" + AgentVectors.KEY_32.base64())) {
        agent.awaitMember("oracle-3", l -> l.contains("alive"));
        assertThat(agent.tryToJoin(address(ring))).contains("Error joining");
        assertThat(ring.counters().sum(RingCounter.DROPPED_KEY)).isPositive();
      }
      try (var agent = SerfAgent.start("oracle-4")) {
        agent.awaitMember("oracle-4", l -> l.contains("alive"));
        assertThat(agent.tryToJoin(address(ring))).contains("Error joining");
        assertThat(ring.counters().sum(RingCounter.DROPPED_PLAINTEXT)).isPositive();
      }
      assertThat(ring.view().members()).containsOnlyKeys("front-1");
    }
  }
}
