package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A listener whose backlog is full: the kernel drops every further SYN. */
final class SilentEndpoint implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 300;

  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
  private final List<Socket> fillers = new ArrayList<>();

  private SilentEndpoint() throws IOException {}

  static SilentEndpoint start() throws IOException {
    var silent = new SilentEndpoint();
    while (silent.takesAnother()) {
      // until it is full
    }
    return silent;
  }

  private boolean takesAnother() throws IOException {
    var filler = new Socket();
    fillers.add(filler);
    try {
      filler.connect(listener.getLocalSocketAddress(), TIMEOUT_MILLIS);
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  Endpoint endpoint(String name) {
    return new Endpoint(name, (InetSocketAddress) listener.getLocalSocketAddress(), 1);
  }

  @Override
  public void close() throws IOException {
    for (Socket filler : fillers) {
      filler.close();
    }
    listener.close();
  }
}
