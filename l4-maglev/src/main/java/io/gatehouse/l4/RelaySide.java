package io.gatehouse.l4;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One side of a {@link RelayFlow}: its channel, and how far its two directions have come. Owned by
 * the channel's event loop.
 */
final class RelaySide extends ChannelInboundHandlerAdapter {
  private static final int ETIMEDOUT = 110;

  private final RelayFlow flow;
  private final Pair.End given;
  private final SocketChannel channel;
  private @Nullable RelaySide peer;
  private long receivedBytes;
  private boolean paused;
  private boolean inputEnded;
  private boolean finishing;
  private boolean outputFinished;
  private boolean outputFailed;
  private boolean stopped;
  private boolean knocked;

  RelaySide(RelayFlow flow, Pair.End given) {
    this.flow = flow;
    this.given = given;
    this.channel = given.channel();
  }

  void attach(RelaySide other) {
    peer = other;
    given.gate().onKnock(this::knock);
    channel.pipeline().addLast(this);
    channel.closeFuture().addListener(f -> flow.closed(this));
  }

  /** Passes on what came early, and starts reading. */
  void begin() {
    for (ByteBuf bytes : given.early()) {
      flow.received(this, bytes);
    }
    peer().flush();
    if (given.inputEnded()) {
      endInput();
    } else if (!paused && channel.isOpen()) {
      startReading();
    }
  }

  RelaySide peer() {
    assert peer != null;
    return peer;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    flow.received(this, (ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    peer().flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      peer().resume();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      endInput();
    }
  }

  private void endInput() {
    if (!inputEnded) {
      inputEnded = true;
      flow.inputEnded(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    switch (cause) {
      case ReadGate.ReadsHeldBack held -> {}
      case ChannelOutputShutdownException write -> writeFailed(write);
      case IOException read -> readFailed(read);
      default -> {
        // Nothing of ours throws here; what does leaves the connection in an unknown state.
        ctx.fireExceptionCaught(cause);
        readFailed(cause);
      }
    }
  }

  private void writeFailed(ChannelOutputShutdownException failure) {
    if (!outputFailed) {
      outputFailed = true;
      flow.failed(this, isReset(failure.getCause()), !inputEnded);
    }
  }

  private void readFailed(Throwable failure) {
    outputFailed = true;
    inputEnded = true;
    flow.failed(this, isReset(failure), false);
  }

  /** What is not a timeout is a reset: ECONNRESET, or EPIPE where a FIN had come before. */
  private static boolean isReset(@Nullable Throwable failure) {
    return !(failure instanceof NativeIoException e && Math.abs(e.expectedErr()) == ETIMEDOUT);
  }

  /** Asks the socket for an error that no event tells of. */
  void checkForError() {
    int error = SocketOptions.takeError(channel);
    if (error != 0 && channel.isOpen()) {
      outputFailed = true;
      inputEnded = true;
      flow.failed(this, error != ETIMEDOUT, false);
    }
  }

  /** A read was attempted while reads are held back: the peer has closed or reset. */
  private void knock() {
    if (!knocked) {
      knocked = true;
      channel.eventLoop().execute(this::answerKnock);
    }
  }

  private void answerKnock() {
    knocked = false;
    checkForError();
  }

  /** Stops reading until {@link #resume}. */
  void pause() {
    if (!paused) {
      paused = true;
      holdReads();
    }
  }

  /** The peer can take more. */
  void resume() {
    if (paused && !stopped) {
      paused = false;
      startReading();
    }
  }

  /** Stops reading for good. */
  void stopReading() {
    stopped = true;
    holdReads();
  }

  private void startReading() {
    given.gate().open();
    channel.config().setAutoRead(true);
  }

  private void holdReads() {
    given.gate().shut();
    channel.config().setAutoRead(false);
  }

  void write(ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  void flush() {
    channel.flush();
  }

  boolean isWritable() {
    return channel.isWritable();
  }

  /** Sends a FIN once all before it is written. */
  void finishOutput() {
    if (!finishing && !outputFailed) {
      finishing = true;
      whenWritten(this::shutOutput);
    }
  }

  private void shutOutput() {
    channel
        .shutdownOutput()
        .addListener(
            shut -> {
              if (shut.isSuccess()) {
                outputFinished = true;
                flow.outputFinished();
              } else {
                // The socket is not connected any more: the peer has reset it.
                outputFailed = true;
                flow.failed(this, true, !inputEnded);
              }
            });
  }

  /** Runs {@code action} when all that was written before has reached the kernel. */
  void whenWritten(Runnable action) {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            written -> {
              // A failure is told to exceptionCaught by what it was to follow, or found here.
              if (written.isSuccess()) {
                action.run();
              } else if (!outputFailed) {
                outputFailed = true;
                flow.failed(this, true, !inputEnded);
              } else {
                flow.outputLost(this);
              }
            });
  }

  void close(boolean reset) {
    if (reset) {
      SocketOptions.resetOnClose(channel);
    }
    channel.close();
  }

  void countReceived(int bytes) {
    receivedBytes += bytes;
  }

  long receivedBytes() {
    return receivedBytes;
  }

  boolean inputHasEnded() {
    return inputEnded;
  }

  boolean outputHasFinished() {
    return outputFinished;
  }

  boolean outputHasFailed() {
    return outputFailed;
  }

  boolean isPaused() {
    return paused;
  }

  /** Bytes that wait in this process to be written to this side. */
  long waitingBytes() {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes();
  }
}
