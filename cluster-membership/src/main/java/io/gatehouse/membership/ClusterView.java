package io.gatehouse.membership;

import java.util.Map;

/**
 * The ring as this node sees it at one moment. Immutable; a later view has a greater generation.
 *
 * @param generation counts the views this node has published
 * @param members by name, this node included
 */
public record ClusterView(long generation, Map<String, Member> members) {

  /** The view before the ring has said anything. */
  public static final ClusterView EMPTY = new ClusterView(0, Map.of());

  public ClusterView {
    members = Map.copyOf(members);
  }
}
