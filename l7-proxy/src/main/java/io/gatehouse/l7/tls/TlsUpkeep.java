package io.gatehouse.l7.tls;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.transport.LoopCounters;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the TLS of all listeners once a second, on a thread of its own: files that have
 * changed, OCSP responses that grow old, ticket keys that rotate.
 */
public final class TlsUpkeep implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsUpkeep.class);
  private static final long PERIOD_MILLIS = 1_000;

  private final List<ServerTls> listeners;
  private final LoopCounters.Shard<L7Counter> counters;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("tls-upkeep").daemon(true).factory());

  private TlsUpkeep(List<ServerTls> listeners, LoopCounters.Shard<L7Counter> counters) {
    this.listeners = List.copyOf(listeners);
    this.counters = counters;
  }

  /**
   * Begins.
   *
   * @param counters a shard that only this thread writes
   */
  public static TlsUpkeep start(List<ServerTls> listeners, LoopCounters.Shard<L7Counter> counters) {
    var upkeep = new TlsUpkeep(listeners, counters);
    upkeep.thread.scheduleWithFixedDelay(upkeep::look, 0, PERIOD_MILLIS, MILLISECONDS);
    return upkeep;
  }

  private void look() {
    for (ServerTls tls : listeners) {
      try {
        switch (tls.upkeep()) {
          case NOTHING_NEW -> {}
          case DONE -> counters.increment(L7Counter.CERTIFICATES_RELOADED);
          case REFUSED -> counters.increment(L7Counter.CERTIFICATES_REFUSED);
        }
      } catch (RuntimeException e) {
        // A fault of Gatehouse must not end the upkeep of the others.
        log.atError().setCause(e).log("upkeep of TLS failed");
      }
    }
  }

  /** Stops, and gives the listeners' TLS back. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(10, java.util.concurrent.TimeUnit.SECONDS)) {
        log.atWarn().log("upkeep of TLS does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
