package io.gatehouse.l4.plane;

import static io.gatehouse.linux.Errno.EAGAIN;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.TcpInfoReader;
import java.lang.invoke.VarHandle;

/**
 * A direction whose bytes the kernel moves, by the verdict of {@link VerdictProgram}, as long as
 * they are within its credit. The kernel by itself knows no backpressure: it takes from the source
 * whatever comes and queues it at the target. So this process looks at how much the target's peer
 * has acknowledged, and grants a window beyond that. What comes without credit is left to the
 * process, which relays it as any proxy does: peek, send, take.
 *
 * <p>A window is no more than the target's send buffer holds, so that what is redirected never
 * waits in the sockmap's own queue. There it would hold up what the target itself has to say: that
 * goes through the same queue when it is passed, and a client that reads nothing before it has sent
 * everything would wait for ever.
 *
 * <p>Order is kept because the kernel redirects nothing while there are bytes that were passed and
 * not yet relayed, and the process relays only when all that was redirected is on the stream.
 */
final class ForwardedDirection extends Direction {
  /** How often in a row to look again soon, before it is left to the flow's regular check. */
  private static final int MAX_QUICK_RETRIES = 8;

  private final long windowBytes;
  private int retries;
  private boolean retrying;
  private boolean passing;

  /**
   * @param relayed what has been moved so far; the kernel must not forward yet
   */
  ForwardedDirection(Direction relayed, long windowBytes) {
    super(relayed);
    this.windowBytes = windowBytes;
    lane.forwarded(windowBytes / 2);
  }

  @Override
  void advance() {
    if (hasEnded()) {
      return;
    }
    if (owed() > 0) {
      if (!passing && windowBytes > 0) {
        flow.creditSpent();
      }
      passing = !relay();
      if (passing) {
        return;
      }
    }
    long onStream = bytesOnStream();
    if (onStream < 0) {
      return;
    }
    grant(onStream);
    if (hasHungUp()) {
      finish(onStream);
    }
  }

  /** Payload that was put on the target's stream; negative if the target is gone. */
  private long bytesOnStream() {
    TcpInfoReader info = flow.loop().tcpInfo();
    int error = info.read(target);
    if (error < 0) {
      flow.failed(target, -error);
      return -1;
    }
    return info.bytesQueuedEver() - lane.header();
  }

  /** Extends the credit to a window beyond what the target's peer has acknowledged. */
  private void grant(long onStream) {
    long acknowledged = onStream - Math.max(0, Sockets.queuedOutput(target));
    long grant = acknowledged - lane.relayed() + windowBytes;
    if (windowBytes > 0 && grant > lane.grant()) {
      lane.grant(grant);
      retries = 0;
    }
  }

  /**
   * Moves what was passed to the process.
   *
   * @return whether all of it has been moved
   */
  private boolean relay() {
    long redirectedOnStream = -1;
    while (owed() > 0) {
      // While anything is owed the kernel redirects nothing. What it had redirected before goes
      // first, and may still be on its way to the target.
      if (lane.redirected() != redirectedOnStream) {
        long onStream = bytesOnStream();
        if (onStream < 0) {
          return false;
        }
        redirectedOnStream = onStream - lane.relayed();
        if (redirectedOnStream < lane.redirected()) {
          retry();
          return false;
        }
      }
      if (!relayOnce()) {
        return false;
      }
    }
    return true;
  }

  private boolean relayOnce() {
    long scratch = flow.loop().scratch().address();
    long got = Sockets.peek(source, scratch, Math.min(owed(), SocketLoop.SCRATCH_BYTES));
    if (got <= 0) {
      notReadable(got);
      return false;
    }
    long sent = Sockets.send(target, scratch, got);
    if (sent <= 0) {
      notWritable(sent);
      return false;
    }
    lane.relayed(lane.relayed() + sent);
    // A socket in a sockmap has no way to drop bytes unread.
    Sockets.recv(source, scratch, sent);
    flow.touch();
    retries = 0;
    return true;
  }

  /** Bytes that the kernel has left to the process and that it has not moved yet. */
  private long owed() {
    // The kernel reads `relayed` and then writes `passed`; here it is the other way round. Without
    // the fence both could miss the other's word and the flow would stand still.
    VarHandle.fullFence();
    return lane.passed() - lane.relayed();
  }

  private void notReadable(long result) {
    if (result == 0 || result == -EAGAIN) {
      retry(); // counted by the verdict, and not queued yet
    } else {
      flow.failed(source, (int) -result);
    }
  }

  private void notWritable(long result) {
    if (result == 0 || result == -EAGAIN) {
      flow.stalled();
    } else {
      flow.failed(target, (int) -result);
    }
  }

  /** Passes the FIN on, once everything before it is on the target's stream. */
  private void finish(long onStream) {
    TcpInfoReader info = flow.loop().tcpInfo();
    // Waits for the socket's lock: a segment that brought the FIN with data has then been judged.
    int error = info.read(source);
    if (error < 0) {
      flow.failed(source, -error);
      return;
    }
    VarHandle.fullFence();
    long judged = lane.redirected() + lane.passed();
    boolean allJudged = judged >= info.bytesReceived() - 1; // the FIN counts for one
    if (allJudged && onStream >= judged) {
      endOfInput();
    } else {
      retry();
    }
  }

  private void retry() {
    if (!retrying && retries < MAX_QUICK_RETRIES) {
      retries++;
      retrying = true;
      flow.loop()
          .soon(
              () -> {
                retrying = false;
                flow.advance(this);
              });
    } else {
      flow.checkSoon();
    }
  }

  @Override
  long movedBytes() {
    return lane.relayed() + lane.redirected();
  }

  /** Not IN: a wake-up with every packet would cost what the kernel's forwarding saves. */
  @Override
  int sourceEvents() {
    return Epoll.OUT | Epoll.RDHUP | Epoll.ET;
  }
}
