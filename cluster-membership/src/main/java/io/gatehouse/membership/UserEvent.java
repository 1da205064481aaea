package io.gatehouse.membership;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Something that one node tells all others once, as Serf's user events are: {@code serf monitor}
 * shows it. It is gossiped, so it reaches all that are there, in no promised order; whoever joins
 * soon after may hear of it too.
 *
 * @param name what it is about; not empty
 * @param payload anything; not to be changed by anyone
 * @param coalesce whether a listener may take only the last of several of one name; Serf's agents
 *     do so where they are told to, Gatehouse hands out every one
 */
public record UserEvent(String name, byte[] payload, boolean coalesce) {

  /** Most bytes of name and payload together, as Serf has it. */
  public static final int MAX_BYTES = 512;

  /**
   * @throws IllegalArgumentException if the name is empty, or both are too large together
   */
  public UserEvent {
    int bytes = bytes(name, payload);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("user event: no name (expected: 1 byte or more)");
    }
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "user event %s: name and payload of %d bytes (expected: at most %d)"
              .formatted(name, bytes, MAX_BYTES));
    }
  }

  /** Bytes of name and payload together. */
  int bytes() {
    return bytes(name, payload);
  }

  private static int bytes(String name, byte[] payload) {
    return name.getBytes(StandardCharsets.UTF_8).length + payload.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UserEvent event
        && name.equals(event.name)
        && coalesce == event.coalesce
        && Arrays.equals(payload, event.payload);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(payload);
  }

  @Override
  public String toString() {
    return "UserEvent[%s, %d bytes]".formatted(name, payload.length);
  }
}
