package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Listener;
import io.gatehouse.appliance.config.FrontDoor.Node;
import io.gatehouse.appliance.config.FrontDoor.Role;
import io.gatehouse.appliance.config.FrontDoor.Service;
import io.gatehouse.appliance.config.YamlNode.Position;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds two parts of one node that would listen on the same address and port. */
final class ListenAddresses {
  private final FrontDoor frontDoor;
  private final Findings findings;
  private final Origins origins;
  // A pair that clashes on one node clashes on all: say it once.
  private final Set<List<Position>> told = new HashSet<>();

  /**
   * Something that listens.
   *
   * @param what for the message
   * @param at the key to blame
   */
  private record Claim(InetSocketAddress address, String what, Position at) {}

  ListenAddresses(FrontDoor frontDoor, Findings findings, Origins origins) {
    this.frontDoor = frontDoor;
    this.findings = findings;
    this.origins = origins;
  }

  void check() {
    frontDoor.nodes().forEach(this::check);
  }

  private void check(Node node) {
    Map<Integer, List<Claim>> byPort = new HashMap<>();
    for (Claim claim : claims(node)) {
      List<Claim> others =
          byPort.computeIfAbsent(claim.address().getPort(), p -> new ArrayList<>());
      for (Claim other : others) {
        if (overlap(claim.address(), other.address())) {
          report(node, claim, other);
        }
      }
      others.add(claim);
    }
  }

  private List<Claim> claims(Node node) {
    List<Claim> claims = new ArrayList<>();
    int gossip = frontDoor.cluster().port();
    claims.add(
        new Claim(
            new InetSocketAddress(node.address(), gossip),
            "gossip (cluster.port)",
            origins.of(frontDoor.cluster(), "port")));
    claims.add(new Claim(node.admin(), "the admin port of this node", origins.of(node, "admin")));
    if (node.roles().contains(Role.L4)) {
      for (Service service : frontDoor.services()) {
        String key = service.port().isPresent() ? "port" : "listen";
        for (InetSocketAddress address : Planner.listen(service, node)) {
          claims.add(
              new Claim(
                  address,
                  "service '%s'".formatted(service.name()),
                  origins.of(service, key, Addresses.show(address))));
        }
      }
    }
    if (node.roles().contains(Role.L7)) {
      for (Listener listener : frontDoor.listeners()) {
        claims.add(
            new Claim(
                Planner.listen(listener, node),
                "listener '%s'".formatted(listener.name()),
                origins.of(listener, "port")));
      }
    }
    return claims;
  }

  private void report(Node node, Claim claim, Claim other) {
    if (told.add(List.of(claim.at(), other.at()))) {
      findings.error(
          claim.at(),
          "port-conflict",
          "%s takes %s on node '%s' already"
              .formatted(other.what(), Addresses.show(claim.address()), node.name()),
          "give one of them another port or address");
    }
  }

  private static boolean overlap(InetSocketAddress a, InetSocketAddress b) {
    return a.getAddress().equals(b.getAddress())
        || a.getAddress().isAnyLocalAddress()
        || b.getAddress().isAnyLocalAddress();
  }
}
