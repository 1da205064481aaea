package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Node;
import io.gatehouse.appliance.config.FrontDoor.Role;
import io.gatehouse.health.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code nodes.NAME}: a machine or process of the front door. */
final class NodeSection {
  private static final int DEFAULT_ADMIN_PORT = 9901;
  private static final int DEFAULT_WEIGHT = 100;

  private static final Key<List<Role>> ROLE =
      Key.required(
          "role",
          ListType.orSingle(Scalars.choice(Role.class, Scalars::dashed)),
          "Tier it belongs to: `l4`, `l7`, or `[l4, l7]` for one process that does both.");

  private static final Key<InetAddress> ADDRESS =
      Key.required(
          "address",
          Addresses.ADDRESS,
          "Where the other nodes reach it: gossip, and for an L7 node its listeners.");

  private static final Key<InetSocketAddress> ADMIN =
      Key.optional(
          "admin",
          Addresses.ADDRESS_AND_PORT,
          "`127.0.0.1:9901`; on a node with a loopback address, that address",
          "Where `/metrics`, `/healthz`, `/readyz` and `/status` are served, without"
              + " authentication: keep it on an address that only operators reach.");

  private static final Key<Integer> WEIGHT =
      Key.of(
          "weight",
          Scalars.whole(0, Endpoint.MAX_WEIGHT),
          DEFAULT_WEIGHT,
          "Share of new connections that the L4 tier gives an L7 node, relative to the others; 0"
              + " gives none. Changing it moves only the connections that the share must move.");

  private static final Key<List<InetAddress>> SOURCE_ADDRESSES =
      Key.optional(
          "sourceAddresses",
          ListType.orSingle(Addresses.ADDRESS),
          "`address`",
          "From where an L4 node connects to L7 nodes, taken in turns. Each further one allows"
              + " another 28,232 connections at once to the same L7 node.");

  static final ObjectType<Node> TYPE =
      ObjectType.of("a node", NodeSection::build, ROLE, ADDRESS, ADMIN, WEIGHT, SOURCE_ADDRESSES);

  private NodeSection() {}

  private static @Nullable Node build(Fields fields) {
    InetAddress address = fields.get(ADDRESS);
    if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
      fields.error(
          fields.at(ADDRESS),
          "bad-address",
          "other nodes cannot reach %s".formatted(Addresses.show(address)),
          "write the node's own address; a listener takes all with 'bind: any'");
      return null;
    }
    List<Role> roles = fields.get(ROLE);
    if (roles.isEmpty()) {
      return null; // reported as an empty list
    }
    List<InetAddress> sources = fields.find(SOURCE_ADDRESSES);
    InetSocketAddress admin = fields.find(ADMIN);
    return new Node(
        fields.name(),
        EnumSet.copyOf(roles),
        address,
        admin == null ? defaultAdmin(address) : admin,
        fields.get(WEIGHT),
        sources == null ? List.of() : sources);
  }

  private static InetSocketAddress defaultAdmin(InetAddress address) {
    return new InetSocketAddress(
        address.isLoopbackAddress() ? address : InetAddress.ofLiteral("127.0.0.1"),
        DEFAULT_ADMIN_PORT);
  }
}
