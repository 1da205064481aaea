package io.gatehouse.l7.tls;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.ListenerConfig.Handshakes;
import io.gatehouse.l7.ListenerConfig.Tickets;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.TestCertificates;
import io.gatehouse.l7.TicketSecrets;
import io.gatehouse.l7.TlsProfile;
import io.gatehouse.testkit.SeededCases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The handler against the JDK's engine, whatever pieces the bytes come in. */
class TlsHandlerTest {
  private static final int RECORD_HEADER_BYTES = 5;

  private final ListenerConfig.Certificate certificate;
  private Instant now = Instant.now();

  TlsHandlerTest(@TempDir Path directory) {
    this.certificate = new TestCertificates(directory).make("a", "a.test");
  }

  private ServerTls load(Tickets tickets) {
    var config =
        new ListenerConfig.Tls(
            List.of(certificate),
            TlsProfile.INTERMEDIATE,
            false,
            tickets,
            null,
            Handshakes.DEFAULT,
            SECONDS.toNanos(10));
    return ServerTls.load("web", config, List.of("http/1.1"), () -> now);
  }

  private static SSLContext client() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    return context;
  }

  @Test
  void carriesBytesBothWaysInWhateverPiecesTheyCome() throws Exception {
    var context = client();
    try (var tls = load(Tickets.DEFAULT)) {
      SeededCases.check(
          120,
          random -> {
            String version = random.nextBoolean() ? "TLSv1.3" : "TLSv1.2";
            try (var pair = new Pair(tls, context, version, random)) {
              pair.shakeHands();
              for (int i = 0; i < 4; i++) {
                byte[] up = bytes(random);
                assertThat(pair.clientToServer(up)).isEqualTo(up);
                byte[] down = bytes(random);
                assertThat(pair.serverToClient(down)).isEqualTo(down);
              }
              assertThat(pair.session().version()).isEqualTo(version);
              assertThat(pair.session().protocol()).isEqualTo("http/1.1");
            }
          });
    }
  }

  private static byte[] bytes(SplittableRandom random) {
    byte[] bytes = new byte[1 + random.nextInt(random.nextBoolean() ? 100 : 70_000)];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void aTicketEndsWithTheWindowAfterItsOwn() throws Exception {
    var secret = new TicketSecrets(List.of(new byte[32]));
    var tickets = new Tickets(true, secret, HOURS.toNanos(1));
    var context = client();
    now = Instant.ofEpochSecond(now.getEpochSecond() / 3_600 * 3_600 + 60);
    try (var one = load(tickets);
        var other = load(tickets)) {
      assertThat(isResumed(one, context)).isFalse();
      assertThat(isResumed(other, context)).as("on another node").isTrue();
      now = now.plus(Duration.ofHours(1));
      assertThat(other.upkeep()).isEqualTo(ServerTls.Reload.NOTHING_NEW);
      assertThat(isResumed(other, context)).as("in the window after").isTrue();
      now = now.plus(Duration.ofHours(3));
      other.upkeep();
      assertThat(isResumed(other, context)).as("later").isFalse();
    }
  }

  private static boolean isResumed(ServerTls tls, SSLContext context) throws Exception {
    try (var pair = new Pair(tls, context, "TLSv1.3", new SplittableRandom(1))) {
      pair.shakeHands();
      pair.serverToClient(new byte[] {1}); // brings the tickets
      return pair.session().resumed();
    }
  }

  @Test
  void failsOnWhateverRecordChanges() throws Exception {
    var context = client();
    try (var tls = load(Tickets.DEFAULT)) {
      SeededCases.check(
          50,
          random -> {
            try (var pair = new Pair(tls, context, "TLSv1.3", random)) {
              pair.shakeHands();
              byte[] record = pair.encrypted(new byte[200]);
              int at = random.nextInt(record.length);
              record[at] ^= (byte) (1 << random.nextInt(8));
              Throwable failure = catchThrowable(() -> pair.toServer(record));
              assertThat(pair.received()).isEmpty();
              if (at >= RECORD_HEADER_BYTES) { // a longer length would only be waited for
                assertThat(failure).isInstanceOf(TlsFailure.class);
                assertThat(pair.channel.isOpen()).isFalse();
              }
            }
          });
    }
  }

  @Test
  void survivesAnythingInsteadOfAHello() {
    try (var tls = load(Tickets.DEFAULT)) {
      SeededCases.check(
          500,
          random -> {
            var failure = new Failure();
            var channel = new EmbeddedChannel(new TlsHandler(tls, failure));
            byte[] bytes = new byte[1 + random.nextInt(300)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
              System.arraycopy(
                  new byte[] {0x16, 3, 1, 0, (byte) random.nextInt(200), 1},
                  0,
                  bytes,
                  0,
                  Math.min(6, bytes.length));
            }
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
            assertThat(failure.reason != null).isEqualTo(!channel.isOpen());
            channel.finishAndReleaseAll();
          });
    }
  }

  private static final class Failure implements TlsHandler.Handshake {
    private @Nullable Reason reason;

    @Override
    public boolean begins() {
      return true;
    }

    @Override
    public void done(TlsSession session) {
      throw new AssertionError("done");
    }

    @Override
    public void failed(TlsFailure failure) {
      reason = failure.reason();
    }
  }

  /** A server's channel and a client's engine, with a wire between that cuts as it likes. */
  private static final class Pair implements TlsHandler.Handshake, AutoCloseable {
    private final SSLEngine engine;
    private final SplittableRandom random;
    private final EmbeddedChannel channel;
    private ByteBuffer toClient = ByteBuffer.allocate(1 << 18).flip();
    private final ByteArrayOutputStream plain = new ByteArrayOutputStream();
    private @Nullable TlsSession session;

    Pair(ServerTls tls, SSLContext context, String version, SplittableRandom random) {
      this.random = random;
      this.channel = new EmbeddedChannel(new TlsHandler(tls, this));
      this.engine = context.createSSLEngine("a.test", 443);
      engine.setUseClientMode(true);
      var parameters = engine.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      engine.setSSLParameters(parameters);
    }

    @Override
    public boolean begins() {
      return true;
    }

    @Override
    public void done(TlsSession agreed) {
      session = agreed;
    }

    @Override
    public void failed(TlsFailure failure) {
      throw new AssertionError(failure);
    }

    TlsSession session() {
      return java.util.Objects.requireNonNull(session);
    }

    void shakeHands() throws Exception {
      engine.beginHandshake();
      while (session == null || engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
        switch (engine.getHandshakeStatus()) {
          case NEED_WRAP -> toServer(encrypted(new byte[0]));
          case NEED_TASK -> engine.getDelegatedTask().run();
          default -> assertThat(decrypt()).as("progress").isTrue();
        }
      }
    }

    byte[] encrypted(byte[] bytes) throws Exception {
      var source = ByteBuffer.wrap(bytes);
      var out = ByteBuffer.allocate(bytes.length + (1 << 16));
      do {
        engine.wrap(source, out);
      } while (source.hasRemaining());
      return Arrays.copyOf(out.array(), out.position());
    }

    void toServer(byte[] bytes) {
      int at = 0;
      while (at < bytes.length) {
        int most = random.nextInt(3) == 0 ? 3 : 20_000;
        int length = Math.min(bytes.length - at, 1 + random.nextInt(most));
        channel.writeInbound(Unpooled.copiedBuffer(bytes, at, length));
        at += length;
      }
    }

    byte[] clientToServer(byte[] bytes) throws Exception {
      toServer(encrypted(bytes));
      return received();
    }

    byte[] received() {
      var all = new ByteArrayOutputStream();
      for (ByteBuf piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.readBytes(bytes);
        all.writeBytes(bytes);
        piece.release();
      }
      return all.toByteArray();
    }

    byte[] serverToClient(byte[] bytes) throws Exception {
      int at = 0;
      while (at < bytes.length) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(40_000));
        channel.write(
            random.nextBoolean()
                ? Unpooled.copiedBuffer(bytes, at, length)
                : channel.alloc().directBuffer().writeBytes(bytes, at, length));
        at += length;
      }
      channel.flush();
      while (decrypt()) {}
      byte[] got = plain.toByteArray();
      plain.reset();
      return got;
    }

    /** Takes a record in; false if there is none. */
    private boolean decrypt() throws Exception {
      for (ByteBuf sent = channel.readOutbound(); sent != null; sent = channel.readOutbound()) {
        toClient.compact();
        byte[] bytes = new byte[sent.readableBytes()];
        sent.readBytes(bytes);
        toClient.put(bytes).flip();
        sent.release();
      }
      var out = ByteBuffer.allocate(1 << 16);
      var result = engine.unwrap(toClient, out);
      plain.write(out.array(), 0, out.position());
      return result.getStatus() == Status.OK
          && (result.bytesConsumed() > 0 || result.bytesProduced() > 0);
    }

    @Override
    public void close() {
      channel.finishAndReleaseAll();
    }
  }
}
