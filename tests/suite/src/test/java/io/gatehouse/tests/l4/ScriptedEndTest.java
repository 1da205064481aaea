package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.tests.l4.EndReport.Ending;
import io.gatehouse.tests.l4.SoakScript.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the soak's scripts come to an end by themselves, and that its ends find what is wrong. */
@Timeout(120)
class ScriptedEndTest {
  private static final int SCRIPTS = 300;

  private final EndLoop loop = new EndLoop("scripted");

  @AfterEach
  void closeLoop() {
    loop.close();
  }

  @Test
  void everyScriptEndsWellWithNothingBetweenTheEnds() throws Exception {
    var clients = new ArrayList<CompletableFuture<EndReport>>();
    var endpoints = new ArrayList<CompletableFuture<EndReport>>();
    for (long seed = 0;
        seed < SCRIPTS;
        seed++) { // all at once, for most of them wait most of the time
      var script = SoakScript.of(seed);
      var pair = Pair.open();
      clients.add(play(pair.one, script, true));
      endpoints.add(play(pair.other, script, false));
    }
    for (int seed = 0; seed < SCRIPTS; seed++) {
      assertThat(clients.get(seed).get(90, SECONDS).detail()).as("seed %d", seed).isEmpty();
      assertThat(endpoints.get(seed).get(90, SECONDS).detail()).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void aByteThatIsNotTheOneToComeIsFound() throws Exception {
    var script = first(Kind.ENDPOINT_FINISHES_FIRST);
    try (var pair = Pair.open()) {
      var client = play(pair.one, script, true);
      pair.other.write(script.endpoint().stream().part(1, 1)); // byte 0 is lost
      assertThat(client.get().detail()).startsWith("byte 0 is wrong");
    }
  }

  @Test
  void aFinBeforeTheLastByteIsFound() throws Exception {
    var script = first(Kind.ENDPOINT_FINISHES_FIRST);
    try (var pair = Pair.open()) {
      var client = play(pair.one, script, true);
      pair.other.write(script.endpoint().stream().part(0, script.endpoint().bytes() - 1));
      pair.other.shutdownOutput();
      assertThat(client.get().detail()).contains("the FIN came before byte");
    }
  }

  @Test
  void aByteTooManyIsFound() throws Exception {
    var script = first(Kind.ENDPOINT_FINISHES_FIRST);
    try (var pair = Pair.open()) {
      var client = play(pair.one, script, true);
      pair.other.write(script.endpoint().stream().part(0, script.endpoint().bytes()));
      pair.other.write(ByteBuffer.allocate(1));
      assertThat(client.get().detail()).contains("more bytes than");
    }
  }

  @Test
  void aFinInPlaceOfAResetIsFound() throws Exception {
    var script = first(Kind.ENDPOINT_RESETS);
    try (var pair = Pair.open()) {
      var client = play(pair.one, script, true);
      pair.other.shutdownOutput();
      assertThat(client.get().detail()).isEqualTo("a FIN in place of the reset");
    }
  }

  @Test
  void aResetThatTheScriptDoesNotAskForIsFound() throws Exception {
    var script = first(Kind.EACH_FINISHES_WHEN_DONE);
    try (var pair = Pair.open()) {
      var client = play(pair.one, script, true);
      pair.other.setOption(StandardSocketOptions.SO_LINGER, 0);
      pair.other.close();
      assertThat(client.get().ending()).isEqualTo(Ending.WRONG);
    }
  }

  /**
   * A script of this kind whose ends both send something, at once, and not too much for a buffer.
   */
  private static SoakScript first(Kind kind) {
    return LongStream.range(0, 10_000)
        .mapToObj(SoakScript::of)
        .filter(script -> script.kind() == kind)
        .filter(script -> script.client().beginAfter() == 0 && script.client().bytes() > 1)
        .filter(script -> script.endpoint().bytes() > 1 && script.endpoint().bytes() < 4_000)
        .findFirst()
        .orElseThrow();
  }

  private CompletableFuture<EndReport> play(
      SocketChannel channel, SoakScript script, boolean asClient) {
    var report = new CompletableFuture<EndReport>();
    loop.execute(
        () -> {
          try {
            ScriptedEnd.play(loop, channel, script, asClient, report::complete);
          } catch (IOException e) {
            report.completeExceptionally(e);
          }
        });
    return report;
  }

  /** Two ends of one connection over loopback. */
  private record Pair(SocketChannel one, SocketChannel other) implements AutoCloseable {
    static Pair open() throws IOException {
      try (var listener = ServerSocketChannel.open()) {
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return new Pair(SocketChannel.open(listener.getLocalAddress()), listener.accept());
      }
    }

    @Override
    public void close() throws IOException {
      one.close();
      other.close();
    }
  }
}
