package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What strangers may do to the ring's TCP port. */
final class RingStreamsTest {
  private static final int SOCKET_TIMEOUT_MILLIS = 20_000;
  private static final Limits TWO_STREAMS =
      new Limits(1400, 512, 16, 4096, 2, 16, 4, SerfLimits.DEFAULT);

  private final Transport transport = Transport.choose(Transport.Choice.AUTO);
  private final EventLoopGroup loops = transport.eventLoops("ring", 1);
  private final Ring ring = start();

  private Ring start() {
    var config =
        new RingConfig(
            "a",
            new InetSocketAddress("127.0.0.1", 0),
            List.of(),
            Map.of(),
            Timing.LOCAL,
            TWO_STREAMS);
    return Ring.start(config, transport, loops.next());
  }

  @AfterEach
  void stop() {
    ring.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Socket connect() throws Exception {
    Member self = Objects.requireNonNull(ring.view().members().get("a"));
    var socket = new Socket(self.address().getAddress(), self.address().getPort());
    socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
    return socket;
  }

  @Test
  void answersAPingOnAStream() throws Exception {
    try (var socket = connect()) {
      var ping = new Message.Ping(77, "a", null, "");
      socket.getOutputStream().write(MessageEncoder.encode(ping));
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(new StreamDecoder(Limits.DEFAULT, c -> {}).feed(answer))
          .isEqualTo(new Message.Ack(77));
    }
  }

  @Test
  void doesNotAnswerAPingForAnother() throws Exception {
    try (var socket = connect()) {
      var ping = new Message.Ping(77, "b", null, "");
      socket.getOutputStream().write(MessageEncoder.encode(ping));
      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    }
  }

  @Test
  void answersAStateWithItsOwnAndTakesItIn() throws Exception {
    var address = new InetSocketAddress("127.0.0.2", 7946);
    var meta = new Meta(Tags.encode(Map.of("role", "l4")));
    var b = new Message.Entry("b", address, meta, 3, NodeState.ALIVE, Versions.OURS);
    try (var socket = connect()) {
      byte[] state = MessageEncoder.encode(new Message.PushPull(true, List.of(b), UserData.NONE));
      socket.getOutputStream().write(state, 0, 10);
      socket.getOutputStream().flush();
      socket.getOutputStream().write(state, 10, state.length - 10);
      byte[] answer = socket.getInputStream().readAllBytes();
      var theirs = (Message.PushPull) new StreamDecoder(Limits.DEFAULT, c -> {}).feed(answer);
      assertThat(Objects.requireNonNull(theirs).entries())
          .singleElement()
          .satisfies(entry -> assertThat(entry.node()).isEqualTo("a"));
    }
    var member = new CompletableFuture<Member>();
    ring.onChange(
        view -> {
          Member known = view.members().get("b");
          if (known != null) {
            member.complete(known);
          }
        });
    assertThat(member.get(20, TimeUnit.SECONDS).tags()).containsEntry("role", "l4");
    assertThat(member.get().incarnation()).isEqualTo(3);
  }

  @Test
  void closesAStreamThatSaysNothingInTime() throws Exception {
    try (var socket = connect()) {
      socket.getOutputStream().write(6);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      assertThat(ring.counters().sum(RingCounter.STREAM_TIMEOUTS)).isEqualTo(1);
    }
  }

  @Test
  void closesAStreamThatMakesNoSense() throws Exception {
    try (var socket = connect()) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes("US-ASCII"));
      assertThat(closedByPeer(socket)).isTrue();
      assertThat(ring.counters().sum(RingCounter.DROPPED_UNKNOWN_TYPE)).isEqualTo(1);
    }
  }

  @Test
  void refusesMoreStreamsThanTheLimit() throws Exception {
    try (var first = connect();
        var second = connect();
        var third = connect()) {
      assertThat(first.isConnected()).isTrue();
      assertThat(closedByPeer(third)).isTrue();
      assertThat(ring.counters().sum(RingCounter.LIMIT_STREAMS)).isEqualTo(1);
      second.getOutputStream().write(MessageEncoder.encode(new Message.Ping(1, "a", null, "")));
      assertThat(second.getInputStream().readAllBytes()).as("the second is served").isNotEmpty();
    }
  }

  /** A close with unread bytes shows as a reset. */
  private static boolean closedByPeer(Socket socket) throws Exception {
    try {
      return socket.getInputStream().read() == -1;
    } catch (java.net.SocketException e) {
      return true;
    }
  }
}
