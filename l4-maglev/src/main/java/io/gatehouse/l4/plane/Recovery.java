package io.gatehouse.l4.plane;

import static io.gatehouse.linux.Errno.ECONNRESET;
import static io.gatehouse.linux.Errno.EPIPE;

import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.TcpInfoReader;

/**
 * Finds out how far a predecessor came with one direction, whatever it was doing when it ended. It
 * may have put bytes on the target's stream without having counted them, or without having taken
 * them from the source. The target's TCP state says exactly what is on its stream, and the source's
 * what has been taken; the difference is taken now, and nothing is sent twice or lost.
 */
final class Recovery {
  /** States of {@code net/tcp_states.h} in which a FIN has been queued or sent. */
  private static final int FIN_WAIT1 = 4;

  private static final int FIN_WAIT2 = 5;
  private static final int TIME_WAIT = 6;
  private static final int CLOSE = 7;
  private static final int CLOSE_WAIT = 8;
  private static final int LAST_ACK = 9;
  private static final int CLOSING = 11;

  private static final int UNKNOWN = -1;

  private final Lane lane;
  private final Lane back;
  private final int source;
  private final int target;
  private final SocketLoop loop;

  /**
   * @param lane of the direction
   * @param back of the direction that leads to the source
   */
  Recovery(Lane lane, Lane back, int source, int target, SocketLoop loop) {
    this.lane = lane;
    this.back = back;
    this.source = source;
    this.target = target;
    this.loop = loop;
  }

  static Recovery of(Direction direction, Direction back, SocketLoop loop) {
    return new Recovery(direction.lane, back.lane, direction.source, direction.target, loop);
  }

  /**
   * Takes what was sent and not taken.
   *
   * @return why the source has failed, or 0
   */
  int recover() {
    int failure = failure();
    TcpInfoReader info = loop.tcpInfo();
    if (info.read(target) < 0 || hasSentFin(info.state())) {
      return failure; // all has been moved, or there is nowhere to move it to
    }
    long onStream = info.bytesQueuedEver() - lane.header();
    if (lane.mode() == FlowTable.FORWARDED) {
      lane.relayed(Math.max(lane.relayed(), onStream - lane.redirected()));
      take(lane.relayed() - passedAndTaken());
    } else {
      lane.relayed(onStream);
      takeSent(onStream, failure);
    }
    return failure;
  }

  /**
   * The kernel tells an error once; the predecessor may have been told and have come no further.
   * But a socket that is closed without a FIN having been passed to it was reset.
   */
  private int failure() {
    int told = lane.failure();
    if (told != 0) {
      return told;
    }
    TcpInfoReader info = loop.tcpInfo();
    if (info.read(source) < 0 || info.state() != CLOSE) {
      return 0;
    }
    int error = Sockets.takeError(source);
    return error == 0 && !back.isFinished() ? ECONNRESET : Math.max(error, 0);
  }

  private static boolean hasSentFin(int state) {
    return switch (state) {
      case FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, LAST_ACK, CLOSING -> true;
      default -> false;
    };
  }

  /**
   * Takes from an ordinary socket what is on the target's stream. TCP counts a FIN among the bytes
   * received, and a socket that has closed says of its past only how it failed: where that leaves
   * open whether a FIN had come, what waits is given up, as a reset does, and not sent twice.
   */
  private void takeSent(long onStream, int failure) {
    long queued = readSource();
    if (queued < 0) {
      return;
    }
    TcpInfoReader info = loop.tcpInfo();
    int fin =
        switch (info.state()) {
          case CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT -> 1;
          case CLOSE -> finBefore(failure);
          default -> 0;
        };
    take(fin == UNKNOWN ? Long.MAX_VALUE : onStream - (info.bytesReceived() - fin - queued));
  }

  /**
   * Reads the source's TCP state and what is queued in it, of one and the same moment: a segment
   * that came between the two looks would seem not to have been taken, and bytes that nobody has
   * sent would be. Ends, for nothing is taken meanwhile and the receive buffer fills.
   *
   * @return bytes queued, or negative when the kernel says nothing of the socket
   */
  private long readSource() {
    TcpInfoReader info = loop.tcpInfo();
    long received;
    long queued;
    int state;
    do {
      if (info.read(source) < 0) {
        return UNKNOWN;
      }
      received = info.bytesReceived();
      state = info.state();
      queued = Math.max(0, Sockets.queuedInput(source));
      if (info.read(source) < 0) {
        return UNKNOWN;
      }
    } while (info.bytesReceived() != received || info.state() != state);
    return queued;
  }

  /** Whether a FIN had come to a socket that is closed now: 1 or 0, or unknown. */
  private int finBefore(int failure) {
    return switch (failure) {
      case 0, EPIPE -> 1; // closed by FINs of both sides; reset after the peer's (tcp_reset())
      case ECONNRESET -> back.isFinished() ? UNKNOWN : 0;
      default -> UNKNOWN;
    };
  }

  /**
   * Bytes that the kernel's verdict left to the process and that a process has taken. The verdict
   * counts a segment before it queues it, both with the socket's lock, for which TCP_INFO waits.
   */
  private long passedAndTaken() {
    long passed;
    long queued;
    do {
      passed = lane.passed();
      loop.tcpInfo().read(source);
      queued = Math.max(0, Sockets.queuedInput(source));
    } while (passed != lane.passed());
    return passed - queued;
  }

  private void take(long bytes) {
    var scratch = loop.scratch();
    for (long left = bytes; left > 0; ) {
      long taken =
          Sockets.recv(source, scratch.address(), Math.min(left, SocketLoop.SCRATCH_BYTES));
      if (taken <= 0) {
        return;
      }
      left -= taken;
    }
  }
}
