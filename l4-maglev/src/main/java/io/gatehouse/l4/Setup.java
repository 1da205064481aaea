package io.gatehouse.l4;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches one channel until the data plane takes it: holds its reads back, keeps the few bytes that
 * come nevertheless, and tells when the peer is lost. Owned by the channel's event loop.
 */
final class Setup extends ChannelInboundHandlerAdapter {
  private final SocketChannel channel;
  private final ReadGate gate;
  private final List<ByteBuf> early = new ArrayList<>(0);
  private Consumer<String> onLoss = how -> {};
  private @Nullable Runnable onActive;
  private boolean inputEnded;
  private boolean over;

  /**
   * Prepares a channel that is not registered yet.
   *
   * @param buffers of its service
   */
  Setup(SocketChannel channel, WriteBuffers buffers) {
    this.channel = channel;
    this.gate = new ReadGate(buffers.readSizes());
    gate.onKnock(() -> channel.eventLoop().execute(this::checkForError));
    SocketOptions.apply(channel, buffers, gate);
    channel.pipeline().addLast(this);
  }

  SocketChannel channel() {
    return channel;
  }

  /** What to call once the channel is active. */
  void onActive(Runnable action) {
    onActive = action;
  }

  /** Whom to tell, once, that the peer is lost, and how. */
  void onLoss(Consumer<String> listener) {
    onLoss = listener;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (onActive != null) {
      onActive.run();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    early.add((ByteBuf) message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      lost("reset");
    } else if (!(cause instanceof ReadGate.ReadsHeldBack)) {
      ctx.fireExceptionCaught(cause);
      lost("failed");
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    lost("closed");
  }

  private void checkForError() {
    if (!over && SocketOptions.takeError(channel) != 0) {
      lost("reset");
    }
  }

  private void lost(String how) {
    if (!over) {
      over = true;
      releaseEarly();
      onLoss.accept(how);
    }
  }

  /** Gives the channel away, with what came early; this object is done with it. */
  Pair.End handOver() {
    over = true;
    var given = List.copyOf(early);
    early.clear();
    channel.pipeline().remove(this);
    return new Pair.End(channel, gate, given, inputEnded);
  }

  /** Closes the channel. */
  void discard() {
    over = true;
    releaseEarly();
    channel.close();
  }

  private void releaseEarly() {
    early.forEach(ByteBuf::release);
    early.clear();
  }
}
