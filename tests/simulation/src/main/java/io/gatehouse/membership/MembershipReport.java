package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.MILLI;
import static io.gatehouse.membership.Scenario.SECOND;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;

/**
 * Prints, as CSV, what rings of thousands of simulated nodes do. The first argument says which
 * report; each line is printed as soon as it is known.
 */
public final class MembershipReport {
  private static final int HEAL_NODES = 100;
  private static final long HEAL_LIMIT = 120 * SECOND;
  private static final long CUT_AT = 5 * SECOND;

  private final PrintStream out;

  private MembershipReport(PrintStream out) {
    this.out = out;
  }

  /**
   * {@code trial PROTOCOL NODES LOSS SLOW VICTIMS SECONDS SEED}, {@code heal FIRST_SEED SEEDS},
   * {@code traffic NODES SECONDS SEED} or {@code speed NODES SECONDS SEED}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static void main(String[] arguments) {
    var report = new MembershipReport(System.out);
    switch (arguments.length == 0 ? "" : arguments[0]) {
      case "trial" -> report.trial(arguments);
      case "heal" -> report.heal(number(arguments, 1), number(arguments, 2));
      case "traffic" -> report.traffic(arguments);
      case "speed" -> report.speed(arguments);
      default ->
          throw new IllegalArgumentException("report: trial, heal, traffic or speed is expected");
    }
  }

  private void trial(String[] arguments) {
    var trial =
        new Trial(
            Protocol.valueOf(arguments[1].toUpperCase(Locale.ROOT)),
            number(arguments, 2),
            Double.parseDouble(arguments[3]),
            number(arguments, 4),
            number(arguments, 5),
            number(arguments, 6));
    out.println(
        "protocol,nodes,loss,slow,victims,seconds,seed,suspected_s,declared_s,spread_s,"
            + "false_deaths,slow_deaths,packets,bytes");
    int seed = number(arguments, 7);
    Outcome o = trial.run(seed);
    print(
        "%s,%d,%.2f,%d,%d,%d,%d,%.3f,%.3f,%.3f,%d,%d,%.3f,%.1f",
        trial.protocol().label(),
        trial.nodes(),
        trial.loss(),
        trial.slow(),
        trial.victims(),
        trial.seconds(),
        seed,
        o.suspectedSeconds(),
        o.declaredSeconds(),
        o.spreadSeconds(),
        o.falseDeaths(),
        o.slowDeaths(),
        o.packets(),
        o.bytes());
  }

  /** For each seed, how long after a partition's end all views are equal. */
  private void heal(int first, int seeds) {
    out.println("seed,side,cut_s,healed_s");
    for (int seed = first; seed < first + seeds; seed++) {
      var random = new java.util.SplittableRandom(seed);
      // From one node to half of them, and from hardly noticed to long forgotten.
      int side = random.nextInt(1, HEAL_NODES / 2 + 1);
      long cut = random.nextLong(10 * SECOND, 200 * SECOND);
      int start = random.nextInt(HEAL_NODES - side + 1);
      var partition =
          new Incident.Partition(CUT_AT, CUT_AT + cut, new Nodes(start, start + side - 1));
      var ring =
          new SimulatedRing(
              Scenario.formed(HEAL_NODES, Timing.DEFAULT, Network.GOOD, List.of(partition)), seed);
      ring.run(CUT_AT + cut);
      long healed = ring.await("seed " + seed, 50 * MILLI, HEAL_LIMIT, ring::viewsAreEqual);
      print("%d,%d,%.1f,%.2f", seed, side, cut / 1e9, healed / 1e9);
    }
  }

  /** Traffic of a ring in which nothing happens, beside what memberlist's parameters say. */
  private void traffic(String[] arguments) {
    int nodes = number(arguments, 1);
    int seconds = number(arguments, 2);
    var ring =
        new SimulatedRing(
            Scenario.formed(nodes, Timing.DEFAULT, Network.GOOD, List.of()), number(arguments, 3));
    ring.run(30 * SECOND);
    ring.traffic().clear();
    ring.run(seconds * SECOND);
    double memberSeconds = (double) nodes * seconds;
    double bytes = (ring.traffic().packetBytes() + ring.traffic().streamBytes()) / memberSeconds;
    var formula = SteadyTraffic.of(nodes, Timing.DEFAULT);
    out.println("nodes,packets,packets_formula,bytes,bytes_formula");
    print(
        "%d,%.4f,%.4f,%.2f,%.2f",
        nodes, ring.traffic().packets() / memberSeconds, formula.packets(), bytes, formula.bytes());
  }

  /** How long a ring in which nothing happens takes to be simulated. */
  private void speed(String[] arguments) {
    int nodes = number(arguments, 1);
    int seconds = number(arguments, 2);
    long start = System.nanoTime();
    var ring =
        new SimulatedRing(
            Scenario.formed(nodes, Timing.DEFAULT, Network.lossy(0.01), List.of()),
            number(arguments, 3));
    ring.run(seconds * SECOND);
    double took = (System.nanoTime() - start) / 1e9;
    double cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
    out.println("nodes,seconds,took_s,cpu_s,events,digest");
    print(
        "%d,%d,%.2f,%.2f,%d,%x",
        nodes, seconds, took, cpu, ring.history().events(), ring.history().digest());
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }

  private static int number(String[] arguments, int index) {
    if (index >= arguments.length) {
      throw new IllegalArgumentException("argument " + index + " is missing");
    }
    return Integer.parseInt(arguments[index]);
  }
}
