package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One node's seat in the ring.
 *
 * @param node this node's name, unique in the ring; 1 to 128 bytes of UTF-8
 * @param bind where gossip is received, UDP and TCP, and the address that others are told; port 0
 *     takes a free one
 * @param seeds nodes through which the ring is joined. This node itself may be among them. A seed
 *     by name, which is unresolved here, is resolved again at each attempt
 * @param tags what this node says of itself at first
 * @param stateDirectory where the ring remembers its members and its incarnation; empty: nowhere
 */
public record RingConfig(
    String node,
    InetSocketAddress bind,
    List<InetSocketAddress> seeds,
    Map<String, String> tags,
    Timing timing,
    Limits limits,
    RingSecurity security,
    Optional<Path> stateDirectory) {

  /** Longest node name in bytes, as Serf has it. */
  static final int MAX_NAME_BYTES = 128;

  /** Most seeds of one node. */
  public static final int MAX_SEEDS = 256;

  /** A ring without keys, label and memory. */
  public RingConfig(
      String node,
      InetSocketAddress bind,
      List<InetSocketAddress> seeds,
      Map<String, String> tags,
      Timing timing,
      Limits limits) {
    this(node, bind, seeds, tags, timing, limits, RingSecurity.NONE, Optional.empty());
  }

  /**
   * @throws IllegalArgumentException naming the field that does not hold
   */
  public RingConfig {
    seeds = List.copyOf(seeds);
    tags = Map.copyOf(tags);
    int nameBytes = node.getBytes(StandardCharsets.UTF_8).length;
    if (nameBytes == 0 || nameBytes > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "node: %s (expected: 1 to %d bytes)".formatted(node, MAX_NAME_BYTES));
    }
    if (bind.isUnresolved() || bind.getAddress().isAnyLocalAddress()) {
      throw new IllegalArgumentException(
          "bind: %s (expected: an address at which other nodes reach this one)".formatted(bind));
    }
    if (seeds.size() > MAX_SEEDS) {
      throw new IllegalArgumentException(
          "seeds: %d (expected: at most %d)".formatted(seeds.size(), MAX_SEEDS));
    }
  }
}
