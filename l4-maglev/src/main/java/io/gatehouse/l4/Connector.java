package io.gatehouse.l4;

import static io.gatehouse.linux.Errno.EINPROGRESS;

import io.gatehouse.l4.SourceAddresses.Choice;
import io.gatehouse.l4.SourceAddresses.Lease;
import io.gatehouse.l4.plane.Flows;
import io.gatehouse.l4.plane.SocketTuning;
import io.gatehouse.l4.plane.Watch;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.SocketOption;
import io.gatehouse.linux.Sockets;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** Opens the endpoint's side of connections. Owned by one event loop. */
final class Connector {
  private final int bufferBytes;
  private final L4Loop loop;
  private final SourceAddresses sources;

  /**
   * @param sources to connect from; shared by all loops
   */
  Connector(VirtualService service, L4Loop loop, SourceAddresses sources) {
    this.bufferBytes = service.config().limits().bufferBytes();
    this.loop = loop;
    this.sources = sources;
  }

  /** Takes a source address for a connection. */
  Choice lease(InetSocketAddress to) {
    return sources.take(to, loop.nowNanos());
  }

  /** The connection is closed, or never was opened. */
  void release(Lease lease) {
    sources.release(lease);
  }

  /** What was leased could not be used, if that is why. */
  void failed(Lease lease, ConnectFailure why) {
    sources.failed(lease, why, loop.nowNanos());
  }

  /**
   * A socket that is bound to what was leased; or minus the error, {@link ConnectFailure#ofBind}.
   */
  int open(Lease lease) {
    int socket = Sockets.tcp(lease.to().getAddress() instanceof Inet6Address);
    if (socket < 0 || lease.from() == null) {
      return socket;
    }
    SocketOption.IP_BIND_ADDRESS_NO_PORT.set(socket, 1); // connecting picks one, and may share it
    int error = Sockets.bind(socket, loop.address().set(new InetSocketAddress(lease.from(), 0)));
    if (error < 0) {
      Sockets.close(socket);
      return error;
    }
    return socket;
  }

  /**
   * Begins to connect a socket.
   *
   * @param watch told when it is connected or has failed; never within this call
   * @return 0, or minus the error, {@link ConnectFailure#ofConnect}
   */
  int connect(int socket, Lease lease, Watch watch) {
    SocketTuning.applyToEndpoint(socket, bufferBytes);
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
