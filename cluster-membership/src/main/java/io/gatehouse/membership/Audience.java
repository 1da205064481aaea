package io.gatehouse.membership;

import io.gatehouse.transport.LoopCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those whom the ring tells what happens, and what it shows to any thread. A listener that fails
 * harms nobody else. The lists belong to the ring's loop, which writes the rest; all threads read
 * it.
 */
final class Audience {
  private static final Logger log = LoggerFactory.getLogger(Audience.class);
  private static final byte[] NOTHING = new byte[0];

  private final LoopCounters.Shard<RingCounter> counters;
  private final List<Consumer<ClusterView>> viewListeners = new ArrayList<>();
  private final List<Consumer<UserEvent>> eventListeners = new ArrayList<>();
  private final AtomicReference<@Nullable SharedState> shared = new AtomicReference<>();
  private final RoundTrips roundTrips = new RoundTrips();
  private volatile ClusterView view = ClusterView.EMPTY;

  Audience(LoopCounters.Shard<RingCounter> counters) {
    this.counters = counters;
  }

  ClusterView view() {
    return view;
  }

  Map<String, Long> roundTrips() {
    return roundTrips.snapshot();
  }

  /**
   * From any thread.
   *
   * @throws IllegalStateException if there is one already
   */
  void share(SharedState state) {
    if (!shared.compareAndSet(null, state)) {
      throw new IllegalStateException("the ring shares a state already");
    }
  }

  void addViewListener(Consumer<ClusterView> listener) {
    viewListeners.add(listener);
    tell(listener, view);
  }

  void addEventListener(Consumer<UserEvent> listener) {
    eventListeners.add(listener);
  }

  void viewChanged(ClusterView next) {
    view = next;
    roundTrips.retain(next);
    viewListeners.forEach(listener -> tell(listener, next));
  }

  void eventHeard(UserEvent event) {
    eventListeners.forEach(listener -> tell(listener, event));
  }

  void roundTrip(String node, long nanos) {
    roundTrips.measured(node, nanos);
  }

  private static <T> void tell(Consumer<T> listener, T news) {
    try {
      listener.accept(news);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a membership listener failed");
    }
  }

  /** What this node shares; nothing where that fails. */
  byte[] sharedState() {
    SharedState state = shared.get();
    if (state == null) {
      return NOTHING;
    }
    try {
      return state.local();
    } catch (RuntimeException e) {
      sharedFailed(e, "the shared state could not be made");
      return NOTHING;
    }
  }

  void sharedReceived(byte[] remote) {
    SharedState state = shared.get();
    if (state == null) {
      return;
    }
    try {
      state.merge(remote);
    } catch (RuntimeException e) {
      sharedFailed(e, "a shared state could not be taken in");
    }
  }

  private void sharedFailed(RuntimeException cause, String what) {
    counters.increment(RingCounter.SHARED_FAILURES);
    log.atError().setCause(cause).log(what);
  }
}
