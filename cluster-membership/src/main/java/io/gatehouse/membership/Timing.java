package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * How fast the ring works. The formulas are memberlist's, so a ring may mix Gatehouse nodes with
 * Serf agents; all nodes of a ring should use the same values.
 *
 * @param probeIntervalNanos time between two probes by this node, each of another member. First
 *     detection of a dead node takes about 1.58 intervals on average, whatever the size of the ring
 *     (SWIM, section 3.1). Raise it for less traffic, lower it to notice sooner
 * @param probeTimeoutNanos how long a direct ping may take before other members are asked to ping;
 *     less than the interval, more than the slowest healthy round trip. Lower makes indirect pings
 *     more common, not suspicions
 * @param indirectProbes members asked to ping on our behalf. Raise it when packets are often lost
 * @param suspicionMult a suspect has at least {@code suspicionMult · max(1, log10 n) ·
 *     probeInterval} to refute. Raise it for fewer false deaths, lower it to declare sooner
 * @param suspicionMaxMult the wait starts at this many times that minimum and shrinks to it as
 *     {@code suspicionMult − 2} other members confirm. 1 turns the wait constant
 * @param gossipIntervalNanos time between rounds of gossip. A change reaches all of n members in
 *     about {@code log(n) / log(1 + gossipNodes)} rounds. Lower spreads faster and sends more
 * @param gossipNodes members told in each round. Raise it to spread faster at the price of traffic
 * @param retransmitMult each message is sent {@code retransmitMult · ⌈log10(n + 1)⌉} times. Raise
 *     it when packets are often lost
 * @param gossipToTheDeadNanos how long a dead or left member stays in the view and, if dead, is
 *     still gossiped to, so that it may refute. Then it is forgotten
 * @param deadNodeReclaimNanos how long a node must have been dead before its name is given to a
 *     node at another address; a node that left gives its name up at once. Lower lets a replacement
 *     in sooner, higher guards against two nodes that fight over one name
 * @param pushPullIntervalNanos time between exchanges of full state with one random member,
 *     stretched by {@code ⌈log2 n − log2 32⌉ + 1} above 32 members. Lower repairs lost gossip
 *     sooner at the price of traffic
 * @param rejoinMinNanos first wait before a seed that is not an alive member is contacted again;
 *     doubled after each failure. Seeds are tried for ever: that is what heals a partition
 * @param rejoinMaxNanos the longest such wait
 * @param streamTimeoutNanos a TCP exchange that takes longer is given up
 * @param leaveTimeoutNanos the longest that {@link Ring#leave} waits for its goodbye to be gossiped
 * @param guard how wary of false deaths
 */
public record Timing(
    long probeIntervalNanos,
    long probeTimeoutNanos,
    int indirectProbes,
    int suspicionMult,
    int suspicionMaxMult,
    long gossipIntervalNanos,
    int gossipNodes,
    int retransmitMult,
    long gossipToTheDeadNanos,
    long deadNodeReclaimNanos,
    long pushPullIntervalNanos,
    long rejoinMinNanos,
    long rejoinMaxNanos,
    long streamTimeoutNanos,
    long leaveTimeoutNanos,
    Guard guard) {

  /** memberlist's values for a local network. */
  public static final Timing DEFAULT =
      new Timing(
          SECONDS.toNanos(1),
          MILLISECONDS.toNanos(500),
          3,
          4,
          6,
          MILLISECONDS.toNanos(200),
          3,
          4,
          SECONDS.toNanos(30),
          SECONDS.toNanos(10),
          SECONDS.toNanos(30),
          SECONDS.toNanos(1),
          SECONDS.toNanos(30),
          SECONDS.toNanos(10),
          SECONDS.toNanos(5),
          Guard.DEFAULT);

  /** For nodes on one machine: a dead node is declared within about two seconds. */
  public static final Timing LOCAL =
      new Timing(
          MILLISECONDS.toNanos(200),
          MILLISECONDS.toNanos(80),
          2,
          3,
          3,
          MILLISECONDS.toNanos(50),
          3,
          3,
          SECONDS.toNanos(10),
          SECONDS.toNanos(1),
          SECONDS.toNanos(2),
          MILLISECONDS.toNanos(200),
          SECONDS.toNanos(1),
          SECONDS.toNanos(2),
          SECONDS.toNanos(2),
          Guard.LOCAL);

  /** The same timing with another guard and {@link #suspicionMaxMult}. */
  Timing with(Guard otherGuard, int otherSuspicionMaxMult) {
    return new Timing(
        probeIntervalNanos,
        probeTimeoutNanos,
        indirectProbes,
        suspicionMult,
        otherSuspicionMaxMult,
        gossipIntervalNanos,
        gossipNodes,
        retransmitMult,
        gossipToTheDeadNanos,
        deadNodeReclaimNanos,
        pushPullIntervalNanos,
        rejoinMinNanos,
        rejoinMaxNanos,
        streamTimeoutNanos,
        leaveTimeoutNanos,
        otherGuard);
  }

  public Timing {
    positive("probeIntervalNanos", probeIntervalNanos);
    positive("probeTimeoutNanos", probeTimeoutNanos);
    positive("suspicionMult", suspicionMult);
    positive("suspicionMaxMult", suspicionMaxMult);
    positive("gossipIntervalNanos", gossipIntervalNanos);
    positive("gossipNodes", gossipNodes);
    positive("retransmitMult", retransmitMult);
    positive("pushPullIntervalNanos", pushPullIntervalNanos);
    positive("rejoinMinNanos", rejoinMinNanos);
    positive("streamTimeoutNanos", streamTimeoutNanos);
    positive("leaveTimeoutNanos", leaveTimeoutNanos);
    require(indirectProbes >= 0, "indirectProbes", indirectProbes, ">= 0");
    require(gossipToTheDeadNanos >= 0, "gossipToTheDeadNanos", gossipToTheDeadNanos, ">= 0");
    require(deadNodeReclaimNanos >= 0, "deadNodeReclaimNanos", deadNodeReclaimNanos, ">= 0");
    require(
        probeTimeoutNanos < probeIntervalNanos,
        "probeTimeoutNanos",
        probeTimeoutNanos,
        "less than the probe interval, " + probeIntervalNanos);
    require(
        rejoinMaxNanos >= rejoinMinNanos,
        "rejoinMaxNanos",
        rejoinMaxNanos,
        "at least rejoinMinNanos, " + rejoinMinNanos);
  }

  private static void positive(String field, long value) {
    require(value > 0, field, value, "> 0");
  }

  private static void require(boolean holds, String field, long value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %d (expected: %s)".formatted(field, value, expected));
    }
  }
}
