package io.gatehouse.l4.plane;

import io.gatehouse.linux.SharedMemory;
import java.util.BitSet;

/**
 * What is known of the flows of one loop, in memory that outlives the process: a BPF array map or a
 * memfd. Together with the sockets themselves it is all that a successor needs; a process keeps
 * nothing else that it could not find out again.
 *
 * <p>A flow has two lanes, one per direction: lane {@code 2n} reads from the client of flow {@code
 * n}, lane {@code 2n + 1} from its endpoint. A lane is {@value #LANE_BYTES} bytes of 64-bit words
 * in native order, in cache lines by writer:
 *
 * <pre>
 *   0  redirected  bytes that the kernel's verdict sent to the other socket       kernel writes
 *   8  passed      bytes that it left to the process                                    "
 *  16  asked       the grant for which more credit was asked last                       "
 *  64  grant       how far {@code redirected} may go                              process writes
 *  72  relayed     bytes that the process moved                                         "
 *  80  header      bytes on the target's stream before the flow's first                 "
 *  88  low         with less credit left than this, more is asked for                   "
 *  96  finished    1 once the FIN has been passed to the target                         "
 * 104  failure     error of the source's socket, once the process has been told it      "
 * 128  cookie      of the socket that the lane reads from; 0 until the flow is kept      "
 * 136  mode        {@link #RELAYED} or {@link #FORWARDED}                               "
 * 144  identity    {@value FlowIdentity#WORDS} words, of the client's lane              "
 * </pre>
 *
 * <p>The layout is part of the contract between a process and its successor, which may be of
 * another version: a change of it changes {@link #LAYOUT}.
 *
 * <p>Owned by one loop; the kernel's words change under it at any time.
 */
final class FlowTable implements AutoCloseable {
  /** Version of the layout; part of the names under which the memory is kept. */
  static final int LAYOUT = 1;

  static final int LANE_BYTES = 256;

  static final int REDIRECTED = 0;
  static final int PASSED = 8;
  static final int ASKED = 16;
  static final int GRANT = 64;
  static final int RELAYED_BYTES = 72;
  static final int HEADER = 80;
  static final int LOW = 88;
  static final int FINISHED = 96;
  static final int FAILURE = 104;
  static final int COOKIE = 128;
  static final int MODE = 136;
  static final int IDENTITY = 144;

  /** The process moves the bytes. */
  static final long RELAYED = 1;

  /** The kernel moves the bytes, within its credit. */
  static final long FORWARDED = 2;

  private final SharedMemory memory;
  private final int capacity;
  private final BitSet used;

  /**
   * @param memory taken over; what it holds is left as it is
   */
  FlowTable(SharedMemory memory) {
    this.memory = memory;
    this.capacity = Math.toIntExact(memory.size() / (2 * LANE_BYTES));
    this.used = new BitSet(capacity);
    for (int flow = 0; flow < capacity; flow++) {
      if (memory.getLong((long) 2 * flow * LANE_BYTES + COOKIE) != 0) {
        used.set(flow);
      }
    }
  }

  /** Bytes of memory for a number of flows. */
  static long bytes(int flows) {
    return 2L * flows * LANE_BYTES;
  }

  /** The numbers of the flows that a predecessor left. */
  BitSet used() {
    return (BitSet) used.clone();
  }

  int size() {
    return used.cardinality();
  }

  /** Takes a free flow number; -1 if there is none. */
  int take() {
    int flow = used.nextClearBit(0);
    if (flow >= capacity) {
      return -1;
    }
    used.set(flow);
    return flow;
  }

  /** The lane that reads from the flow's client. */
  Lane clientLane(int flow) {
    return new Lane(memory, 2 * flow);
  }

  /** The lane that reads from the flow's endpoint. */
  Lane endpointLane(int flow) {
    return new Lane(memory, 2 * flow + 1);
  }

  void free(int flow) {
    clientLane(flow).clear();
    endpointLane(flow).clear();
    used.clear(flow);
  }

  @Override
  public void close() {
    memory.close();
  }
}
