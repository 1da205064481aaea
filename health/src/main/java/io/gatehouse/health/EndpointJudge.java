package io.gatehouse.health;

import io.gatehouse.membership.NodeState;
import org.jspecify.annotations.Nullable;

/**
 * Decides about one endpoint from three kinds of evidence: this node's own probes, what the other
 * observers see, and what the ring says of the endpoint itself, where it is a node. A pure state
 * machine; time comes in, no socket or clock is touched. Owned by the thread that calls it.
 *
 * <p>The rules, the first that applies decides:
 *
 * <ol>
 *   <li>The ring says LEFT: DOWN at once. A goodbye is the node's own word.
 *   <li>The own probes say down: DOWN, whatever others say. Gossip is older than a probe.
 *   <li>The endpoint is not probed by anybody and the ring takes it for dead: DOWN. An endpoint
 *       that is probed is only probed now.
 *   <li>The node announces a drain: DRAINING.
 *   <li>A quorum of observers sees it down: DOWN.
 *   <li>The own probes say that it works: UP, or what the endpoint says of itself, DRAINING or
 *       DEGRADED.
 *   <li>Others see that it works: as they say.
 *   <li>It is not probed by anybody: UP if the ring has seen it, else UNKNOWN.
 *   <li>Nobody says anything: what the last word was, if others gave it (fail static), else what
 *       the check assumes at the start.
 * </ol>
 *
 * Probes have rise and fall: from an open start the first result decides at once; after it, {@code
 * fall} failures in a row turn UP into DOWN, and {@code rise} successes in a row turn DOWN into UP.
 */
final class EndpointJudge {
  static final String NOT_PROBED_YET = "not probed yet";
  static final String NOT_WATCHED = "no health check";
  static final String LEFT_THE_RING = "left the ring";
  static final String DEAD_IN_THE_RING = "dead in the ring";
  static final String ALIVE_IN_THE_RING = "alive in the ring";
  static final String ANNOUNCED_DRAIN = "announced a drain";
  static final String REPORTS_DRAIN = "its check asks for a drain";

  private final @Nullable HealthCheck check;

  private Verdict probed;
  private boolean probedIsKnown;
  private String probedCause;
  private Report report = Report.NONE;
  private int streakAgainst;
  private RingEvidence ring = RingEvidence.UNSEEN;
  private RemoteView remote = RemoteView.SILENT;

  private Judgement judgement;
  private long sinceNanos;

  /** What a verdict rests on. */
  private enum Basis {
    /** The endpoint's own word. */
    ANNOUNCED,
    /** Nobody has looked yet. */
    ASSUMED,
    /** Probes of this node, or the ring. */
    SEEN,
    /** What other observers say. */
    HEARD
  }

  private record Judgement(Verdict verdict, String cause, Basis basis, int weightPercent) {
    Judgement(Verdict verdict, String cause, Basis basis) {
      this(verdict, cause, basis, Report.FULL_WEIGHT);
    }
  }

  /**
   * A verdict that has become another one.
   *
   * @param forNanos how long {@code from} had stood
   */
  record Change(Verdict from, Verdict to, String cause, long forNanos) {}

  /**
   * @param check null: the endpoint is not probed
   */
  EndpointJudge(@Nullable HealthCheck check, long nowNanos) {
    this.check = check;
    this.probed = check == null ? Verdict.UNKNOWN : check.start();
    this.probedCause = check == null ? NOT_WATCHED : NOT_PROBED_YET;
    this.judgement = new Judgement(probed, probedCause, Basis.ASSUMED);
    this.sinceNanos = nowNanos;
  }

  Verdict verdict() {
    return judgement.verdict();
  }

  /** Why, for the operator. May change while the verdict stands. */
  String cause() {
    return judgement.cause();
  }

  /** Of its configured weight, what the endpoint wants. */
  int weightPercent() {
    return judgement.weightPercent();
  }

  /** Whether the verdict rests on what somebody has seen, and may be doubted. */
  boolean isDoubtful() {
    return judgement.basis() == Basis.SEEN || judgement.basis() == Basis.HEARD;
  }

  /** What this node's own probes come to; UNKNOWN while they have not. */
  Verdict ownVerdict() {
    if (!probedIsKnown) {
      return Verdict.UNKNOWN;
    }
    return probed == Verdict.UP ? verdictOf(report) : probed;
  }

  /** Why {@link #ownVerdict} is what it is. */
  String ownCause() {
    return probedIsKnown && probed == Verdict.UP ? causeOf(report) : probedCause;
  }

  /** The weight that the endpoint has asked this node's own probes for. */
  int ownWeightPercent() {
    return report.weightPercent();
  }

  /** Whether the probes' verdict is open or about to turn, so that it pays to probe faster. */
  boolean unsettled() {
    return !probedIsKnown || streakAgainst > 0;
  }

  /** Takes in the result of a probe; null if the verdict stands. */
  @Nullable Change probed(ProbeResult result, long nowNanos) {
    switch (result) {
      case ProbeResult.Passed(String detail, Report said) -> {
        count(Verdict.UP, detail);
        report = said;
      }
      case ProbeResult.Failed failed -> count(Verdict.DOWN, failed.cause());
      case ProbeResult.Inconclusive _ -> {}
    }
    return settle(nowNanos);
  }

