package io.gatehouse.appliance;

import io.gatehouse.appliance.admin.DrainStatus;
import io.gatehouse.appliance.admin.DrainStatus.Draining;
import io.gatehouse.l4.L4Counter;
import io.gatehouse.l4.L4Tier;
import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.L7Status;
import io.gatehouse.l7.L7Tier;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.Ring;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a node out of service, until that is undone or for good: tells the ring, waits until others
 * have heard, has the clients of both tiers go, and knows how far that has come. Any thread may
 * call.
 */
final class NodeDrain {
  /**
   * From the announcement of a drain to the closing of listeners: several gossip rounds, and
   * several looks at {@code /readyz}, so that everyone who sends work here has heard and sends
   * nothing new.
   */
  static final Duration ANNOUNCEMENT = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(NodeDrain.class);

  private final Map<String, String> tags;
  private final Ring ring;
  private final @Nullable L4Tier l4;
  private final @Nullable L7Tier l7;
  private final Duration longest;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Executor onceAnnounced;

  private @Nullable Announcement announcement;

  /**
   * What has been announced.
   *
   * @param sinceNanos the same moment as {@code since}
   * @param cutBefore how many connections earlier drains have cut
   */
  private record Announcement(Instant since, long sinceNanos, boolean stopping, long cutBefore) {}

  /**
   * @param tags what the node says of itself when it is in service
   * @param l4 null if the node has no such tier
   * @param l7 null if the node has no such tier
   * @param longest how long connections may go on after their tier has been told
   * @param clock for what people read
   * @param nanos only ever grow
   * @param onceAnnounced runs what is given to it {@link #ANNOUNCEMENT} later
   */
  NodeDrain(
      Map<String, String> tags,
      Ring ring,
      @Nullable L4Tier l4,
      @Nullable L7Tier l7,
      Duration longest,
      InstantSource clock,
      LongSupplier nanos,
      Executor onceAnnounced) {
    this.tags = Map.copyOf(tags);
    this.ring = ring;
    this.l4 = l4;
    this.l7 = l7;
    this.longest = longest;
    this.clock = clock;
    this.nanos = nanos;
    this.onceAnnounced = onceAnnounced;
  }

  /** Whether others are told to send no new work. */
  synchronized boolean isAnnounced() {
    return announcement != null;
  }

  /** How far it has come. */
  synchronized DrainStatus status() {
    Announcement made = announcement;
    if (made == null) {
      return DrainStatus.IN_SERVICE;
    }
    long connections = connections();
    Duration all = ANNOUNCEMENT.plus(longest);
    return new Draining(
        made.since.truncatedTo(ChronoUnit.MILLIS),
        made.since.plus(all).truncatedTo(ChronoUnit.MILLIS),
        connections,
        cut() - made.cutBefore,
        (connections == 0 && hasLasted(made, ANNOUNCEMENT)) || hasLasted(made, all),
        made.stopping);
  }

  private boolean hasLasted(Announcement made, Duration time) {
    return nanos.getAsLong() - made.sinceNanos >= time.toNanos();
  }

  /** Takes the node out of service until {@link #undo}. Calling it again changes nothing. */
  synchronized DrainStatus begin() {
    if (announcement == null) {
      log.info("draining until that is undone");
      Announcement made = announce(false);
      onceAnnounced.execute(() -> windDown(made));
    }
    return status();
  }

  private synchronized void windDown(Announcement made) {
    if (!made.equals(announcement)) {
      return; // undone, or for good by now
    }
    if (l4 != null) {
      l4.windDown();
    }
    if (l7 != null) {
      l7.windDown();
    }
  }

  /**
   * Puts the node back into service; does nothing if it is there.
   *
   * @throws IllegalStateException if it is about to end
   */
  synchronized DrainStatus undo() {
    if (announcement != null) {
      if (announcement.stopping) {
        throw new IllegalStateException("the node is stopping");
      }
      log.info("back in service");
      announcement = null;
      if (l4 != null) {
        l4.resume();
      }
      if (l7 != null) {
        l7.resume();
      }
      ring.updateTags(tags);
    }
    return status();
  }

  /**
   * Takes the node out of service for good: closes the listeners once others have heard, lets what
   * is under way finish until its deadline, then says goodbye to the ring.
   */
  CompletableFuture<Void> finish() {
    log.info("draining");
    return announcedForGood()
        .thenCompose(
            announced ->
                (l4 == null ? done() : l4.drain())
                    .thenCombine(l7 == null ? done() : l7.drain(), (a, b) -> a))
        .thenRunAsync(ring::leave)
        .toCompletableFuture();
  }

  /**
   * Ends what a successor cannot take over, which is the L7 tier's work, and leaves it the rest.
   * Says no goodbye: the successor is the same member of the ring. Without an L7 tier there is
   * nothing to announce either: connections go on coming, and wait for the successor.
   *
   * <p>A node with both tiers goes on accepting while its L7 tier drains if its L4 tier has other
   * nodes to send them to; else they wait in the kernel's queue.
   *
   * @param elsewhere whether the L4 tier could do without the L7 tier of this node
   */
  CompletableFuture<Void> handOver(boolean elsewhere) {
    log.info("handing over");
    L7Tier tier = l7;
    if (tier == null) {
      note(true);
      return handOverL4().toCompletableFuture();
    }
    CompletionStage<Void> announced = announcedForGood();
    return elsewhere
        ? announced
            .thenCompose(heard -> tier.drain())
            .thenCompose(drained -> handOverL4())
            .toCompletableFuture()
        : handOverL4()
            .thenCombine(announced.thenCompose(heard -> tier.drain()), (a, b) -> a)
            .toCompletableFuture();
  }

  private CompletionStage<Void> handOverL4() {
    return l4 == null
        ? done()
        : l4.handOver()
            .thenAccept(
                lost -> log.atInfo().addKeyValue("notKept", lost).log("connections handed over"));
  }

  /** Completes at once if others have heard before, else when they have. */
  private synchronized CompletionStage<Void> announcedForGood() {
    boolean heard = announcement != null && hasLasted(announcement, ANNOUNCEMENT);
    announce(true);
    return heard ? done() : CompletableFuture.runAsync(() -> {}, onceAnnounced);
  }

  private Announcement announce(boolean stopping) {
    var announced = new HashMap<>(tags);
    announced.put(Member.TAG_DRAINING, "true");
    ring.updateTags(announced);
    return note(stopping);
  }

  private synchronized Announcement note(boolean stopping) {
    var made = new Announcement(clock.instant(), nanos.getAsLong(), stopping, cut());
    announcement = made;
    return made;
  }

  private long connections() {
    long ofL4 =
        l4 == null
            ? 0
            : l4.status().services().stream().mapToLong(s -> s.activeConnections()).sum();
    long ofL7 =
        l7 == null
            ? 0
            : l7.status().listeners().stream().mapToLong(L7Status.Listener::connections).sum();
    return ofL4 + ofL7;
  }

  private long cut() {
    long ofL4 =
        l4 == null
            ? 0
            : l4.counters().values().stream().mapToLong(c -> c.sum(L4Counter.DRAIN_TIMEOUTS)).sum();
    return ofL4 + (l7 == null ? 0 : l7.counters().sum(L7Counter.DRAIN_CUT));
  }

  private static CompletionStage<Void> done() {
    return CompletableFuture.completedFuture(null);
  }
}
