package io.gatehouse.l7;

import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;

/** The running L7 tier of one node. Every method may be called from any thread. */
public interface L7Tier extends AutoCloseable {

  /**
   * Reads certificates, binds every listener on every loop, and serves.
   *
   * @param loops event loops of {@code transport}; the caller starts and stops them
   * @param health verdicts on the endpoints of every pool, by the pool's name
   * @param recorders gives each loop, by its index, what hears of the ends of its requests
   * @throws IllegalArgumentException if a certificate or a trusted network cannot be used; the
   *     message names it and says why
   * @throws java.io.UncheckedIOException if an address cannot be bound; whatever was open is closed
   */
  static L7Tier start(
      L7Config config,
      Transport transport,
      EventLoopGroup loops,
      HealthMonitor health,
      IntFunction<RequestRecorder> recorders) {
    return new RunningTier(config, transport, loops, health, recorders);
  }

  /** Bound addresses by name of listener; a configured port 0 appears as the port it became. */
  Map<String, List<InetSocketAddress>> listening();

  /** What was counted, one shard per loop. */
  LoopCounters<L7Counter> counters();

  /** Requests that were refused because they break a rule of HTTP, by rule. */
  LoopCounters<HttpViolation> violations();

  /** How things stand; a moment old. */
  L7Status status();

  /**
   * Has the clients go, as {@link #drain} does, but goes on listening: whoever still comes is
   * served, and told to close. May be undone by {@link #resume}. Calling it again changes nothing.
   */
  void windDown();

  /** Undoes {@link #windDown}; without one, or after {@link #drain}, does nothing. */
  void resume();

  /**
   * Stops listening, closes idle connections, and lets requests under way end, each with {@code
   * Connection: close}; after the listener's {@code drainNanos} what is left is closed. Calling it
   * again gives the same stage.
   *
   * @return completes when no client connection is left
   */
  CompletionStage<Void> drain();

  /** Closes everything at once. Waits until it is closed; not to be called on an event loop. */
  @Override
  void close();
}
