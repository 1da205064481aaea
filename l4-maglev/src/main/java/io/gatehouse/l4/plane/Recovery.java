package io.gatehouse.l4.plane;

import static io.gatehouse.linux.Errno.EAGAIN;
import static io.gatehouse.linux.Errno.ECONNRESET;

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

  private final Direction direction;
  private final SocketLoop loop;

  private Recovery(Direction direction, SocketLoop loop) {
    this.direction = direction;
    this.loop = loop;
  }

  static Recovery of(Direction direction, SocketLoop loop) {
    return new Recovery(direction, loop);
  }

  /**
   * Why the source of a direction has failed, or 0. The kernel tells an error once; the predecessor
   * may have been told and have come no further. But a socket that is closed without a FIN having
   * been passed to it was reset.
   *
   * @param back the direction that leads to the source
   */
  static int failureOf(Direction direction, Direction back, SocketLoop loop) {
    int told = direction.lane.failure();
    if (told != 0) {
      return told;
    }
    TcpInfoReader info = loop.tcpInfo();
    if (info.read(direction.source) < 0 || info.state() != CLOSE) {
      return 0;
    }
    int error = Sockets.takeError(direction.source);
    return error == 0 && !back.lane.isFinished() ? ECONNRESET : Math.max(error, 0);
  }

  void recover() {
    TcpInfoReader info = loop.tcpInfo();
    if (info.read(direction.target) < 0 || hasSentFin(info.state())) {
      return; // all has been moved, or there is nowhere to move it to
    }
    Lane lane = direction.lane;
    long onStream = info.bytesQueuedEver() - lane.header();
    if (lane.mode() == FlowTable.FORWARDED) {
      lane.relayed(Math.max(lane.relayed(), onStream - lane.redirected()));
      take(lane.relayed() - (lane.passed() - passedAndQueued()));
    } else {
      lane.relayed(onStream);
      take(onStream - takenFromSource());
    }
  }

  private static boolean hasSentFin(int state) {
    return switch (state) {
      case FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, LAST_ACK, CLOSING -> true;
      default -> false;
    };
  }

  /** Payload that was taken from an ordinary socket. */
  private long takenFromSource() {
    TcpInfoReader info = loop.tcpInfo();
    if (info.read(direction.source) < 0) {
      return 0;
    }
    int fin =
        switch (info.state()) {
          case CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT -> 1;
          default -> 0;
        };
    return info.bytesReceived() - fin - Math.max(0, Sockets.queuedInput(direction.source));
  }

  /** Bytes that the kernel's verdict left to the process and that nobody has taken. */
  private long passedAndQueued() {
    // New bytes may come between the looks: then both differ.
    long before;
    long queued;
    do {
      before = direction.lane.passed();
      queued = Sockets.queuedInput(direction.source);
    } while (before != direction.lane.passed());
    return Math.max(0, queued);
  }

  private void take(long bytes) {
    var scratch = loop.scratch();
    for (long left = bytes; left > 0; ) {
      long taken =
          Sockets.recv(
              direction.source, scratch.address(), Math.min(left, SocketLoop.SCRATCH_BYTES));
      if (taken <= 0) {
        assert taken == -EAGAIN || taken == 0 : taken;
        return;
      }
      left -= taken;
    }
  }
}
