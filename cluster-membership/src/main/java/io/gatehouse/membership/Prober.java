package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks members whether they are there (SWIM, section 3.1): one member each interval, directly; when
 * that takes too long through others and over TCP; and when the interval is over without an answer
 * it is suspected. Also answers, and pings on behalf of others. Owned by the ring's loop.
 */
final class Prober {
  private record Probe(Peer peer, long incarnation, long seq) {}

  /** A ping on behalf of {@code origin}, who waits for {@code originSeq}. */
  private record Errand(InetSocketAddress origin, long originSeq, boolean nack) {}

  private final Timing timing;
  private final Limits limits;
  private final MemberTable table;
  private final Rumours rumours;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final Map<Long, Errand> errands = new HashMap<>();
  private @Nullable Probe probe;
  private boolean answeredByTcp;
  private long nextSeq;

  Prober(
      RingConfig config,
      MemberTable table,
      Rumours rumours,
      Outbox outbox,
      Consumer<RingCounter> counter,
      RandomGenerator random) {
    this.timing = config.timing();
    this.limits = config.limits();
    this.table = table;
    this.rumours = rumours;
    this.outbox = outbox;
    this.counter = counter;
    // A stranger should not guess the number of a probe, nor an ack from an earlier life match.
    this.nextSeq = random.nextLong(1L << 32);
  }

  /** Judges the last probe and starts the next. */
  void probeDue(long nowNanos) {
    judge(nowNanos);
    outbox.schedule(new Timer.Probe(), nowNanos + timing.probeIntervalNanos());
    Peer peer = table.nextToProbe();
    if (peer == null) {
      return;
    }
    var next = new Probe(peer, peer.incarnation(), takeSeq());
    probe = next;
    answeredByTcp = false;
    counter.accept(RingCounter.PROBES);
    if (peer.state() == NodeState.SUSPECT) {
      // A suspect hears of it first, so that it can refute.
      var accusation = new Message.Suspect(peer.incarnation(), peer.name(), table.self().name());
      outbox.send(peer.address(), ping(next.seq(), peer.name()), accusation);
    } else {
      outbox.send(peer.address(), ping(next.seq(), peer.name()));
    }
    outbox.schedule(new Timer.ProbeTimeout(), nowNanos + timing.probeTimeoutNanos());
  }

  private void judge(long nowNanos) {
    Probe last = probe;
    probe = null;
    if (last == null) {
      return;
    }
    if (answeredByTcp) {
      counter.accept(RingCounter.PROBES_TCP_ONLY);
      return;
    }
    counter.accept(RingCounter.PROBE_FAILURES);
    var suspect = new Message.Suspect(last.incarnation(), last.peer().name(), table.self().name());
    rumours.suspect(suspect, nowNanos);
  }

  /** The direct ping has taken too long: asks others, and over TCP. */
  void probeTimedOut() {
    Probe current = probe;
    if (current == null) {
      return;
    }
    counter.accept(RingCounter.PROBES_INDIRECT);
    Peer target = current.peer();
    var helpers =
        table.pick(
            timing.indirectProbes(), peer -> peer != target && peer.state() == NodeState.ALIVE);
    for (Peer helper : helpers) {
      Peer self = table.self();
      outbox.send(
          helper.address(),
          new Message.IndirectPing(
              current.seq(), target.name(), target.address(), true, self.address(), self.name()));
    }
    byte[] ping = MessageEncoder.encode(ping(current.seq(), target.name()));
    outbox.add(new Effect.OpenPing(target.address(), ping));
  }

  /** Answers, if it is this node that is asked. */
  void ping(Message.Ping ping, InetSocketAddress from) {
    if (misdirected(ping)) {
      counter.accept(RingCounter.DROPPED_MISDIRECTED);
      return;
    }
    outbox.send(ping.source() == null ? from : ping.source(), new Message.Ack(ping.seq()));
  }

  /** Whether the ping means another node; one without a name means whoever hears it. */
  boolean misdirected(Message.Ping ping) {
    return !ping.node().isEmpty() && !ping.node().equals(table.self().name());
  }

  void indirectPing(Message.IndirectPing request, InetSocketAddress from, long nowNanos) {
    if (errands.size() >= limits.pendingIndirectProbes()) {
      counter.accept(RingCounter.LIMIT_INDIRECT_PROBES);
      outbox.add(new Effect.LimitReached(RingCounter.LIMIT_INDIRECT_PROBES, request.node()));
      return;
    }
    long seq = takeSeq();
    InetSocketAddress origin = request.source() == null ? from : request.source();
    errands.put(seq, new Errand(origin, request.seq(), request.nack()));
    outbox.send(request.target(), ping(seq, request.node()));
    outbox.schedule(new Timer.IndirectProbe(seq), nowNanos + timing.probeTimeoutNanos());
  }

  void indirectProbeTimedOut(long seq) {
    Errand errand = errands.remove(seq);
    if (errand != null && errand.nack()) {
      outbox.send(errand.origin(), new Message.Nack(errand.originSeq()));
    }
  }

  void ack(Message.Ack ack) {
    Probe current = probe;
    if (current != null && current.seq() == ack.seq()) {
      probe = null;
      outbox.cancel(new Timer.ProbeTimeout());
      return;
    }
    Errand errand = errands.remove(ack.seq());
    if (errand != null) {
      outbox.cancel(new Timer.IndirectProbe(ack.seq()));
      outbox.send(errand.origin(), new Message.Ack(errand.originSeq()));
      return;
    }
    counter.accept(RingCounter.STALE_ACKS);
  }

  void streamAcked(long seq) {
    Probe current = probe;
    answeredByTcp |= current != null && current.seq() == seq;
  }

  private Message.Ping ping(long seq, String node) {
    Peer self = table.self();
    return new Message.Ping(seq, node, self.address(), self.name());
  }

  private long takeSeq() {
    long seq = nextSeq;
    nextSeq = nextSeq + 1 & 0xffff_ffffL;
    return seq;
  }
}
