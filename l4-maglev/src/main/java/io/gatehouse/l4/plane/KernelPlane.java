package io.gatehouse.l4.plane;

import static java.util.Objects.requireNonNull;

import io.gatehouse.linux.BpfMap;
import io.gatehouse.linux.BpfProgram;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.RingBuffer;
import io.gatehouse.linux.SocketOption;
import io.gatehouse.linux.Sockets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data plane in the kernel: the sockets of a flow sit in a BPF sockmap, and {@link
 * VerdictProgram} moves what arrives at one to the other, without this process being woken. The
 * process only grants credit, and moves what came without; see {@link ForwardedDirection}.
 *
 * <p>The maps and the program live as long as anyone holds them. With no process alive a flow goes
 * on until its credit is used and then waits; a successor grants more.
 */
final class KernelPlane implements DataPlane {
  private static final Logger log = LoggerFactory.getLogger(KernelPlane.class);

  private static final int EVENTS_BYTES = 1 << 20;

  /** Events per turn; the rest in the next, so that sockets get theirs. */
  private static final int MAX_EVENTS = 4096;

  private static final String TABLE = "table";
  private static final String LANES = "lanes";
  private static final String SOCKETS = "sockets";
  private static final String EVENTS = "events";

  private final SocketLoop loop;
  private final BpfMap tableMap;
  private final BpfMap lanes;
  private final BpfMap sockets;
  private final BpfMap events;
  private final @Nullable BpfProgram program;
  private final RingBuffer ring;
  private final FlowTable table;
  private final @Nullable Flow[] forwarded;

  private KernelPlane(
      SocketLoop loop,
      BpfMap tableMap,
      BpfMap lanes,
      BpfMap sockets,
      BpfMap events,
      @Nullable BpfProgram program)
      throws LinuxException {
    this.loop = loop;
    this.tableMap = tableMap;
    this.lanes = lanes;
    this.sockets = sockets;
    this.events = events;
    this.program = program;
    this.ring = RingBuffer.map(events);
    this.table = new FlowTable(tableMap.map());
    this.forwarded = new @Nullable Flow[tableMap.maxEntries() / 2];
    loop.watch(ring.fd(), Epoll.IN, ready -> drainEvents());
  }

  /**
   * Makes the maps and loads the program.
   *
   * @throws LinuxException if the kernel refuses; the message says which part and why
   */
  static KernelPlane open(SocketLoop loop, int flows) throws LinuxException {
    int count = 2 * flows;
    var table =
        BpfMap.create(
            BpfMap.Type.ARRAY,
            "gh_table",
            Integer.BYTES,
            FlowTable.LANE_BYTES,
            count,
            BpfMap.MMAPABLE);
    var lanes =
        BpfMap.create(
            BpfMap.Type.HASH, "gh_lanes", Long.BYTES, Integer.BYTES, count, BpfMap.NO_PREALLOC);
    var sockets =
        BpfMap.create(BpfMap.Type.SOCKMAP, "gh_sockets", Integer.BYTES, Integer.BYTES, count, 0);
    var events = BpfMap.create(BpfMap.Type.RINGBUF, "gh_events", 0, 0, EVENTS_BYTES, 0);
    var program =
        BpfProgram.load(
            BpfProgram.Type.SK_SKB,
            "gh_verdict",
            BpfProgram.AttachType.SK_SKB_VERDICT,
            VerdictProgram.assemble(lanes, table, sockets, events));
    program.attach(sockets, BpfProgram.AttachType.SK_SKB_VERDICT);
    return new KernelPlane(loop, table, lanes, sockets, events, program);
  }

  /**
   * Goes on with a predecessor's maps; its program stays attached to them.
   *
   * @param descriptors by part, {@link #isWhole}; taken over
   */
  static KernelPlane adopt(SocketLoop loop, Map<String, Integer> descriptors)
      throws LinuxException {
    return new KernelPlane(
        loop,
        BpfMap.adopt(requireNonNull(descriptors.get(TABLE))),
        BpfMap.adopt(requireNonNull(descriptors.get(LANES))),
        BpfMap.adopt(requireNonNull(descriptors.get(SOCKETS))),
        BpfMap.adopt(requireNonNull(descriptors.get(EVENTS))),
        null);
  }

