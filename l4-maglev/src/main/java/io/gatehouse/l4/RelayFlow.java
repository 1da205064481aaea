package io.gatehouse.l4;

import static io.gatehouse.l4.L4Counter.BACKPRESSURE_PAUSES;
import static io.gatehouse.l4.L4Counter.BYTES_FROM_CLIENTS;
import static io.gatehouse.l4.L4Counter.BYTES_TO_CLIENTS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One relayed connection: two {@link RelaySide}s, each of which is read into the other.
 *
 * <p>A side that cannot take more stops the reads of its peer, and starts them again once half of
 * what waits is gone. A FIN is passed on when everything before it has been written, and the other
 * direction goes on. A reset is passed on as a reset, but what was read before it is written first:
 * an endpoint that answers early and closes on an upload it does not want sends its answer and then
 * a reset, and the answer must arrive. That takes at most {@link #RESET_GRACE_NANOS}.
 *
 * <p>Owned by the event loop of both channels.
 */
final class RelayFlow extends Deadline implements Flow {
  private static final long RESET_GRACE_NANOS = SECONDS.toNanos(1);

  /**
   * How often a flow is asked for a pending error in which a reset could go unnoticed. After a FIN
   * neither transport tells of a reset that follows; and io_uring (Netty 4.2.18) stops listening if
   * a reset comes between the last bytes and their being read.
   */
  private static final long ERROR_CHECK_NANOS = MILLISECONDS.toNanos(250);

  private enum State {
    OPEN,
    /** A side was reset; what it had sent is still being written to the other. */
    RESETTING,
    /** Both channels are being closed. */
    CLOSING,
    ENDED
  }

  private final L4Loop loop;
  private final FlowListener listener;
  private final RelaySide client;
  private final RelaySide endpoint;
  private final long idleNanos;
  private final boolean resetsGoUnnoticed;
  private State state = State.OPEN;
  private @Nullable FlowEnd end;
  private @Nullable RelaySide resetSide;
  private long activeNanos;
  private long graceEndNanos;
  private long checkedNanos;
  private boolean watched;
  private long waitingWhenChecked;
  private int channelsOpen = 2;

  RelayFlow(Pair pair, FlowListener listener) {
    this.loop = pair.loop();
    this.listener = listener;
    this.idleNanos = pair.idleNanos();
    this.client = new RelaySide(this, pair.client());
    this.endpoint = new RelaySide(this, pair.endpoint());
    this.activeNanos = loop.coarseNanos();
    this.checkedNanos = activeNanos;
    this.resetsGoUnnoticed = !Transport.noticesEveryReset(pair.client().channel());
  }

  void start() {
    assert loop.eventLoop().inEventLoop();
    client.attach(endpoint);
    endpoint.attach(client);
    loop.deadlines().schedule(this);
    client.begin();
    endpoint.begin();
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Takes ownership of {@code bytes}, read from {@code from}. */
  void received(RelaySide from, ByteBuf bytes) {
    activeNanos = loop.coarseNanos();
    var to = from.peer();
    if (state.compareTo(State.RESETTING) > 0 || to.outputHasFailed()) {
      ReferenceCountUtil.release(bytes);
      return;
    }
    watch();
    int length = bytes.readableBytes();
    from.countReceived(length);
    loop.shard().add(from == client ? BYTES_FROM_CLIENTS : BYTES_TO_CLIENTS, length);
    to.write(bytes);
    if (!to.isWritable()) {
      to.flush();
      if (!to.isWritable()) {
        from.pause();
        loop.shard().increment(BACKPRESSURE_PAUSES);
      }
    }
  }

  /** Once per burst of traffic, not per read. */
  private void watch() {
    if (resetsGoUnnoticed && !watched) {
      watched = true;
      loop.deadlines().schedule(this);
    }
  }

  /** {@code from} has sent its FIN, or after its reset there is no more to read. */
  void inputEnded(RelaySide from) {
    if (state == State.RESETTING) {
      resetOnceWritten(from.peer());
    } else if (state == State.OPEN) {
      if (end == null) {
        end = from == client ? FlowEnd.CLIENT_FIRST : FlowEnd.ENDPOINT_FIRST;
      }
      loop.deadlines().schedule(this);
      from.peer().finishOutput();
    }
  }

  /** A side has been sent all there was, the FIN included. */
  void outputFinished() {
    if (state == State.OPEN && client.outputHasFinished() && endpoint.outputHasFinished()) {
      closeBoth();
    }
  }

  /** What was to be written to {@code to} after a reset of its peer cannot be. */
  void outputLost(RelaySide to) {
    assert to.outputHasFailed();
    if (state == State.RESETTING) {
      closeBoth();
    }
  }

  /**
   * {@code side} was reset or lost.
   *
   * @param readable whether there may still be something to read from it
   */
  void failed(RelaySide side, boolean reset, boolean readable) {
    if (state != State.OPEN) {
      if (state == State.RESETTING && !readable) {
        resetOnceWritten(side.peer());
      }
      return;
    }
    state = State.RESETTING;
    resetSide = side;
    if (side == client) {
      end = reset ? FlowEnd.CLIENT_RESET : FlowEnd.CLIENT_LOST;
    } else {
      end = reset ? FlowEnd.ENDPOINT_RESET : FlowEnd.ENDPOINT_LOST;
    }
    graceEndNanos = loop.coarseNanos() + RESET_GRACE_NANOS;
    loop.deadlines().schedule(this);
    side.peer().stopReading();
    if (!readable || side.inputHasEnded()) {
      resetOnceWritten(side.peer());
    }
  }

  private void resetOnceWritten(RelaySide victim) {
    if (victim.outputHasFailed()) {
      closeBoth();
    } else {
      victim.whenWritten(this::closeBoth);
    }
  }

  private void closeBoth() {
    if (state.compareTo(State.CLOSING) >= 0) {
      return;
    }
    boolean reset = state == State.RESETTING;
    state = State.CLOSING;
    loop.deadlines().cancel(this);
    client.close(reset);
    endpoint.close(reset);
  }

  /** The channel of {@code side} is closed: by us, or by Netty after an error. */
  void closed(RelaySide side) {
    channelsOpen--;
    if (channelsOpen == 0) {
      state = State.ENDED;
      loop.deadlines().cancel(this);
      listener.ended(
          end == null ? FlowEnd.SHUTDOWN : end, client.receivedBytes(), endpoint.receivedBytes());
    } else if (state == State.OPEN) {
      failed(side, true, false);
    } else if (state == State.RESETTING && side != resetSide) {
      // The one that was still being written to is gone too.
      closeBoth();
    }
  }

  @Override
  public void abort(FlowEnd why) {
    assert loop.eventLoop().inEventLoop();
    if (state.compareTo(State.CLOSING) < 0) {
      end = why;
      state = State.RESETTING;
      closeBoth();
    }
  }

  @Override
  public long waitingBytes() {
    return client.waitingBytes() + endpoint.waitingBytes();
  }

  @Override
  long dueNanos() {
    if (state == State.RESETTING) {
      return graceEndNanos;
    }
    long idleEndNanos = activeNanos + idleNanos;
    return watched || isHalfClosed()
        ? Math.min(idleEndNanos, checkedNanos + ERROR_CHECK_NANOS)
        : idleEndNanos;
  }

  private boolean isHalfClosed() {
    return client.inputHasEnded() || endpoint.inputHasEnded();
  }

  @Override
  void expired(long nowNanos) {
    if (state == State.RESETTING) {
      closeBoth();
      return;
    }
    watched &= activeNanos - checkedNanos >= 0;
    checkedNanos = nowNanos;
    client.checkForError();
    endpoint.checkForError();
    if (state != State.OPEN) {
      return;
    }
    long waiting = waitingBytes();
    if (waiting != waitingWhenChecked) {
      // A slow reader that takes bytes is not idle, even if none have been read for it of late.
      waitingWhenChecked = waiting;
      activeNanos = nowNanos;
    }
    if (activeNanos + idleNanos - nowNanos <= 0) {
      abort(FlowEnd.IDLE);
    } else {
      loop.deadlines().schedule(this);
    }
  }
}
