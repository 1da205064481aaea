package io.gatehouse.health;

import io.gatehouse.membership.ClusterView;
import io.gatehouse.membership.KeyRing;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.NodeState;
import io.gatehouse.membership.Ring;
import io.gatehouse.membership.RingCounter;
import io.gatehouse.membership.SharedState;
import io.gatehouse.membership.UserEvent;
import io.gatehouse.transport.LoopCounters;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A ring whose views the test writes. */
final class FakeRing implements Ring {
  private final List<Consumer<ClusterView>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<UserEvent>> eventListeners = new CopyOnWriteArrayList<>();
  private final List<UserEvent> broadcasts = new CopyOnWriteArrayList<>();
  private volatile @Nullable SharedState shared;
  private volatile ClusterView view = ClusterView.EMPTY;

  static Member member(String name, NodeState state, boolean draining) {
    return new Member(
        name,
        new InetSocketAddress("127.0.0.1", 7946),
        state,
        1,
        draining ? Map.of(Member.TAG_DRAINING, "true") : Map.of());
  }

  void says(Member... members) {
    var byName = new HashMap<String, Member>();
    for (var member : members) {
      byName.put(member.name(), member);
    }
    view = new ClusterView(view.generation() + 1, byName);
    listeners.forEach(listener -> listener.accept(view));
  }

  @Override
  public ClusterView view() {
    return view;
  }

  @Override
  public void onChange(Consumer<ClusterView> listener) {
    listeners.add(listener);
    listener.accept(view);
  }

  @Override
  public void updateTags(Map<String, String> tags) {
    throw new AssertionError("health only listens");
  }

  /** Every event that has been broadcast; the listeners have heard it too. */
  List<UserEvent> broadcasts() {
    return List.copyOf(broadcasts);
  }

  /** The state that is shared, or null. */
  @Nullable SharedState shared() {
    return shared;
  }

  @Override
  public void broadcast(UserEvent event) {
    broadcasts.add(event);
    eventListeners.forEach(listener -> listener.accept(event));
  }

  @Override
  public void onEvent(Consumer<UserEvent> listener) {
    eventListeners.add(listener);
  }

  @Override
  public void share(SharedState state) {
    shared = state;
  }

  @Override
  public Map<String, Long> roundTrips() {
    return Map.of();
  }

  @Override
  public KeyRing keyRing() {
    throw new AssertionError("health only listens");
  }

  @Override
  public LoopCounters<RingCounter> counters() {
    throw new AssertionError("health only listens");
  }

  @Override
  public void leave() {
    throw new AssertionError("health only listens");
  }

  @Override
  public void close() {}
}
