package io.gatehouse.l4;

import io.gatehouse.l4.ServiceTable.Candidates;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One virtual service, as all loops share it. The number of connections is the only thing they
 * write together: once per connection, so that the cap is exact.
 */
final class VirtualService {
  private final ServiceConfig config;
  private final int index;
  private final SnapshotBuilder snapshots;
  private final FlowHash hash;
  private final WriteBuffers buffers;
  private final AtomicInteger active = new AtomicInteger();

  /**
   * @param index of its table in the snapshots
   */
  VirtualService(ServiceConfig config, int index, SnapshotBuilder snapshots) {
    this.config = config;
    this.index = index;
    this.snapshots = snapshots;
    this.hash = new FlowHash(config.hash(), config.name());
    this.buffers = WriteBuffers.of(config.limits().bufferBytes());
  }

  ServiceConfig config() {
    return config;
  }

  WriteBuffers buffers() {
    return buffers;
  }

  /** The endpoints to try for a connection: the data path's one read of the snapshot. */
  Candidates candidates(InetSocketAddress client, InetSocketAddress local) {
    var table = snapshots.current().tables().get(index);
    return table.candidates(hash.of(client, local), config.limits().maxConnectAttempts());
  }

  /** The table as it is now. */
  ServiceTable table() {
    return snapshots.current().tables().get(index);
  }

  /** Counts one connection, unless there are as many as may be. */
  boolean admit() {
    if (active.incrementAndGet() <= config.limits().maxConnections()) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  /** Whether {@code connection} is one of this service's. */
  boolean serves(Connection connection) {
    return connection.worker().service() == this;
  }

  void release() {
    active.decrementAndGet();
  }

  int active() {
    return active.get();
  }
}