  private void count(Verdict seen, String why) {
    if (check == null) {
      throw new IllegalStateException("a probe's result for an endpoint that has no check");
    }
    if (probed == seen) {
      streakAgainst = 0;
      probedCause = why;
      probedIsKnown = true;
      return;
    }
    streakAgainst++;
    int needed = seen == Verdict.UP ? check.rise() : check.fall();
    if (probed == Verdict.UNKNOWN || streakAgainst >= needed) {
      probed = seen;
      probedCause = why;
      probedIsKnown = true;
      streakAgainst = 0;
    }
  }

  /** This node probes the endpoint no more: its own view is void. Null if the verdict stands. */
  @Nullable Change unassigned(long nowNanos) {
    probed = check == null ? Verdict.UNKNOWN : check.start();
    probedIsKnown = false;
    probedCause = NOT_PROBED_YET;
    report = Report.NONE;
    streakAgainst = 0;
    return settle(nowNanos);
  }

  /** Takes in what the ring says; null if the verdict stands. */
  @Nullable Change ring(RingEvidence evidence, long nowNanos) {
    ring = evidence;
    return settle(nowNanos);
  }

  /** Takes in what other observers see; null if the verdict stands. */
  @Nullable Change remote(RemoteView view, long nowNanos) {
    remote = view;
    return settle(nowNanos);
  }

  /** Whether {@code evidence} is news that a probe should look into now. */
  boolean wantsProbe(RingEvidence evidence) {
    if (check == null
        || evidence.equals(ring)
        || !(evidence instanceof RingEvidence.Seen(NodeState now, boolean _))) {
      return false;
    }
    return switch (now) {
      case SUSPECT, DEAD -> true;
      case ALIVE -> ownVerdict() != Verdict.UP;
      case LEFT -> false;
    };
  }

  private @Nullable Change settle(long nowNanos) {
    var before = judgement;
    judgement = judge();
    if (judgement.verdict() == before.verdict()) {
      return null;
    }
    var change = new Change(before.verdict(), judgement.verdict(), cause(), nowNanos - sinceNanos);
    sinceNanos = nowNanos;
    return change;
  }

  private Judgement judge() {
    if (ring instanceof RingEvidence.Seen seen && seen.state() == NodeState.LEFT) {
      return new Judgement(Verdict.DOWN, LEFT_THE_RING, Basis.ANNOUNCED);
    }
    if (check == null) {
      return judgeByRingAlone();
    }
    if (ownVerdict() == Verdict.DOWN) {
      return new Judgement(Verdict.DOWN, probedCause, Basis.SEEN);
    }
    if (ring instanceof RingEvidence.Seen seen && seen.draining()) {
      return new Judgement(Verdict.DRAINING, ANNOUNCED_DRAIN, Basis.ANNOUNCED);
    }
    if (remote instanceof RemoteView.Down(String cause)) {
      return new Judgement(Verdict.DOWN, cause, Basis.HEARD);
    }
    return probedIsKnown ? judgeByReport() : judgeByOthers();
  }

  private Judgement judgeByReport() {
    var verdict = verdictOf(report);
    var basis = verdict == Verdict.DRAINING ? Basis.ANNOUNCED : Basis.SEEN;
    return new Judgement(verdict, causeOf(report), basis, report.weightPercent());
  }

  private Judgement judgeByOthers() {
    if (remote instanceof RemoteView.Works(Verdict verdict, int weightPercent, String cause)) {
      var basis = verdict == Verdict.DRAINING ? Basis.ANNOUNCED : Basis.HEARD;
      return new Judgement(verdict, cause, basis, weightPercent);
    }
    boolean wasDecidedBySight = judgement.basis() == Basis.HEARD || judgement.basis() == Basis.SEEN;
    return wasDecidedBySight ? judgement : new Judgement(probed, probedCause, Basis.ASSUMED);
  }

  private static Verdict verdictOf(Report report) {
    if (report.drain()) {
      return Verdict.DRAINING;
    }
    return report.isDegraded() ? Verdict.DEGRADED : Verdict.UP;
  }

  private String causeOf(Report said) {
    if (said.drain()) {
      return REPORTS_DRAIN;
    }
    return said.isDegraded() ? "degraded: " + said.degraded() : probedCause;
  }

  private Judgement judgeByRingAlone() {
    return switch (ring) {
      case RingEvidence.Unseen _ -> new Judgement(Verdict.UNKNOWN, NOT_WATCHED, Basis.ASSUMED);
      case RingEvidence.Seen(NodeState state, boolean draining) ->
          switch (state) {
            case LEFT -> new Judgement(Verdict.DOWN, LEFT_THE_RING, Basis.ANNOUNCED);
            case DEAD -> new Judgement(Verdict.DOWN, DEAD_IN_THE_RING, Basis.SEEN);
            case ALIVE, SUSPECT ->
                draining
                    ? new Judgement(Verdict.DRAINING, ANNOUNCED_DRAIN, Basis.ANNOUNCED)
                    : new Judgement(Verdict.UP, ALIVE_IN_THE_RING, Basis.SEEN);
          };
    };
  }
}
