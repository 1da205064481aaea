package io.gatehouse.tests.l4;

import io.gatehouse.tests.l4.SoakScript.Kind;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a soak: its number, its seed, and what its two ends saw. The client's loop
 * writes what the client saw, the endpoints' loop what the endpoint saw; others read both when it
 * is over.
 */
final class Attempt {
  private final int index;
  private final long seed;
  private final Kind kind;
  private final Runnable whenOver;
  private final long startedNanos = System.nanoTime();
  private final AtomicBoolean over = new AtomicBoolean();
  volatile @Nullable InetSocketAddress clientAddress;
  volatile @Nullable InetSocketAddress service;
  volatile @Nullable String connectionId;
  volatile @Nullable EndReport client;
  volatile @Nullable EndReport endpoint;

  Attempt(int index, long seed, Runnable whenOver) {
    this.index = index;
    this.seed = seed;
    this.kind = SoakScript.of(seed).kind();
    this.whenOver = whenOver;
  }

  int index() {
    return index;
  }

  /** Before its first packet. */
  long startedNanos() {
    return startedNanos;
  }

  Kind kind() {
    return kind;
  }

  /** Made anew with each call: a hundred thousand of them need not be held. */
  SoakScript script() {
    return SoakScript.of(seed);
  }

  /** Whether an endpoint must hear of it. */
  boolean mustReachAnEndpoint() {
    return kind != Kind.CLIENT_RESETS_EARLY;
  }

  void clientEnded(EndReport report) {
    client = report;
    boolean endpointCounts = mustReachAnEndpoint() && report.ending() != EndReport.Ending.WRONG;
    if (endpoint != null || !endpointCounts) {
      over();
    }
  }

  void endpointEnded(EndReport report) {
    endpoint = report;
    if (client != null) {
      over();
    }
  }

  /** Nothing more is to be waited for: the endpoint that had to hear of it has had its time. */
  void giveUp() {
    over();
  }

  private void over() {
    if (over.compareAndSet(false, true)) {
      whenOver.run();
    }
  }

  /** What is wrong with it; empty if nothing is. */
  String complaint() {
    var clientSaw = client;
    var endpointSaw = endpoint;
    if (clientSaw == null) {
      return "the client's end is not over";
    }
    if (clientSaw.ending() == EndReport.Ending.WRONG) {
      return "the client: " + clientSaw.detail();
    }
    if (endpointSaw == null) {
      return mustReachAnEndpoint() ? "no endpoint heard of it" : "";
    }
    return endpointSaw.ending() == EndReport.Ending.WRONG
        ? "the endpoint: " + endpointSaw.detail()
        : "";
  }

  @Override
  public String toString() {
    return """
    connection %d from %s, %s
      the client saw   %s
      the endpoint saw %s
      client   %s
      endpoint %s\
    """
        .formatted(
            index, clientAddress, kind, client, endpoint, script().client(), script().endpoint());
  }
}
