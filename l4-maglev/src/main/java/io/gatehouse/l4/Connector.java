package io.gatehouse.l4;

import static io.gatehouse.linux.Errno.EADDRINUSE;
import static io.gatehouse.linux.Errno.EADDRNOTAVAIL;
import static io.gatehouse.linux.Errno.EINPROGRESS;

import io.gatehouse.l4.SourceAddresses.Bound;
import io.gatehouse.l4.SourceAddresses.Exhausted;
import io.gatehouse.l4.plane.Flows;
import io.gatehouse.l4.plane.SocketTuning;
import io.gatehouse.l4.plane.Watch;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SocketOption;
import io.gatehouse.linux.Sockets;
import io.gatehouse.transport.LoopCounters;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Opens the endpoint's side of connections. Owned by one event loop. */
final class Connector {
  private final VirtualService service;
  private final L4Loop loop;
  private final SourceAddresses sources;
  private final LoopCounters.Shard<L4Counter> shard;

  /**
   * @param sources to connect from; shared by all loops
   */
  Connector(VirtualService service, L4Loop loop, SourceAddresses sources) {
    this.service = service;
    this.loop = loop;
    this.sources = sources;
    this.shard = service.counters().shard(loop.index());
  }

  /**
   * A source port that is in use.
   *
   * @param from null: the kernel chose
   */
  record Lease(@Nullable InetAddress from, InetSocketAddress to) {}

  /** Takes a source address for a connection; null if all are out of ports. */
  @Nullable Lease lease(InetSocketAddress to) {
    var choice = sources.next(to, loop.nowNanos());
    if (choice instanceof Exhausted) {
      shard.increment(L4Counter.SOURCE_PORTS_EXHAUSTED);
      return null;
    }
    var lease = new Lease(choice instanceof Bound(InetAddress from) ? from : null, to);
    sources.begin(lease.from(), to, loop.nowNanos());
    return lease;
  }

  /** The connection is closed. */
  void release(Lease lease) {
    sources.ended(lease.from(), lease.to());
  }

  /**
   * Begins to connect.
   *
   * @param watch told when the socket is connected or has failed; never within this call
   * @return the socket, watched; or minus the error
   */
  int connect(Lease lease, Watch watch) {
    int socket = Sockets.tcp(lease.to().getAddress() instanceof Inet6Address);
    if (socket < 0) {
      return socket;
    }
    int error = begin(socket, lease, watch);
    if (error == 0) {
      return socket;
    }
    if (error == -EADDRNOTAVAIL || error == -EADDRINUSE) {
      shard.increment(L4Counter.SOURCE_PORTS_EXHAUSTED);
      if (lease.from() != null) {
        sources.exhausted(lease.from(), lease.to(), loop.nowNanos());
      }
    }
    loop.sockets().forget(socket);
    Sockets.close(socket);
    return error;
  }

  private int begin(int socket, Lease lease, Watch watch) {
    SocketTuning.applyToEndpoint(socket, service.config().limits().bufferBytes());
    if (lease.from() != null) {
      SocketOption.IP_BIND_ADDRESS_NO_PORT.set(socket, 1); // connecting picks one, and may share it
      int error = Sockets.bind(socket, loop.address().set(new InetSocketAddress(lease.from(), 0)));
      if (error < 0) {
        return error;
      }
    }
    int result = Sockets.connect(socket, loop.address().set(lease.to()));
    if (result < 0 && result != -EINPROGRESS) {
      return result;
    }
    try {
      loop.sockets().watch(socket, Flows.EVENTS, watch);
      return 0;
    } catch (LinuxException e) {
      return -e.errno();
    }
  }
}