  /** Whether these are all parts of a kernel data plane. */
  static boolean isWhole(Map<String, Integer> descriptors) {
    return descriptors.keySet().equals(Set.of(TABLE, LANES, SOCKETS, EVENTS));
  }

  @Override
  public FlowTable table() {
    return table;
  }

  private void drainEvents() {
    ring.drain(this::advance, MAX_EVENTS);
  }

  private void advance(long lane) {
    int number = (int) (lane >>> 1);
    if (number < forwarded.length && forwarded[number] instanceof Flow flow) {
      flow.advance((lane & 1) == 0);
    }
  }

  /**
   * Puts both sockets into the map. Until both are in there is no credit: what arrives is passed to
   * the process and nothing is redirected to a socket that the map does not have yet.
   *
   * <p>Nothing may wait in either receive queue: the kernel hands the verdict whole segments, and
   * of the first one a part may have been taken already, which would be sent once more.
   */
  @Override
  public boolean takeOver(Flow flow) {
    if (flow.isHalfClosed()) {
      return true; // the map takes established sockets only; it ends soon anyway
    }
    if (Sockets.queuedInput(flow.client()) != 0 || Sockets.queuedInput(flow.endpoint()) != 0) {
      return false;
    }
    flow.clientLane().prepareForKernel();
    flow.endpointLane().prepareForKernel();
    int clientIn = put(flow.clientLane(), flow.client());
    if (clientIn < 0) {
      refused(flow.clientLane(), clientIn);
      return true;
    }
    forwarded[flow.number()] = flow;
    int endpointIn = put(flow.endpointLane(), flow.endpoint());
    try {
      if (endpointIn < 0) {
        // The client's socket stays in: taking it out would drop what is queued there. Without
        // credit everything is passed.
        refused(flow.endpointLane(), endpointIn);
        flow.forwardFromClient(0);
        kick(flow.client());
      } else {
        flow.forward();
        kick(flow.client());
        kick(flow.endpoint());
      }
    } catch (LinuxException e) {
      log.atWarn().setCause(e).log("epoll refused; the connection is closed");
      flow.abort(FlowEnd.SHUTDOWN);
    }
    return true;
  }

  private int put(Lane lane, int socket) {
    int error = lanes.put(lane.cookie(), lane.index());
    return error < 0 ? error : sockets.put(lane.index(), socket);
  }

  /** Makes the kernel judge what was queued before the socket came into the map. */
  private static void kick(int socket) {
    SocketOption.SO_RCVLOWAT.set(socket, 1);
  }

  private void refused(Lane lane, int error) {
    lanes.remove(lane.cookie());
    if (-error != Errno.EOPNOTSUPP) { // that one only says that the peer was faster to close
      log.atWarn()
          .addKeyValue("error", Errno.describe(-error))
          .log("the kernel does not take a connection; it is relayed");
    }
  }

  @Override
  public void release(Flow flow) {
    if (forwarded[flow.number()] == flow) {
      forwarded[flow.number()] = null;
      remove(flow.clientLane());
      remove(flow.endpointLane());
    }
    table.free(flow.number());
  }

  private void remove(Lane lane) {
    lanes.remove(lane.cookie());
    sockets.remove(lane.index());
  }

  @Override
  public void resume(Flow flow) throws LinuxException {
    if (flow.clientLane().mode() == FlowTable.FORWARDED) {
      forwarded[flow.number()] = flow;
    }
    flow.resume();
  }

  @Override
  public List<KeptDescriptor> descriptors() {
    return List.of(
        new KeptDescriptor(TABLE, tableMap.fd()),
        new KeptDescriptor(LANES, lanes.fd()),
        new KeptDescriptor(SOCKETS, sockets.fd()),
        new KeptDescriptor(EVENTS, events.fd()));
  }

  @Override
  public void close() {
    loop.forget(ring.fd());
    ring.close();
    table.close();
    if (program != null) {
      program.close();
    }
    List.of(tableMap, lanes, sockets, events).forEach(BpfMap::close);
  }
}
