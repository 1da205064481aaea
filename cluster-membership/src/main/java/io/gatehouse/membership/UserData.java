package io.gatehouse.membership;

import java.util.Arrays;

/**
 * What the layer above memberlist says, here Serf; SWIM only carries it.
 *
 * @param bytes not to be changed by anyone
 */
record UserData(byte[] bytes) {
  static final UserData NONE = new UserData(new byte[0]);

  @Override
  public boolean equals(Object other) {
    return other instanceof UserData data && Arrays.equals(bytes, data.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "UserData[%d bytes]".formatted(bytes.length);
  }
}
