package io.gatehouse.benchmarks.latency;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread's connections. It looks at them some ten thousand times a second rather than wait in
 * the selector, whose timeout is too coarse, so latencies are true to a tenth of a millisecond.
 */
final class PacedLoop implements Callable<PacedLoop.Outcome> {
  private static final long NAP_NANOS = 20_000;

  /**
   * What the connections saw.
   *
   * @param sortedNanos latencies
   * @param broken connections that ended before they should
   */
  record Outcome(long[] sortedNanos, int broken) {}

  private final Selector selector;
  private final List<PacedConnection> connections = new ArrayList<>();
  private final Latencies latencies;
  private final long endNanos;
  private int broken;

  /** Connects all; the schedules are spread over the interval. */
  PacedLoop(
      InetSocketAddress address,
      boolean tls,
      byte[] request,
      int count,
      long intervalNanos,
      Span span)
      throws IOException {
    selector = Selector.open();
    endNanos = span.endNanos();
    latencies = new Latencies(span.measureNanos(), (int) (span.nanos() / intervalNanos) * count);
    for (int i = 0; i < count; i++) {
      Wire wire = tls ? TlsWire.open(address) : Wire.plain(address);
      wire.channel().configureBlocking(false);
      var pace = new Pace(span.startNanos() + i * intervalNanos / count, intervalNanos, latencies);
      var connection = new PacedConnection(wire, request, pace);
      connections.add(connection);
      wire.channel().register(selector, SelectionKey.OP_READ, connection);
    }
  }

  @Override
  public Outcome call() throws IOException {
    long now = System.nanoTime();
    while (now - endNanos < 0) {
      boolean active = selector.selectNow(this::read) > 0;
      for (var key : selector.keys()) {
        active |= turn(key, now);
      }
      if (!active) {
        LockSupport.parkNanos(NAP_NANOS);
      }
      now = System.nanoTime();
    }
    for (var connection : connections) {
      connection.end(endNanos);
    }
    close();
    return new Outcome(latencies.sorted(), broken);
  }

  private void read(SelectionKey key) {
    try {
      ((PacedConnection) key.attachment()).read();
    } catch (IOException | IllegalStateException e) {
      lose(key);
    }
  }

  private boolean turn(SelectionKey key, long now) {
    try {
      return key.isValid() && ((PacedConnection) key.attachment()).turn(now);
    } catch (IOException e) {
      lose(key);
      return true;
    }
  }

  private void lose(SelectionKey key) {
    broken++;
    key.cancel();
  }

  private void close() throws IOException {
    for (var connection : connections) {
      connection.close();
    }
    selector.close();
  }
}
