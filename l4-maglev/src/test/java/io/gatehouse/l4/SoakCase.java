package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * One connection's script, drawn from a seed that both ends know: how many bytes go each way, in
 * what pieces, with what pauses, and who ends it how. Each end checks every byte and the end.
 */
final class SoakCase {
  private enum Ending {
    CLIENT_FINISHES_FIRST,
    ENDPOINT_FINISHES_FIRST,
    BOTH_AT_WILL,
    CLIENT_RESETS,
    ENDPOINT_RESETS
  }

  private static final int LARGE = 1_500_000;
  private static final int MAX_PIECE = 65_536;

  private final long seed;
  private final Ending ending;
  private final byte[] toEndpoint;
  private final byte[] toClient;

  @Override
  public String toString() {
    return seed
        + " "
        + ending
        + " to endpoint "
        + toEndpoint.length
        + " to client "
        + toClient.length;
  }

  SoakCase(long seed) {
    this.seed = seed;
    var random = new SplittableRandom(seed);
    ending = Ending.values()[random.nextInt(Ending.values().length)];
    toEndpoint = bytes(random);
    toClient = bytes(random);
  }

  private static byte[] bytes(SplittableRandom random) {
    int size =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(4);
          case 1 -> random.nextInt(2_000);
          case 2 -> random.nextInt(100_000);
          default -> random.nextInt(LARGE);
        };
    var bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  void playClient(Socket socket) throws Exception {
    socket.getOutputStream().write(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
    var random = new SplittableRandom(seed + 1_000_000);
    switch (ending) {
      case CLIENT_FINISHES_FIRST -> {
        sendAndFinish(socket, toEndpoint, random);
        receive(socket, toClient, random);
      }
      case ENDPOINT_FINISHES_FIRST -> {
        receive(socket, toClient, random);
        sendAndFinish(socket, toEndpoint, random);
      }
      case BOTH_AT_WILL -> both(socket, toEndpoint, toClient, random);
      case CLIENT_RESETS -> {
        send(socket.getOutputStream(), toEndpoint, random);
        // All has arrived when the endpoint says so: a reset may overtake what is on its way.
        assertThat(socket.getInputStream().read()).isEqualTo('!');
        reset(socket);
      }
      case ENDPOINT_RESETS -> receiveUntilReset(socket, toClient);
    }
  }

  void playEndpoint(Socket socket) throws Exception {
    socket.setSoTimeout((int) RunningTier.WAIT_SECONDS * 1000);
    var random = new SplittableRandom(seed + 2_000_000);
    switch (ending) {
      case CLIENT_FINISHES_FIRST -> {
        receive(socket, toEndpoint, random);
        sendAndFinish(socket, toClient, random);
      }
      case ENDPOINT_FINISHES_FIRST -> {
        sendAndFinish(socket, toClient, random);
        receive(socket, toEndpoint, random);
      }
      case BOTH_AT_WILL -> both(socket, toClient, toEndpoint, random);
      case CLIENT_RESETS -> {
        assertThat(socket.getInputStream().readNBytes(toEndpoint.length)).isEqualTo(toEndpoint);
        socket.getOutputStream().write('!');
        receiveUntilReset(socket, new byte[0]);
      }
      case ENDPOINT_RESETS -> {
        send(socket.getOutputStream(), toClient, random);
        reset(socket);
      }
    }
  }

  private static void both(Socket socket, byte[] out, byte[] in, SplittableRandom random)
      throws Exception {
    var failure = new AtomicReference<Throwable>();
    var pace = random.split();
    var sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    sendAndFinish(socket, out, pace);
                  } catch (Throwable t) {
                    failure.set(t);
                  }
                });
    receive(socket, in, random);
    sender.join();
    assertThat(failure.get()).isNull();
  }

  private static void send(OutputStream out, byte[] bytes, SplittableRandom random)
      throws IOException {
    int piece = 1 + random.nextInt(MAX_PIECE);
    for (int at = 0; at < bytes.length; ) {
      int n = Math.min(bytes.length - at, 1 + random.nextInt(piece));
      out.write(bytes, at, n);
      at += n;
      pause(random);
    }
  }

  private static void sendAndFinish(Socket socket, byte[] bytes, SplittableRandom random)
      throws IOException {
    send(socket.getOutputStream(), bytes, random);
    pause(random);
    socket.shutdownOutput();
  }

  private static void receive(Socket socket, byte[] expected, SplittableRandom random)
      throws IOException {
    InputStream in = socket.getInputStream();
    var got = new byte[expected.length];
    int at = 0;
    while (at < got.length) {
      int n = in.read(got, at, Math.min(got.length - at, 1 + random.nextInt(MAX_PIECE)));
      assertThat(n).as("bytes, after %d of %d", at, got.length).isPositive();
      at += n;
      pause(random);
    }
    assertThat(Arrays.mismatch(got, expected)).as("first wrong byte").isEqualTo(-1);
    assertThat(in.read()).as("the end").isEqualTo(-1);
  }

  /** What came before the reset is right; there may be less of it than was sent. */
  private static void receiveUntilReset(Socket socket, byte[] expected) throws IOException {
    InputStream in = socket.getInputStream();
    int at = 0;
    var buffer = new byte[MAX_PIECE];
    try {
      for (int n = in.read(buffer); ; n = in.read(buffer)) {
        assertThat(n).as("a FIN in place of a reset, after %d bytes", at).isPositive();
        assertThat(Arrays.mismatch(expected, at, at + n, buffer, 0, n)).isEqualTo(-1);
        at += n;
      }
    } catch (SocketException e) {
      assertThat(e).hasMessageContaining("reset");
    }
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static void pause(SplittableRandom random) {
    if (random.nextInt(24) == 0) {
      LockSupport.parkNanos(MICROSECONDS.toNanos(random.nextInt(2_000)));
    }
  }
}
