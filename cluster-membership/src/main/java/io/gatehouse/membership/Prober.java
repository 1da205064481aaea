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
 * it is suspected, unless the silence says more of this node than of the member. Also answers, and
 * pings on behalf of others. Owned by the ring's loop.
 */
final class Prober {
  private record Probe(Peer peer, long incarnation, long seq, long sentNanos) {}

  /** Nacks come after this share of the probe timeout, before who waits for them gives up. */
  private static final double NACK_SHARE = 0.8;

  /** A ping on behalf of {@code origin}, who waits for {@code originSeq}. */
  private record Errand(InetSocketAddress origin, long originSeq, boolean nack) {}

  private final Timing timing;
  private final Limits limits;
  private final MemberTable table;
  private final Rumours rumours;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final Map<Long, Errand> errands = new HashMap<>();
  private final Guard guard;
  private final LocalHealth health;
  private final Hearing hearing;
  private @Nullable Probe probe;
  private boolean answeredByTcp;
  private int helpers;
  private int nacks;
  private @Nullable Peer again;
  private int repeated;
  private @Nullable InetSocketAddress stranger;
  private long nextSeq;

  Prober(
      RingConfig config,
      MemberTable table,
      Rumours rumours,
      LocalHealth health,
      Hearing hearing,
      Outbox outbox,
      Consumer<RingCounter> counter,
      RandomGenerator random) {
    this.timing = config.timing();
    this.guard = timing.guard();
    this.health = health;
    this.hearing = hearing;
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
    outbox.schedule(new Timer.Probe(), nowNanos + health.scale(timing.probeIntervalNanos()));
    Peer peer = again;
    if (peer == null || peer.deadOrLeft()) {
      peer = table.nextToProbe();
      repeated = 0;
    }
    again = null;
    if (peer == null) {
      return;
    }
    var next = new Probe(peer, peer.incarnation(), takeSeq(), nowNanos);
    probe = next;
    answeredByTcp = false;
    helpers = 0;
    nacks = 0;
    counter.accept(RingCounter.PROBES);
    if (guard.buddy() && peer.state() == NodeState.SUSPECT) {
      accuse(peer, next.seq());
    } else {
      outbox.send(peer.address(), ping(next.seq(), peer.name()));
    }
    outbox.schedule(new Timer.ProbeTimeout(), nowNanos + health.scale(timing.probeTimeoutNanos()));
  }

  /** Tells a suspect of it ahead of the ping, so that its ack already carries the refutation. */
  private void accuse(Peer suspect, long seq) {
    var accusation =
        new Message.Suspect(suspect.incarnation(), suspect.name(), table.self().name());
    outbox.send(suspect.address(), accusation, ping(seq, suspect.name()));
  }

  /** Asks a suspect outside of the probes' order; no answer is waited for. */
  void remind(Peer suspect) {
    accuse(suspect, takeSeq());
  }

  private void judge(long nowNanos) {
    Probe last = probe;
    probe = null;
    if (last == null) {
      return;
    }
    if (answeredByTcp) {
      health.probeAnswered();
      counter.accept(RingCounter.PROBES_TCP_ONLY);
      return;
    }
    health.probeFailed(helpers, nacks);
    counter.accept(RingCounter.PROBE_FAILURES);
    if (helpers > 0 && nacks == 0 && hearing.deaf(nowNanos)) {
      counter.accept(RingCounter.VERDICTS_HELD);
      again = last.peer();
    } else if (helpers > 0 && nacks == 0 && repeated < guard.silentProbes()) {
      counter.accept(RingCounter.PROBES_SILENT);
      repeated++;
      again = last.peer();
    } else {
      rumours.suspectUnanswered(last.peer(), last.incarnation(), nowNanos);
    }
  }

  /** This node stood still: the present probe says nothing, and is to be repeated. */
  void stoodStill() {
    Probe current = probe;
    if (current != null) {
      probe = null;
      again = current.peer();
      outbox.cancel(new Timer.ProbeTimeout());
    }
  }

  /** The direct ping has taken too long: asks others, and over TCP. */
  void probeTimedOut() {
    Probe current = probe;
    if (current == null) {
      return;
    }
    counter.accept(RingCounter.PROBES_INDIRECT);
    Peer target = current.peer();
    var chosen =
        table.pick(
            timing.indirectProbes(), peer -> peer != target && peer.state() == NodeState.ALIVE);
    helpers = chosen.size();
    for (Peer helper : chosen) {
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
    InetSocketAddress to = ping.source() == null ? from : ping.source();
    Peer asker = table.get(ping.sourceNode());
    if (asker == null && ping.source() != null) {
      stranger = ping.source();
    }
    if (guard.buddy() && asker != null && asker.state() == NodeState.DEAD) {
      // It is not: so it hears what is said of it, and can refute.
      var accusation = new Message.Suspect(asker.incarnation(), asker.name(), table.self().name());
      outbox.send(to, accusation, new Message.Ack(ping.seq()));
    } else {
      outbox.send(to, new Message.Ack(ping.seq()));
    }
  }

  /** Who has probed this node without being known here, since the last call. */
  @Nullable InetSocketAddress takeStranger() {
    InetSocketAddress taken = stranger;
    stranger = null;
    return taken;
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
    long nackNanos = (long) (NACK_SHARE * timing.probeTimeoutNanos());
    outbox.schedule(new Timer.IndirectProbe(seq), nowNanos + nackNanos);
  }

  /** First says that there is no answer, and passes a late one on for another while. */
  void indirectProbeTimedOut(long seq, long nowNanos) {
    Errand errand = errands.remove(seq);
    if (errand != null && errand.nack()) {
      outbox.send(errand.origin(), new Message.Nack(errand.originSeq()));
      errands.put(seq, new Errand(errand.origin(), errand.originSeq(), false));
      outbox.schedule(new Timer.IndirectProbe(seq), nowNanos + timing.probeIntervalNanos());
    }
  }

  void ack(Message.Ack ack, InetSocketAddress from, long nowNanos) {
    Probe current = probe;
    if (current != null && current.seq() == ack.seq()) {
      probe = null;
      health.probeAnswered();
      // One that somebody else passes on says nothing of the way between the two.
      if (from.equals(current.peer().address())) {
        outbox.add(new Effect.RoundTrip(current.peer().name(), nowNanos - current.sentNanos()));
      }
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

  /** A helper had no answer either, but was heard itself. */
  void nack(Message.Nack nack) {
    counter.accept(RingCounter.NACKS);
    Probe current = probe;
    if (current != null && current.seq() == nack.seq()) {
      nacks++;
    }
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
