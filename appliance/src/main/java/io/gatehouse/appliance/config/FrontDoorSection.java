package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Cluster;
import io.gatehouse.appliance.config.FrontDoor.Listener;
import io.gatehouse.appliance.config.FrontDoor.Node;
import io.gatehouse.appliance.config.FrontDoor.Pool;
import io.gatehouse.appliance.config.FrontDoor.ProcessOptions;
import io.gatehouse.appliance.config.FrontDoor.Service;
import io.gatehouse.l7.ListenerConfig.Certificate;
import io.gatehouse.l7.RouteConfig;
import io.gatehouse.membership.RingKeys;
import java.util.List;
import java.util.Optional;

/** The whole file. */
final class FrontDoorSection {
  private static final Key<Cluster> CLUSTER =
      Key.of(
          "cluster", ClusterSection.TYPE, ClusterSection.DEFAULT, "The gossip ring of all nodes.");

  private static final Key<ProcessOptions> PROCESS =
      Key.of(
          "process", ProcessSection.TYPE, ProcessSection.DEFAULT, "What holds for every process.");

  static final Key<List<Node>> NODES =
      Key.required(
          "nodes",
          new NamesType<>(NodeSection.TYPE),
          List.of(),
          "The nodes of both tiers. Every node reads this same file and is told its name.");

  static final Key<List<Service>> SERVICES =
      Key.optional(
          "services",
          new NamesType<>(ServiceSection.TYPE),
          "none",
          "Virtual services of the L4 tier: where clients connect.");

  static final Key<List<Listener>> LISTENERS =
      Key.optional(
          "listeners",
          new NamesType<>(ListenerSection.TYPE),
          "none",
          "Where every L7 node takes connections.");

  static final Key<List<Certificate>> CERTIFICATES =
      Key.optional(
          "certificates",
          new NamesType<>(CertificateSection.TYPE),
          "none",
          "What TLS listeners show.");

  static final Key<List<RouteConfig>> ROUTES =
      Key.optional(
          "routes",
          ListType.of(RouteSection.TYPE),
          "none",
          "Which requests go to which pool. The most specific match wins, whatever the order: exact"
              + " host before the longest wildcard before no host, then the longest path. A request"
              + " that no route matches is answered 404.");

  static final Key<List<Pool>> POOLS =
      Key.optional("pools", new NamesType<>(PoolSection.TYPE), "none", "Groups of backends.");

  /** Bound without a hash, keys and warnings; {@link FrontDoorFile} adds them. */
  static final ObjectType<FrontDoor> TYPE =
      ObjectType.of(
          "the front door",
          FrontDoorSection::build,
          CLUSTER,
          PROCESS,
          NODES,
          SERVICES,
          LISTENERS,
          CERTIFICATES,
          ROUTES,
          POOLS);

  private FrontDoorSection() {}

  private static FrontDoor build(Fields fields) {
    return new FrontDoor(
        "",
        fields.get(CLUSTER),
        fields.get(PROCESS),
        fields.get(NODES),
        some(fields, SERVICES),
        some(fields, LISTENERS),
        some(fields, CERTIFICATES),
        some(fields, ROUTES),
        some(fields, POOLS),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        new RingKeys.None());
  }

  private static <T> List<T> some(Fields fields, Key<List<T>> key) {
    List<T> items = fields.find(key);
    return items == null ? List.of() : items;
  }
}
