package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs connections through an L4 node, so many at a time, and keeps what both ends of each saw. Its
 * endpoints stand for the node's L7 nodes for as long as it is open. Confined to the test's thread.
 */
final class Soak implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Soak.class);
  private static final long SEED = Long.getLong("gatehouse.soak.seed", 1);
  private static final int ONLY = Integer.getInteger("gatehouse.soak.only", -1);
  private static final int CONCURRENCY =
      ONLY >= 0 ? 1 : Integer.getInteger("gatehouse.soak.concurrency", 300);

  /** Complaints that a failure shows. */
  static final int MAX_SHOWN = 20;

  private static final long PATIENCE_NANOS = SECONDS.toNanos(90);

  private final EndLoop clientLoop = new EndLoop("soak-clients");
  private final EndLoop endpointLoop = new EndLoop("soak-endpoints");
  private final SoakClients clients;
  private final SoakEndpoints endpoints;
  private final Semaphore free = new Semaphore(CONCURRENCY);
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<InetSocketAddress> services;

  /**
   * Opens the endpoints.
   *
   * @param services where to connect, in turns
   */
  Soak(L4Node node, List<InetSocketAddress> services) throws IOException {
    var expected = new ConcurrentHashMap<InetSocketAddress, Attempt>();
    this.clients = new SoakClients(clientLoop, expected);
    this.endpoints = new SoakEndpoints(endpointLoop, expected);
    this.services = services;
    endpoints.listen(node.file().l7Nodes());
  }

  /** How many connections the full run asks for, or else this. */
  static int connections(int unlessAsked) {
    return Integer.getInteger("gatehouse.soak.connections", ONLY >= 0 ? 10 : unlessAsked);
  }

  SoakEndpoints endpoints() {
    return endpoints;
  }

  /** Starts the next connection as soon as fewer than the most are under way. */
  Attempt next() {
    acquire(1);
    int index = ONLY >= 0 ? ONLY : attempts.size();
    long seed = new SplittableRandom(SEED + index * 0x9e3779b97f4a7c15L).nextLong();
    var attempt = new Attempt(index, seed, free::release);
    attempts.add(attempt);
    clients.begin(attempt, services.get(index % services.size()));
    return attempt;
  }

  /** Starts so many, and waits for the end of all. */
  void run(int connections) {
    long beganNanos = System.nanoTime();
    for (int i = 0; i < connections; i++) {
      next();
    }
    awaitEnd();
    log.atInfo()
        .addKeyValue("connections", connections)
        .addKeyValue("seconds", (System.nanoTime() - beganNanos) / 1_000_000_000.0)
        .addKeyValue("seed", SEED)
        .log("soaked");
  }

  /** Waits until none is under way. */
  void awaitEnd() {
    acquire(CONCURRENCY);
    free.release(CONCURRENCY);
  }

  private void acquire(int permits) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    try {
      while (!free.tryAcquire(permits, 100, MILLISECONDS)) {
        clientLoop.check();
        endpointLoop.check();
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionError("connections do not end: " + String.join("\n", complaints()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** All that were started. */
  List<Attempt> attempts() {
    return attempts;
  }

  /** What is wrong, with what is needed to see it again; no more than a reader takes in. */
  List<String> complaints() {
    var ofAttempts =
        attempts.stream()
            .filter(attempt -> !attempt.complaint().isEmpty())
            .map(attempt -> describe(attempt, attempt.complaint()));
    return Stream.concat(endpoints.complaints().stream(), ofAttempts).limit(MAX_SHOWN).toList();
  }

  static String describe(Attempt attempt, String complaint) {
    return "%s%n(again: -Dgatehouse.soak.seed=%d -Dgatehouse.soak.only=%d)%n%s"
        .formatted(complaint, SEED, attempt.index(), attempt);
  }

  @Override
  public void close() {
    clientLoop.close();
    endpointLoop.close();
  }
}
