package io.gatehouse.tests.l4;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of an {@link EchoEndpoint}. Used by one thread at a time. */
final class EchoClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket = new Socket();
  private final InetSocketAddress address;

  private EchoClient(InetSocketAddress service, @Nullable InetAddress source) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    if (source != null) {
      socket.bind(new InetSocketAddress(source, 0));
    }
    socket.connect(service, TIMEOUT_MILLIS);
    address = (InetSocketAddress) socket.getLocalSocketAddress();
  }

  static EchoClient connect(InetSocketAddress service) throws IOException {
    return new EchoClient(service, null);
  }

  static EchoClient connect(InetSocketAddress service, String source) throws IOException {
    return new EchoClient(service, InetAddress.ofLiteral(source));
  }

  /** So many, each of which has been served. */
  static List<EchoClient> connectAll(InetSocketAddress service, int count) throws IOException {
    var clients = new ArrayList<EchoClient>();
    for (int i = 0; i < count; i++) {
      clients.add(connect(service));
      if (!clients.getLast().echoes()) {
        throw new AssertionError("not served: " + clients.getLast().address());
      }
    }
    return clients;
  }

  static void closeAll(List<EchoClient> clients) throws IOException {
    for (var client : clients) {
      client.close();
    }
  }

  static void resetAll(List<EchoClient> clients) throws IOException {
    for (var client : clients) {
      client.reset();
    }
  }

  InetSocketAddress address() {
    return address;
  }

  /** Whether a byte comes back; if not, the connection is closed. */
  boolean echoes() throws IOException {
    try {
      socket.getOutputStream().write('x');
      return socket.getInputStream().read() == 'x';
    } catch (SocketException e) {
      return false;
    }
  }

  /** Waits until the connection is closed, and gives the time; nothing is sent. */
  long awaitEnd() throws IOException {
    try {
      int came = socket.getInputStream().read();
      if (came >= 0) {
        throw new AssertionError("a byte came: " + came);
      }
    } catch (SocketException e) {
      // by a reset
    }
    return System.nanoTime();
  }

  /** Leaves nothing behind, not even a port that rests. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
