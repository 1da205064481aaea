package io.gatehouse.benchmarks.hashing;

import java.nio.charset.StandardCharsets;

/** A 64-bit hash for the methods that Maglev is compared with: FNV-1a, then SplitMix64's mixer. */
final class Mix {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private Mix() {}

  /** The hash of a name. */
  static long hash(String name) {
    long hash = FNV_OFFSET;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return mix(hash);
  }

  /** The hash of an entry's number. */
  static long hash(int entry) {
    return mix((entry + 1) * GOLDEN_GAMMA);
  }

  /** Spreads every bit over all of them, one to one. */
  static long mix(long value) {
    long a = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return b ^ (b >>> 31);
  }
}
