package io.gatehouse.l4.plane;

import static io.gatehouse.linux.Errno.EAGAIN;

import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.Errno;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the parts of one loop's data plane, and the sockets of its settled flows, to whoever keeps
 * descriptors for this process, and has them dropped when they are not needed any more. The keeper
 * must not drop sockets by itself when they hang up: what came last may wait in them still.
 *
 * <p>Owned by the loop.
 */
final class FlowKeeper {
  private static final Logger log = LoggerFactory.getLogger(FlowKeeper.class);

  /** A receiver that has not taken what is in flight (unix(7)). */
  private static final int ETOOMANYREFS = 109;

  private final SocketLoop loop;
  private final DescriptorStore store;
  private final Deque<Part> partsToKeep = new ArrayDeque<>();
  private final Set<Flow> toKeep = new LinkedHashSet<>();
  private final Deque<String> toForget = new ArrayDeque<>();
  private final int[] sockets = new int[2];
  private boolean scheduled;

  private record Part(String name, int fd) {}

  FlowKeeper(SocketLoop loop, DescriptorStore store) {
    this.loop = loop;
    this.store = store;
  }

  /** Has a part of a data plane kept, which stays open until it is forgotten. */
  void keep(String name, int fd) {
    if (store.isAvailable()) {
      partsToKeep.add(new Part(name, fd));
      schedule();
    }
  }

  /** Has the flow's sockets kept, in this turn or soon. */
  void keep(Flow flow) {
    if (store.isAvailable()) {
      toKeep.add(flow);
      schedule();
    }
  }

  /** A flow ends; its sockets are not to be kept any more. */
  void forget(Flow flow) {
    if (!toKeep.remove(flow) && flow.isSettled()) {
      forget(flow.keptName());
    }
  }

  void forget(String name) {
    if (store.isAvailable()) {
      toForget.add(name);
      schedule();
    }
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      loop.nextTurn(this::flushScheduled);
    }
  }

  private void flushScheduled() {
    scheduled = false;
    flush();
    if (!isEmpty() && !scheduled) {
      scheduled = true;
      loop.soon(this::flushScheduled);
    }
  }

  /**
   * Sends what waits, as much of it as the keeper takes now. What is to be kept comes first: until
   * it is, a connection ends with this process, and a keeper that is slow takes a few messages at a
   * time. A flow is of no use without all parts of its plane, so those come before. Names are never
   * used twice, so the order between what is kept and what is forgotten says nothing.
   */
  void flush() {
    while (!partsToKeep.isEmpty() && isSent(storePart(partsToKeep.getFirst()))) {
      partsToKeep.removeFirst();
    }
    if (!partsToKeep.isEmpty()) {
      return;
    }
    for (var next = toKeep.iterator(); next.hasNext(); next.remove()) {
      Flow flow = next.next();
      sockets[0] = flow.client();
      sockets[1] = flow.endpoint();
      if (!isSent(store.storeUnpolled(flow.keptName(), sockets, sockets.length))) {
        return;
      }
    }
    while (!toForget.isEmpty() && isSent(store.forget(toForget.getFirst()))) {
      toForget.removeFirst();
    }
  }

  private int storePart(Part part) {
    sockets[0] = part.fd();
    return store.storeUnpolled(part.name(), sockets, 1);
  }

  /** Whether a message has been sent or never can be; otherwise it is to be sent again. */
  private static boolean isSent(int result) {
    if (result == -EAGAIN || result == -ETOOMANYREFS) {
      return false;
    }
    if (result < 0) {
      log.atDebug()
          .addKeyValue("error", Errno.describe(-result))
          .log("a descriptor is not kept: it ends with this process");
    }
    return true;
  }

  /** Flows that would end with this process, since nobody has taken their sockets yet. */
  int unkept() {
    return toKeep.size();
  }

  boolean isEmpty() {
    return partsToKeep.isEmpty() && toKeep.isEmpty() && toForget.isEmpty();
  }
}
