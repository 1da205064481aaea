package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * One node of the ring.
 *
 * @param name unique in the ring; the node's name in the configuration file
 * @param address where its gossip listener is
 * @param state liveness as this observer sees it
 * @param incarnation the number by which a node refutes what others say of it
 * @param tags what the node says of itself, such as {@code role=l7} and {@code draining=true}; at
 *     most 512 bytes when encoded
 */
public record Member(
    String name,
    InetSocketAddress address,
    NodeState state,
    long incarnation,
    Map<String, String> tags) {

  /** Tag by which a node announces that it takes no new work. */
  public static final String TAG_DRAINING = "draining";

  /** Tag that names the tier of a node: {@code l4} or {@code l7}, or both joined by a comma. */
  public static final String TAG_ROLE = "role";

  /** Tag with the hash of the configuration that a node runs with. */
  public static final String TAG_CONFIGURATION = "config";

  /** Tag with the version of Gatehouse that a node runs. */
  public static final String TAG_VERSION = "version";

  /** Tag with the moment at which a node has started, as ISO 8601 has it. */
  public static final String TAG_BOOT = "boot";

  public Member {
    tags = Map.copyOf(tags);
  }

  /** Whether the node has announced that it takes no new work. */
  public boolean draining() {
    return "true".equals(tags.get(TAG_DRAINING));
  }
}
