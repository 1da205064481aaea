package io.gatehouse.tests.l4;

import io.gatehouse.tests.l4.EndReport.Ending;
import io.gatehouse.tests.l4.SoakScript.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * The clients of a soak. Each is known by its address before it connects, so that an endpoint that
 * is told of it finds its script. Thread-safe; connections belong to the loop.
 */
final class SoakClients {
  /** Each address has 28,232 ports, and each port rests for a minute after use. */
  private static final int SOURCES = 16;

  private static final int MAX_BINDS = 100;

  /** For an endpoint to hear of a connection whose client's end is over. */
  private static final long ENDPOINT_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final EndLoop loop;
  private final ConcurrentMap<InetSocketAddress, Attempt> expected;

  /**
   * @param expected shared with the endpoints, which take out what has come to them
   */
  SoakClients(EndLoop loop, ConcurrentHashMap<InetSocketAddress, Attempt> expected) {
    this.loop = loop;
    this.expected = expected;
  }

  /** Begins to connect to a service. */
  void begin(Attempt attempt, InetSocketAddress service) {
    loop.execute(
        () -> {
          try {
            new Connect(attempt, service).begin();
          } catch (IOException e) {
            ended(attempt, report(Ending.WRONG, System.nanoTime(), "cannot connect: " + e));
          }
        });
  }

  private static InetAddress source(int index, InetAddress service) throws IOException {
    return service.getAddress().length == 4
        ? InetAddress.getByAddress(new byte[] {127, 0, 50, (byte) (1 + index % SOURCES)})
        : InetAddress.getByName("::1");
  }

  /** Most often the endpoint has ended already, or is about to. */
  private void ended(Attempt attempt, EndReport report) {
    attempt.clientEnded(report);
    if (attempt.endpoint == null) {
      loop.wakeAt(System.nanoTime() + ENDPOINT_PATIENCE_NANOS, new GivingUp(attempt));
    }
  }

  private record GivingUp(Attempt attempt) implements EndLoop.Player {
    @Override
    public void proceed() {
      if (attempt.endpoint == null) {
        attempt.giveUp();
      }
    }

    @Override
    public void failed(Exception cause) {
      throw new AssertionError(cause);
    }
  }

  private static EndReport report(Ending ending, long beganNanos, String detail) {
    return new EndReport(ending, 0, 0, beganNanos, System.nanoTime(), detail);
  }

  /** A connect under way. Owned by the loop. */
  private final class Connect implements EndLoop.Player {
    private final Attempt attempt;
    private final InetSocketAddress service;
    private SocketChannel channel = SocketChannel.open();
    private final long beganNanos = System.nanoTime();
    private boolean connected;

    Connect(Attempt attempt, InetSocketAddress service) throws IOException {
      this.attempt = attempt;
      this.service = service;
    }

    void begin() throws IOException {
      attempt.service = service;
      var address = bind();
      for (int tries = 1; expected.putIfAbsent(address, attempt) != null; tries++) {
        // The header of an earlier connection from this port is still on its way.
        if (tries == MAX_BINDS) {
          throw new IOException("no port whose last connection has come to an endpoint");
        }
        channel.close();
        channel = SocketChannel.open();
        address = bind();
      }
      attempt.clientAddress = address;
      var key = loop.register(channel, SelectionKey.OP_CONNECT, this);
      if (channel.connect(service)) {
        key.interestOps(0);
        proceed();
      }
    }

    private InetSocketAddress bind() throws IOException {
      int buffer = attempt.script().client().bufferBytes();
      if (buffer > 0) { // before the handshake, which settles the window's scale
        channel.setOption(StandardSocketOptions.SO_RCVBUF, buffer);
      }
      channel.bind(new InetSocketAddress(source(attempt.index(), service.getAddress()), 0));
      return (InetSocketAddress) channel.getLocalAddress();
    }

    @Override
    public void proceed() throws IOException {
      if (!connected && channel.finishConnect()) {
        connected = true;
        ScriptedEnd.play(loop, channel, attempt.script(), true, report -> ended(attempt, report));
      }
    }

    @Override
    public void failed(Exception cause) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
      // A connection that stood and was reset before it was looked at is no failed connect.
      boolean reset = String.valueOf(cause.getMessage()).startsWith("Connection reset");
      ended(
          attempt,
          reset && attempt.kind() == Kind.ENDPOINT_RESETS
              ? report(Ending.RESET_SEEN, beganNanos, "")
              : report(Ending.WRONG, beganNanos, "cannot connect to " + service + ": " + cause));
    }
  }
}
