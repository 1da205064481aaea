package io.gatehouse.appliance.config;

import io.gatehouse.health.PoolHealth;
import io.gatehouse.l4.L4Config;
import io.gatehouse.l7.L7Config;
import io.gatehouse.membership.RingConfig;
import io.gatehouse.transport.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * What one node is to do: the front door's file, cut down to what concerns it.
 *
 * @param node its name
 * @param configurationHash of the whole front door, see {@link FrontDoor#hash}
 * @param l4 its part in tier 1; empty if it has none
 * @param l7 its part in tier 2; empty if it has none
 * @param pools to watch: L7 nodes for each service, backends for each pool
 * @param ring its seat in the gossip ring
 * @param admin where its admin port listens
 * @param eventLoops how many it runs
 * @param accessLog {@link #NO_ACCESS_LOG}, {@link #STANDARD_OUTPUT}, or a file to append to
 */
public record NodePlan(
    String node,
    String configurationHash,
    Optional<L4Config> l4,
    Optional<L7Config> l7,
    List<PoolHealth> pools,
    RingConfig ring,
    InetSocketAddress admin,
    Transport.Choice transport,
    int eventLoops,
    String accessLog) {

  /** The access log is not written. */
  public static final String NO_ACCESS_LOG = "off";

  /** The access log goes to standard output. */
  public static final String STANDARD_OUTPUT = "stdout";

  public NodePlan {
    pools = List.copyOf(pools);
  }

  /** How long the connections of a drained node may go on at most, over both tiers. */
  public Duration longestDrain() {
    LongStream ofL4 =
        l4.stream().flatMap(c -> c.services().stream()).mapToLong(s -> s.timeouts().drainNanos());
    LongStream ofL7 =
        l7.stream()
            .flatMapToLong(
                c ->
                    LongStream.concat(
                        c.listeners().stream().mapToLong(l -> l.timeouts().drainNanos()),
                        c.routes().stream().mapToLong(r -> r.timeouts().tunnelDrainNanos())));
    return Duration.ofNanos(LongStream.concat(ofL4, ofL7).max().orElse(0));
  }
}
