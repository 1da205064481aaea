package io.gatehouse.membership;

import java.util.Arrays;

/**
 * What a node says of itself, as it travels: kept as received, so that it is gossiped on unchanged.
 *
 * @param bytes not to be changed by anyone
 */
record Meta(byte[] bytes) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Meta meta && Arrays.equals(bytes, meta.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "Meta" + Tags.decode(bytes);
  }
}
