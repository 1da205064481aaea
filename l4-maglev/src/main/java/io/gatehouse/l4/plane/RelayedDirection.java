package io.gatehouse.l4.plane;

import static io.gatehouse.linux.Errno.EAGAIN;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.Sockets;

/**
 * A direction whose bytes this process moves. They are peeked at, sent, counted, and only then
 * taken from the source: what the target does not take stays in the source's receive buffer, which
 * is all the backpressure there needs to be, and at no moment is there a byte that only this
 * process has. A successor finds in the two sockets how far the last one came.
 */
final class RelayedDirection extends Direction {
  /** Reads per event, so that one busy flow does not keep the others waiting. */
  private static final int MAX_READS = 8;

  RelayedDirection(Flow flow, Lane lane, int source, int target) {
    super(flow, lane, source, target);
  }

  @Override
  void advance() {
    if (hasEnded()) {
      return;
    }
    long scratch = flow.loop().scratch().address();
    for (int reads = 0; reads < MAX_READS; reads++) {
      long got = Sockets.peek(source, scratch, SocketLoop.SCRATCH_BYTES);
      if (got <= 0) {
        nothingRead(got);
        return;
      }
      long sent = Sockets.send(target, scratch, got);
      if (sent > 0) {
        lane.relayed(lane.relayed() + sent);
        flow.touch();
        if (!take(sent)) {
          return;
        }
      }
      if (sent < got) {
        notAllSent(sent);
        return;
      }
      if (got < SocketLoop.SCRATCH_BYTES && !hasHungUp()) {
        flow.offer();
        return; // the source was emptied; more will be a new event
      }
    }
    flow.loop().nextTurn(flow::advance);
  }

  /** What is left in the source would be sent twice, so a flow that cannot take it ends. */
  private boolean take(long bytes) {
    long left = bytes;
    while (left > 0) {
      long taken = Sockets.discard(source, left);
      if (taken <= 0) {
        flow.failed(source, taken == 0 ? Errno.EIO : (int) -taken);
        return false;
      }
      left -= taken;
    }
    return true;
  }

  private void nothingRead(long result) {
    if (result == 0) {
      endOfInput();
    } else if (result == -EAGAIN) {
      flow.offer();
    } else {
      flow.failed(source, (int) -result);
    }
  }

  private void notAllSent(long result) {
    if (result >= 0 || result == -EAGAIN) {
      flow.stalled();
    } else {
      flow.failed(target, (int) -result);
    }
  }

  @Override
  long movedBytes() {
    return lane.relayed();
  }

  @Override
  int sourceEvents() {
    return Epoll.IN | Epoll.OUT | Epoll.RDHUP | Epoll.ET;
  }
}
