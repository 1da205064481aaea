package io.gatehouse.l4;

import static io.gatehouse.linux.Errno.EAGAIN;
import static io.gatehouse.linux.Errno.ECONNABORTED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.gatehouse.l4.plane.SocketLoop;
import io.gatehouse.l4.plane.Watch;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listening socket on one event loop. Owned by that loop. */
final class Listener implements Watch {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);

  /** Accepts per turn, so that the connections that are there get theirs. */
  private static final int MAX_ACCEPTS = 64;

  /** After an error that will not pass by itself, most often for want of descriptors. */
  private static final long PAUSE_NANOS = MILLISECONDS.toNanos(100);

  private final int socket;
  private final ServiceWorker worker;
  private final SocketLoop loop;
  private final @Nullable InetSocketAddress local;
  private boolean closed;

  /**
   * @param bound where it listens; a connection's own address is asked for only if this is any
   */
  Listener(int socket, InetSocketAddress bound, ServiceWorker worker) {
    this.socket = socket;
    this.worker = worker;
    this.loop = worker.loop().sockets();
    this.local = bound.getAddress().isAnyLocalAddress() ? null : bound;
  }

  void start() {
    assert loop.inLoop();
    if (closed) {
      return;
    }
    try {
      loop.watch(socket, Epoll.IN, this);
    } catch (LinuxException e) {
      log.atError().setCause(e).log("a listener cannot be watched: it accepts nothing");
    }
  }

  @Override
  public void ready(int events) {
    var address = worker.loop().address();
    for (int i = 0; i < MAX_ACCEPTS && !closed; i++) {
      int client = Sockets.accept(socket, address);
      if (client >= 0) {
        worker.accepted(client, address.get(), local);
      } else if (client == -EAGAIN) {
        return;
      } else {
        worker.acceptFailed(Errno.describe(-client));
        if (client != -ECONNABORTED) {
          loop.forget(socket);
          loop.after(PAUSE_NANOS, this::start);
          return;
        }
      }
    }
  }

  /** Stops accepting and closes the socket; what waits in its queue is reset unless it is kept. */
  void close() {
    assert loop.inLoop();
    if (!closed) {
      closed = true;
      loop.forget(socket);
      Sockets.close(socket);
    }
  }
}
