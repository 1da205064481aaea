package io.gatehouse.membership;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ring's keys: the first encrypts, all decrypt. A rotation has no gap when every node has a new
 * key installed before the first node uses it, and all use it before the old one is removed.
 *
 * <p>Safe for all threads: {@code keys} is an immutable list that changes replace as a whole.
 * Changes wait for the disk and are not to be made on an event loop.
 */
public final class KeyRing {
  private final @Nullable Path file;
  private final String origin;
  private volatile List<GossipKey> keys;

  private KeyRing(List<GossipKey> keys, @Nullable Path file, String origin) {
    this.keys = List.copyOf(keys);
    this.file = file;
    this.origin = origin;
  }

  /**
   * The keys as a ring has them at its start.
   *
   * @throws IllegalStateException if the key file cannot be read; the message says why
   */
  public static KeyRing open(RingKeys keys) {
    return switch (keys) {
      case RingKeys.None() -> new KeyRing(List.of(), null, "");
      case RingKeys.Fixed(var fixed, var origin) -> new KeyRing(fixed, null, origin);
      case RingKeys.InFile(var file) -> {
        try {
          yield new KeyRing(read(file), file, file.toString());
        } catch (IOException e) {
          throw new IllegalStateException(e.getMessage(), e);
        }
      }
    };
  }

  /**
   * Reads a file of keys.
   *
   * @throws IOException if it cannot be read or is not one; the message names the file and says why
   */
  public static List<GossipKey> read(Path file) throws IOException {
    return KeyringFile.read(file);
  }

  /** Whether the ring is encrypted. */
  public boolean encrypts() {
    return !keys.isEmpty();
  }

  /** All keys, the one that encrypts first; empty if the ring is not encrypted. */
  public List<GossipKey> keys() {
    return keys;
  }

  /**
   * Lets {@code key} decrypt. Does nothing if it does already.
   *
   * @throws KeyChangeException if the keys cannot be changed, or there are too many; nothing has
   *     changed then
   */
  public synchronized void install(GossipKey key) throws KeyChangeException {
    checkChangeable();
    if (keys.contains(key)) {
      return;
    }
    if (keys.size() == RingKeys.MAX_KEYS) {
      throw new KeyChangeException(
          "the ring has %d keys, and may have no more".formatted(RingKeys.MAX_KEYS));
    }
    var next = new ArrayList<>(keys);
    next.add(key);
    replace(next);
  }

  /**
   * Lets {@code key}, which must be installed, encrypt.
   *
   * @throws KeyChangeException if it is not, or the keys cannot be changed; nothing has changed
   *     then
   */
  public synchronized void use(GossipKey key) throws KeyChangeException {
    checkChangeable();
    if (!keys.contains(key)) {
      throw new KeyChangeException("the key is not installed");
    }
    var next = new ArrayList<>(keys);
    next.remove(key);
    next.addFirst(key);
    replace(next);
  }

  /**
   * Removes {@code key}. Does nothing if it is not installed.
   *
   * @throws KeyChangeException if it is the one that encrypts, or the keys cannot be changed;
   *     nothing has changed then
   */
  public synchronized void remove(GossipKey key) throws KeyChangeException {
    checkChangeable();
    if (keys.getFirst().equals(key)) {
      throw new KeyChangeException("the key is in use; let another one encrypt first");
    }
    var next = new ArrayList<>(keys);
    if (next.remove(key)) {
      replace(next);
    }
  }

  private void checkChangeable() throws KeyChangeException {
    if (!encrypts()) {
      throw new KeyChangeException("the ring is not encrypted");
    }
    if (file == null) {
      throw new KeyChangeException(
          "the keys come from "
              + origin
              + " and are changed there, or the ring is given a key file");
    }
  }

  /** The file first: a key that would be lost at the next start is not to be relied on. */
  private void replace(List<GossipKey> next) throws KeyChangeException {
    if (next.equals(keys)) {
      return;
    }
    try {
      if (file != null) {
        KeyringFile.write(file, next);
      }
    } catch (IOException e) {
      throw new KeyChangeException("cannot write %s: %s".formatted(file, e));
    }
    keys = List.copyOf(next);
  }

  /** The keys stay as they are; the message says why and may be shown to who asked. */
  public static final class KeyChangeException extends Exception {
    private static final long serialVersionUID = 1;

    KeyChangeException(String message) {
      super(message);
    }
  }
}
