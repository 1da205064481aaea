package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.appliance.config.FrontDoor.Cluster;
import io.gatehouse.appliance.config.FrontDoor.Gossip;
import io.gatehouse.membership.RingConfig;
import io.gatehouse.membership.Timing;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** {@code cluster}: the gossip ring. */
final class ClusterSection {
  private static final String DEFAULT_NAME = "front-door";
  private static final int DEFAULT_PORT = 7946;
  private static final long DEFAULT_MAX_CLOCK_SKEW_NANOS = SECONDS.toNanos(30);

  private enum Network {
    LAN(Timing.DEFAULT),
    LOCAL(Timing.LOCAL);

    final Timing timing;

    Network(Timing timing) {
      this.timing = timing;
    }
  }

  private static final Key<String> NAME =
      Key.of(
          "name",
          Scalars.NAME,
          DEFAULT_NAME,
          "Name of the ring; every node carries it as the tag `cluster`.");

  private static final Key<Integer> PORT =
      Key.of(
          "port",
          Scalars.PORT,
          DEFAULT_PORT,
          "Gossip port on each node's address, UDP and TCP. All nodes use the same.");

  private static final Key<List<InetSocketAddress>> SEEDS =
      Key.optional(
          "seeds",
          ListType.of(Addresses.HOST_AND_MAYBE_PORT),
          "every node of the file",
          "Nodes through which the ring is joined: an address or a name, with `:port` where the"
              + " port is another. Any one that lives is enough; at most 256. They are tried for"
              + " ever, with pauses up to 30 s, which also heals a ring that was cut in two. A name"
              + " is looked up at each attempt, and all of its addresses are tried, at most 64.");

  private static final Key<Network> NETWORK =
      Key.of(
          "network",
          Scalars.choice(Network.class, Scalars::dashed),
          Network.LAN,
          "How fast the ring works. `lan` is memberlist's timing: a dead node is noticed within"
              + " seconds and declared dead in about ten. `local` is for nodes on one machine and"
              + " several times faster; on a real network it takes slow nodes for dead.");

  static final Key<List<Path>> SECRET =
      Key.optional(
          "secret",
          ListType.orSingle(Scalars.FILE),
          "no header is signed",
          "File with the cluster's secret, relative to the folder of this file: at least 32 random"
              + " bytes in Base64, as `openssl rand -base64 32` writes them; the same on all nodes."
              + " L4 nodes sign their PROXY headers with it, and a listener with"
              + " `requireSignedOrigin` takes no others. The ring's keys are made from it too, see"
              + " `gossip`. Of several, the first signs and any"
              + " verifies: to change it, add the new one last everywhere, then first, then remove"
              + " the old one.");

  private static final Key<Long> MAX_CLOCK_SKEW =
      Key.of(
          "maxClockSkew",
          Scalars.duration("1s", "10m"),
          DEFAULT_MAX_CLOCK_SKEW_NANOS,
          "How far the clocks of two nodes may differ before a signature is refused. Lower leaves"
              + " less time to replay a header; higher forgives clocks that are not kept.");

  private static final Key<Gossip> GOSSIP =
      Key.of("gossip", GossipSection.TYPE, GossipSection.DEFAULT, "Who may be in the ring.");

  static final ObjectType<Cluster> TYPE =
      ObjectType.of(
          "the cluster",
          ClusterSection::build,
          NAME,
          PORT,
          SEEDS,
          NETWORK,
          SECRET,
          MAX_CLOCK_SKEW,
          GOSSIP);

  static final Cluster DEFAULT =
      new Cluster(
          DEFAULT_NAME,
          DEFAULT_PORT,
          List.of(),
          Timing.DEFAULT,
          List.of(),
          DEFAULT_MAX_CLOCK_SKEW_NANOS,
          GossipSection.DEFAULT);

  private ClusterSection() {}

  private static Cluster build(Fields fields) {
    int port = fields.get(PORT);
    List<InetSocketAddress> seeds = fields.find(SEEDS);
    if (seeds != null && seeds.size() > RingConfig.MAX_SEEDS) {
      fields.error(
          fields.at(SEEDS),
          "out-of-range",
          "%d seeds, but at most %d are used".formatted(seeds.size(), RingConfig.MAX_SEEDS),
          "a handful is enough");
    }
    List<Path> secret = fields.find(SECRET);
    return new Cluster(
        fields.get(NAME),
        port,
        seeds == null ? List.of() : seeds.stream().map(s -> withPort(s, port)).toList(),
        fields.get(NETWORK).timing,
        secret == null ? List.of() : secret,
        fields.get(MAX_CLOCK_SKEW),
        fields.get(GOSSIP));
  }

  private static InetSocketAddress withPort(InetSocketAddress seed, int ringPort) {
    if (seed.getPort() != 0) {
      return seed;
    }
    return seed.isUnresolved()
        ? InetSocketAddress.createUnresolved(seed.getHostString(), ringPort)
        : new InetSocketAddress(seed.getAddress(), ringPort);
  }
}
