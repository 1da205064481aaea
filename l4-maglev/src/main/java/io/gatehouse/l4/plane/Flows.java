package io.gatehouse.l4.plane;

import io.gatehouse.l4.plane.DataPlane.KeptDescriptor;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The established connections of one loop: those it began, in a data plane of its own, and those it
 * took over from a predecessor, each in the plane that the predecessor had them in. Owned by the
 * loop, but for {@link #open}.
 */
public final class Flows implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Flows.class);

  /** Events that a socket is watched for from its first moment. */
  public static final int EVENTS = Epoll.IN | Epoll.OUT | Epoll.RDHUP | Epoll.ET;

  private final SocketLoop loop;
  private final DescriptorStore store;
  private final FlowKeeper keeper;
  private final DataPlane plane;
  private final String planeName;
  private final Map<DataPlane, String> adopted = new IdentityHashMap<>();

  private Flows(SocketLoop loop, DescriptorStore store, DataPlane plane, String planeName) {
    this.loop = loop;
    this.store = store;
    this.keeper = new FlowKeeper(loop, store);
    this.plane = plane;
    this.planeName = planeName;
  }

  /**
   * Opens the loop's data plane. To be called before the loop has connections, on its thread.
   *
   * @param capacity flows at once
   * @param kernel whether the kernel is to forward
   * @param store for what a successor needs; taken over
   * @param planeName no other plane that is kept may have it
   * @throws LinuxException if the kernel refuses; the message says what and why
   */
  public static Flows open(
      SocketLoop loop, int capacity, boolean kernel, DescriptorStore store, String planeName)
      throws LinuxException {
    DataPlane plane = kernel ? KernelPlane.open(loop, capacity) : RelayPlane.open(capacity);
    var flows = new Flows(loop, store, plane, planeName);
    flows.keepPlane();
    return flows;
  }

  private void keepPlane() {
    for (KeptDescriptor part : plane.descriptors()) {
      keeper.keep(KeptNames.part(planeName, part.part()), part.fd());
    }
  }

  /**
   * Joins two sockets; on success they are the flow's.
   *
   * @return null if there are as many flows as there may be
   */
  public @Nullable Flow join(
      Pair pair, FlowIdentity identity, FlowLimits limits, FlowListener listener) {
    int number = plane.table().take();
    if (number < 0) {
      return null;
    }
    plane.table().clientLane(number).begin(pair.headerBytes(), pair.relayedBytes());
    plane.table().endpointLane(number).begin(0, 0);
    var flow =
        new Flow(this, plane, number, pair.client(), pair.endpoint(), limits, identity, listener);
    flow.start(pair);
    return flow;
  }

  /**
   * Goes on with what a predecessor left of one plane.
   *
   * @param name of the plane
   * @param heirs who hears of each flow
   * @return how many flows go on
   */
  public int adopt(String name, Kept kept, Heirs heirs) {
    Map<String, Integer> parts = kept.parts(name);
    DataPlane predecessors;
    try {
      predecessors = adopt(parts);
    } catch (LinuxException | IllegalStateException e) {
      parts.keySet().forEach(part -> keeper.forget(KeptNames.part(name, part)));
      log.atError()
          .addKeyValue("plane", name)
          .setCause(e)
          .log("a predecessor's data plane cannot be taken over: its connections are lost");
      return 0;
    }
    adopted.put(predecessors, name);
    int count = 0;
    for (int number : predecessors.table().used().stream().toArray()) {
      count += adopt(predecessors, number, kept, heirs) ? 1 : 0;
    }
    dropIfEmpty(predecessors);
    return count;
  }

  /**
   * @param parts taken over
   */
  private DataPlane adopt(Map<String, Integer> parts) throws LinuxException {
    if (KernelPlane.isWhole(parts)) {
      return KernelPlane.adopt(loop, parts);
    }
    if (RelayPlane.isWhole(parts)) {
      return RelayPlane.adopt(parts);
    }
    parts.values().forEach(Sockets::close);
    throw new IllegalStateException(
        "only a part of it was kept, or is kept still: " + parts.keySet());
  }

  private boolean adopt(DataPlane from, int number, Kept kept, Heirs heirs) {
    int client = kept.socket(from.table().clientLane(number).cookie());
    int endpoint = kept.socket(from.table().endpointLane(number).cookie());
    if (client < 0 || endpoint < 0) {
      // It was too young to be kept, or it was ending.
      drop(from, number, client, endpoint);
      return false;
    }
    var identity = FlowIdentity.readFrom(from.table().clientLane(number));
    var heir = heirs.of(identity);
    if (heir == null) {
      drop(from, number, client, endpoint);
      return false;
    }
    var flow = new Flow(this, from, number, client, endpoint, heir.limits(), identity, heir);
    heir.adopted(flow);
    // The window may be another than the predecessor's; it must fit into the send buffers.
    SocketTuning.applyToEndpoint(client, heir.limits().bufferBytes());
    SocketTuning.applyToEndpoint(endpoint, heir.limits().bufferBytes());
    try {
      loop.watch(client, EVENTS, events -> {});
      loop.watch(endpoint, EVENTS, events -> {});
      from.resume(flow);
    } catch (LinuxException e) {
      log.atError().setCause(e).log("a kept connection cannot be watched: it is closed");
      flow.abort(FlowEnd.SHUTDOWN);
    }
    return true;
  }

  private void drop(DataPlane from, int number, int client, int endpoint) {
    keeper.forget(KeptNames.flow(from.table().clientLane(number).cookie()));
    closeIfOpen(client);
    closeIfOpen(endpoint);
    from.table().free(number);
  }

  private static void closeIfOpen(int socket) {
    if (socket >= 0) {
      Sockets.disconnect(socket);
      Sockets.close(socket);
    }
  }

  SocketLoop loop() {
    return loop;
  }

  /** A flow has lived for a moment: it is kept from now on. */
  void settled(Flow flow) {
    SocketTuning.keepAlive(flow.endpoint());
    keeper.keep(flow);
  }

  /** A flow ends: its sockets are about to be closed. */
  void release(Flow flow) {
    keeper.forget(flow);
    flow.plane().release(flow);
    dropIfEmpty(flow.plane());
  }

  /** An adopted plane is not needed any more once its last flow has ended. */
  private void dropIfEmpty(DataPlane from) {
    if (from.table().size() > 0 || !adopted.containsKey(from)) {
      return;
    }
    String name = adopted.remove(from);
    for (KeptDescriptor part : from.descriptors()) {
      keeper.forget(KeptNames.part(name, part.part()));
    }
    loop.nextTurn(from::close);
  }

  /** Sends off what is still to be kept; for a process that is about to end. */
  public void flush() {
    keeper.flush();
  }

  /** Whether nothing waits to be kept or to be forgotten. */
  public boolean allKept() {
    return keeper.isEmpty();
  }

  /** Flows that wait to be kept. */
  public int unkept() {
    return keeper.unkept();
  }

  /** The plane and what is known of its flows go; the sockets are closed already. */
  @Override
  public void close() {
    for (KeptDescriptor part : plane.descriptors()) {
      store.forget(KeptNames.part(planeName, part.part()));
    }
    plane.close();
    adopted.keySet().forEach(DataPlane::close);
    adopted.clear();
    store.close();
  }
}
