package io.gatehouse.l4.plane;

import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.DescriptorStore.Stored;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.Sockets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a predecessor left: listeners, data planes, and the sockets of their flows. Whatever is not
 * asked for is closed in the end.
 *
 * <p>Several loops may take sockets at once; everything else belongs to the thread that starts the
 * tier.
 */
public final class Kept implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Kept.class);

  private final Map<String, Deque<Integer>> listeners = new HashMap<>();
  private final Map<String, Map<String, Integer>> planes = new TreeMap<>();
  private final Map<Long, Integer> sockets = new ConcurrentHashMap<>();
  private final List<Stored> unknown = new ArrayList<>();

  private final DescriptorStore store;

  private Kept(List<Stored> stored, DescriptorStore store) {
    this.store = store;
    for (Stored descriptor : stored) {
      put(descriptor.name(), descriptor.fd());
    }
  }

  /** Takes what was passed to this process. */
  public static Kept take(DescriptorStore store) {
    return new Kept(store.take(), store);
  }

  /** Has a listening socket kept until it is forgotten. */
  public static void keepListener(DescriptorStore store, String id, int socket) {
    int result = store.storeUnpolled(KeptNames.listener(id), new int[] {socket}, 1);
    if (result < 0) {
      log.atWarn()
          .addKeyValue("error", Errno.describe(-result))
          .log("a listener is not kept: connections are refused while this process is restarted");
    }
  }

  /** Has all listening sockets of this id dropped. */
  public static void forgetListener(DescriptorStore store, String id) {
    store.forget(KeptNames.listener(id));
  }

  private void put(String name, int fd) {
    if (KeptNames.isFlow(name)) {
      Integer twin = sockets.put(Sockets.cookie(fd), fd);
      if (twin != null) {
        Sockets.close(twin); // kept twice: by a predecessor and by its own
      }
    } else if (KeptNames.isPart(name)) {
      planes
          .computeIfAbsent(KeptNames.planeOf(name), plane -> new HashMap<>())
          .put(KeptNames.partOf(name), fd);
    } else if (KeptNames.isListener(name)) {
      listeners.computeIfAbsent(KeptNames.listenerOf(name), id -> new ArrayDeque<>()).add(fd);
    } else {
      unknown.add(new Stored(name, fd));
    }
  }

  /** Names of the predecessors' planes. */
  public List<String> planes() {
    return List.copyOf(planes.keySet());
  }

  /** The parts of one plane, taken over. */
  Map<String, Integer> parts(String plane) {
    var parts = planes.remove(plane);
    return parts == null ? Map.of() : parts;
  }

  /** The socket of this cookie, taken over; -1 if it was not kept. */
  int socket(long cookie) {
    Integer fd = cookie == 0 ? null : sockets.remove(cookie);
    return fd == null ? -1 : fd;
  }

  /** The next listening socket that was kept under an id, taken over; -1 if there is none. */
  public int listener(String id) {
    Integer fd = listeners.getOrDefault(id, new ArrayDeque<>()).poll();
    return fd == null ? -1 : fd;
  }

  /** The ids of the listeners that nobody has asked for. */
  public List<String> unwantedListeners() {
    return listeners.entrySet().stream()
        .filter(entry -> !entry.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Has dropped what this version cannot use, so that nobody holds open what nobody serves. */
  public void forgetUnknown() {
    for (String name : unknown.stream().map(Stored::name).distinct().toList()) {
      log.atWarn()
          .addKeyValue("name", name)
          .log(
              "a predecessor of another version kept what this one cannot go on with: it is"
                  + " closed");
      store.forget(name);
    }
  }

  /**
   * Closes what nobody has taken.
   *
   * <p>A flow's socket among it is one whose flow is not in any table: it had ended.
   */
  @Override
  public void close() {
    for (int fd : sockets.values()) {
      store.forget(KeptNames.flow(Sockets.cookie(fd))); // the name is that of the client's side
      Sockets.disconnect(fd);
      Sockets.close(fd);
    }
    sockets.clear();
    listeners.values().forEach(fds -> fds.forEach(Sockets::close));
    listeners.clear();
    planes.values().forEach(parts -> parts.values().forEach(Sockets::close));
    planes.clear();
    unknown.forEach(descriptor -> Sockets.close(descriptor.fd()));
    unknown.clear();
  }
}
