package io.gatehouse.l4;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH64, a fast 64-bit hash whose bits are all good enough to take a remainder of.
 *
 * <p>The Maglev table depends on it: nodes agree on the owner of a connection only while they hash
 * alike, so neither the function nor the seeds may change between versions that run side by side.
 *
 * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">xxHash
 *     specification, version 0.1.1, section XXH64</a>
 */
final class Hash64 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;
  private static final int STRIPE_BYTES = 32;

  private Hash64() {}

  /** The hash of all bytes of {@code input}. */
  static long hash(byte[] input, long seed) {
    int at = 0;
    long hash;
    if (input.length >= STRIPE_BYTES) {
      long a = seed + PRIME_1 + PRIME_2;
      long b = seed + PRIME_2;
      long c = seed;
      long d = seed - PRIME_1;
      for (; at + STRIPE_BYTES <= input.length; at += STRIPE_BYTES) {
        a = round(a, (long) LONG.get(input, at));
        b = round(b, (long) LONG.get(input, at + 8));
        c = round(c, (long) LONG.get(input, at + 16));
        d = round(d, (long) LONG.get(input, at + 24));
      }
      hash =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      hash = merge(merge(merge(merge(hash, a), b), c), d);
    } else {
      hash = seed + PRIME_5;
    }
    return mix(tail(input, at, hash + input.length));
  }

  private static long tail(byte[] input, int from, long start) {
    int at = from;
    long hash = start;
    for (; at + 8 <= input.length; at += 8) {
      hash ^= round(0, (long) LONG.get(input, at));
      hash = Long.rotateLeft(hash, 27) * PRIME_1 + PRIME_4;
    }
    if (at + 4 <= input.length) {
      hash ^= ((int) INT.get(input, at) & 0xffffffffL) * PRIME_1;
      hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
      at += 4;
    }
    for (; at < input.length; at++) {
      hash ^= (input[at] & 0xff) * PRIME_5;
      hash = Long.rotateLeft(hash, 11) * PRIME_1;
    }
    return hash;
  }

  private static long round(long accumulator, long lane) {
    return Long.rotateLeft(accumulator + lane * PRIME_2, 31) * PRIME_1;
  }

  private static long merge(long hash, long accumulator) {
    return (hash ^ round(0, accumulator)) * PRIME_1 + PRIME_4;
  }

  /** The last step of the hash: every bit of the input sways every bit of the result. */
  static long mix(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * PRIME_2;
    mixed = (mixed ^ (mixed >>> 29)) * PRIME_3;
    return mixed ^ (mixed >>> 32);
  }
}
