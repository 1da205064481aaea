package io.gatehouse.membership;

import java.nio.file.Path;
import java.util.List;

/** Where a ring's keys come from. */
public sealed interface RingKeys {
  /** The most keys of one ring: each packet that no key opens is tried with all of them. */
  int MAX_KEYS = 16;

  /** The ring is not encrypted: whoever reaches its port may join it. */
  record None() implements RingKeys {}

  /**
   * Keys that are the same for as long as the node runs.
   *
   * @param keys one at least; the first encrypts, all decrypt
   * @param origin what an operator changes in their stead, such as {@code cluster.secret}
   */
  record Fixed(List<GossipKey> keys, String origin) implements RingKeys {
    public Fixed {
      keys = List.copyOf(keys);
      if (keys.isEmpty() || keys.size() > MAX_KEYS) {
        throw new IllegalArgumentException(
            "keys: %d (expected: 1 to %d)".formatted(keys.size(), MAX_KEYS));
      }
    }
  }

  /**
   * Keys in a file like Serf's {@code -keyring-file}: a JSON array of Base64 texts, of which the
   * first encrypts. What is changed at run time is written back.
   */
  record InFile(Path file) implements RingKeys {}
}
