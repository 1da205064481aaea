package io.gatehouse.tests.l4;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Takes one endpoint after another out and brings it back, each for two seconds. Confined to the
 * test's thread.
 */
final class DrainTurn {
  private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final SoakEndpoints endpoints;
  private final List<InetSocketAddress> nodes;
  private long nextNanos = System.nanoTime();
  private int taken;

  DrainTurn(SoakEndpoints endpoints, List<InetSocketAddress> nodes) {
    this.endpoints = endpoints;
    this.nodes = nodes;
  }

  void takeIfDue() {
    if (System.nanoTime() - nextNanos >= 0) {
      nextNanos += TURN_NANOS;
      bringBack();
      taken++;
      endpoints.drain(nodes.get(taken % nodes.size()));
    }
  }

  /** None is out any more. */
  void bringBack() {
    endpoints.bringBack(nodes.get(taken % nodes.size()));
  }

  int taken() {
    return taken;
  }
}
