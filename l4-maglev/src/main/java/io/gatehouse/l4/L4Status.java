package io.gatehouse.l4;

import io.gatehouse.health.Verdict;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The tier as an operator sees it at one moment.
 *
 * @param dataPlane {@code relay} or {@code kernel}
 * @param dataPlaneReason why this data plane runs
 * @param draining whether its connections are to end, be new ones accepted or not
 * @param sourcePortUse the greatest share of its local ports that any source address uses to any
 *     one endpoint
 */
public record L4Status(
    String node,
    String dataPlane,
    String dataPlaneReason,
    boolean draining,
    double sourcePortUse,
    List<Service> services) {

  /**
   * One virtual service.
   *
   * @param listen bound addresses
   * @param healthGeneration generation of the health snapshot that the choice goes by
   * @param counts what has been counted since the process started; every counter is there
   * @param endpointStats what has been seen of the endpoints of all its pools
   */
  public record Service(
      String name,
      List<InetSocketAddress> listen,
      String pool,
      int tableSize,
      long healthGeneration,
      int activeConnections,
      int maxConnections,
      Map<L4Counter, Long> counts,
      List<EndpointShare> endpoints,
      List<EndpointStatsView> endpointStats) {

    /** A service as it is now, where it listens. */
    static Service of(VirtualService service, List<InetSocketAddress> listen) {
      var config = service.config();
      return new Service(
          config.name(),
          listen,
          config.pool(),
          config.tableSize(),
          service.healthGeneration(),
          service.active(),
          config.limits().maxConnections(),
          counts(service),
          service.tables().stream().flatMap(table -> shares(table).stream()).toList(),
          service.endpointStats());
    }

    private static Map<L4Counter, Long> counts(VirtualService service) {
      var counts = new EnumMap<L4Counter, Long>(L4Counter.class);
      for (L4Counter counter : service.counters().counters()) {
        counts.put(counter, service.counters().sum(counter));
      }
      return counts;
    }

    private static List<EndpointShare> shares(ServiceTable table) {
      int[] counts = table.maglev().counts();
      var shares = new ArrayList<EndpointShare>();
      for (var health : table.endpoints()) {
        int entries = counts[shares.size()];
        shares.add(
            new EndpointShare(
                table.stats().pool(),
                health.endpoint().name(),
                health.endpoint().address(),
                health.endpoint().weight(),
                health.verdict(),
                health.cause(),
                health.since(),
                entries == 0 ? 0 : (double) entries / table.maglev().size(),
                table.share(shares.size())));
      }
      return List.copyOf(shares);
    }
  }

  /**
   * One endpoint of one of a service's pools.
   *
   * @param cause why the verdict is what it is
   * @param share of the Maglev table that it owns, 0 to 1, whether it is up or not
   * @param slowStartShare how much of that it takes at present, while it starts slowly; else 1
   */
  public record EndpointShare(
      String pool,
      String name,
      InetSocketAddress address,
      int weight,
      Verdict verdict,
      String cause,
      Instant since,
      double share,
      double slowStartShare) {}
}
