package io.gatehouse.l4.plane;

import static io.gatehouse.linux.BpfAssembler.Condition.EQUAL;
import static io.gatehouse.linux.BpfAssembler.Condition.GREATER;
import static io.gatehouse.linux.BpfAssembler.Condition.GREATER_OR_EQUAL;
import static io.gatehouse.linux.BpfAssembler.Condition.NOT_EQUAL;
import static io.gatehouse.linux.BpfAssembler.HelperFunction.GET_SOCKET_COOKIE;
import static io.gatehouse.linux.BpfAssembler.HelperFunction.MAP_LOOKUP_ELEM;
import static io.gatehouse.linux.BpfAssembler.HelperFunction.RINGBUF_OUTPUT;
import static io.gatehouse.linux.BpfAssembler.HelperFunction.SK_REDIRECT_MAP;
import static io.gatehouse.linux.BpfAssembler.Register.R0;
import static io.gatehouse.linux.BpfAssembler.Register.R1;
import static io.gatehouse.linux.BpfAssembler.Register.R10;
import static io.gatehouse.linux.BpfAssembler.Register.R2;
import static io.gatehouse.linux.BpfAssembler.Register.R3;
import static io.gatehouse.linux.BpfAssembler.Register.R4;
import static io.gatehouse.linux.BpfAssembler.Register.R6;
import static io.gatehouse.linux.BpfAssembler.Register.R7;
import static io.gatehouse.linux.BpfAssembler.Register.R8;
import static io.gatehouse.linux.BpfAssembler.Register.R9;
import static io.gatehouse.linux.BpfAssembler.Size.DOUBLE;
import static io.gatehouse.linux.BpfAssembler.Size.WORD;

import io.gatehouse.linux.BpfAssembler;
import io.gatehouse.linux.BpfAssembler.Label;
import io.gatehouse.linux.BpfMap;

/**
 * The program that the kernel runs for every segment that arrives at a socket of the sockmap. It
 * sends the segment to the other socket of the flow while there is credit, and leaves it to the
 * process when there is none:
 *
 * <pre>
 *   lane = lanes[cookie of the socket]; state = table[lane]
 *   a socket without a lane                                  → pass
 *   a FIN (length 0)                                         → drop
 *   passed ≠ relayed, or redirected + length > grant         → passed += length; tell; pass
 *   redirected += length
 *   less credit left than `low`, and not asked yet           → tell; asked = grant
 *   redirect to sockets[lane ^ 1]
 * </pre>
 *
 * <p>A FIN must not be redirected: the other socket would shut itself off and the answer be lost.
 * Nor may it be passed: where it has to queue behind what is redirected to the same socket, the
 * kernel takes its length for a broken pipe. TCP has seen it already; as a segment it is of no use.
 * Bytes are counted before they are told of, so that whoever is told finds them counted.
 */
final class VerdictProgram {
  private static final int SK_DROP = 0;
  private static final int SK_PASS = 1;

  /** {@code struct __sk_buff}, linux/bpf.h. */
  private static final int SKB_LENGTH = 0;

  private static final int COOKIE_AT = -8;
  private static final int LANE_AT = -16;
  private static final int EVENT_AT = -24;

  private final Label pass = BpfAssembler.label("pass");
  private final Label leave = BpfAssembler.label("leave");
  private final Label drop = BpfAssembler.label("drop");
  private final Label redirect = BpfAssembler.label("redirect");

  private final BpfAssembler code = new BpfAssembler();

  private VerdictProgram() {}

  static byte[] assemble(BpfMap lanes, BpfMap table, BpfMap sockets, BpfMap events) {
    return new VerdictProgram().judge(lanes, table, sockets, events);
  }

  private byte[] judge(BpfMap lanes, BpfMap table, BpfMap sockets, BpfMap events) {
    code.mov(R6, R1);
    code.call(GET_SOCKET_COOKIE);
    code.store(DOUBLE, R10, COOKIE_AT, R0);
    lookUp(lanes, COOKIE_AT);
    code.load(WORD, R7, R0, 0);
    code.store(WORD, R10, LANE_AT, R7);
    lookUp(table, LANE_AT);
    code.mov(R8, R0);
    code.load(WORD, R9, R6, SKB_LENGTH);
    code.jumpIf(EQUAL, R9, 0, drop);

    code.load(DOUBLE, R1, R8, FlowTable.PASSED);
    code.load(DOUBLE, R2, R8, FlowTable.RELAYED_BYTES);
    code.jumpIf(NOT_EQUAL, R1, R2, leave);
    code.load(DOUBLE, R1, R8, FlowTable.REDIRECTED);
    code.add(R1, R9);
    code.load(DOUBLE, R2, R8, FlowTable.GRANT);
    code.jumpIf(GREATER, R1, R2, leave);
    code.store(DOUBLE, R8, FlowTable.REDIRECTED, R1);

    code.mov(R3, R2);
    code.sub(R3, R1);
    code.load(DOUBLE, R4, R8, FlowTable.LOW);
    code.jumpIf(GREATER_OR_EQUAL, R3, R4, redirect);
    code.load(DOUBLE, R3, R8, FlowTable.ASKED);
    code.jumpIf(EQUAL, R3, R2, redirect);
    tell(events);
    code.jumpIf(NOT_EQUAL, R0, 0, redirect); // no room: the next segment asks again
    code.load(DOUBLE, R2, R8, FlowTable.GRANT);
    code.store(DOUBLE, R8, FlowTable.ASKED, R2);

    code.place(redirect);
    code.mov(R1, R6);
    code.loadMap(R2, sockets);
    code.mov(R3, R7);
    code.xor(R3, 1);
    code.mov(R4, 0);
    code.call(SK_REDIRECT_MAP);
    code.exit();

    code.place(leave);
    code.load(DOUBLE, R1, R8, FlowTable.PASSED);
    code.add(R1, R9);
    code.store(DOUBLE, R8, FlowTable.PASSED, R1);
    tell(events);

    code.place(pass);
    code.mov(R0, SK_PASS);
    code.exit();

    code.place(drop);
    code.mov(R0, SK_DROP);
    code.exit();
    return code.assemble();
  }

  /** R0 becomes the address of the value; passes the segment if there is none. */
  private void lookUp(BpfMap map, int keyAt) {
    code.loadMap(R1, map);
    code.mov(R2, R10);
    code.add(R2, keyAt);
    code.call(MAP_LOOKUP_ELEM);
    code.jumpIf(EQUAL, R0, 0, pass);
  }

  /** Sends the lane's number to the process; R0 becomes 0 if there was room. */
  private void tell(BpfMap events) {
    code.store(DOUBLE, R10, EVENT_AT, R7);
    code.loadMap(R1, events);
    code.mov(R2, R10);
    code.add(R2, EVENT_AT);
    code.mov(R3, Long.BYTES);
    code.mov(R4, 0);
    code.call(RINGBUF_OUTPUT);
  }
}
