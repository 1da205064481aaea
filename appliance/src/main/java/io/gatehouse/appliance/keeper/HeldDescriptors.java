package io.gatehouse.appliance.keeper;

import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.SpawnedProcess;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The descriptors that are kept, by number and by name. A socket that is here already is not taken
 * twice; it is known by its cookie, which costs the same however many there are.
 *
 * <p>Bounded twice: by a number of descriptors, and by their names, which have to fit one
 * environment variable. Owned by one thread.
 */
final class HeldDescriptors implements AutoCloseable {
  private final Epoll epoll;
  private final int max;
  private final Map<Integer, Held> byNumber = new HashMap<>();
  private final Map<String, Set<Integer>> byName = new HashMap<>();
  private final Set<Long> cookies = new HashSet<>();
  private int nameBytes;

  /** What became of a descriptor. */
  enum Outcome {
    HELD,
    KNOWN,
    REFUSED
  }

  /**
   * @param cookie negative for what is no socket
   */
  private record Held(String name, long cookie, boolean polled) {}

  /**
   * @param epoll reports those that hang up, with their numbers as tokens
   * @param max how many are held at most
   */
  HeldDescriptors(Epoll epoll, int max) {
    this.epoll = epoll;
    this.max = max;
  }

  /** Takes a descriptor, which is closed unless it is held. */
  Outcome add(String name, int fd, boolean polled) {
    long cookie = Sockets.cookie(fd);
    if (cookie >= 0 && cookies.contains(cookie)) {
      Sockets.close(fd);
      return Outcome.KNOWN;
    }
    int bytes = name.length() + 1;
    if (byNumber.size() >= max || nameBytes + bytes > SpawnedProcess.MAX_NAMES_BYTES) {
      Sockets.close(fd);
      return Outcome.REFUSED;
    }
    byNumber.put(fd, new Held(name, cookie, polled && watch(fd)));
    byName.computeIfAbsent(name, n -> new HashSet<>(2)).add(fd);
    nameBytes += bytes;
    if (cookie >= 0) {
      cookies.add(cookie);
    }
    return Outcome.HELD;
  }

  /** Waits for a hang-up, which epoll reports unasked; false for what it cannot wait for. */
  private boolean watch(int fd) {
    try {
      epoll.add(fd, 0, fd);
      return true;
    } catch (LinuxException e) {
      return false; // EPERM: a file, which cannot hang up
    }
  }

  /** Drops one, if it is held. */
  void drop(int fd) {
    Held held = byNumber.remove(fd);
    if (held == null) {
      return;
    }
    if (held.polled) {
      epoll.remove(fd); // before closing: the node has a duplicate, which would keep it there
    }
    Sockets.close(fd);
    cookies.remove(held.cookie);
    nameBytes -= held.name.length() + 1;
    Set<Integer> same = byName.getOrDefault(held.name, Set.of());
    if (same.size() == 1) {
      byName.remove(held.name);
    } else {
      same.remove(fd);
    }
  }

  /** Drops all of a name. */
  void drop(String name) {
    List.copyOf(byName.getOrDefault(name, Set.of())).forEach(this::drop);
  }

  int size() {
    return byNumber.size();
  }

  /** All of them, lent. */
  List<Stored> all() {
    return byNumber.entrySet().stream()
        .map(entry -> new Stored(entry.getValue().name, entry.getKey()))
        .toList();
  }

  @Override
  public void close() {
    List.copyOf(byNumber.keySet()).forEach(this::drop);
  }
}
