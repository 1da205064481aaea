package io.gatehouse.membership;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.SocketAddress;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the one message of a stream, gives it on, and then reads no more. A stream that breaks or
 * makes no sense is closed. On the ring's loop.
 */
final class StreamHandler extends SimpleChannelInboundHandler<ByteBuf> {
  private static final Logger log = LoggerFactory.getLogger(StreamHandler.class);

  private final StreamOpener opener;
  private final Consumer<Message> onMessage;
  private final BiConsumer<SocketAddress, String> onRefused;
  private boolean done;

  /**
   * @param onRefused told who sent what cannot be used, and why it cannot
   */
  StreamHandler(
      StreamOpener opener,
      Consumer<Message> onMessage,
      BiConsumer<SocketAddress, String> onRefused) {
    this.opener = opener;
    this.onMessage = onMessage;
    this.onRefused = onRefused;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf chunk) {
    if (done) {
      return;
    }
    try {
      Message message = opener.feed(ByteBufUtil.getBytes(chunk));
      if (message != null) {
        done = true;
        onMessage.accept(message);
      }
    } catch (MalformedMessageException e) {
      done = true;
      opener.close();
      onRefused.accept(context.channel().remoteAddress(), String.valueOf(e.getMessage()));
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    done = true;
    opener.close();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.atDebug().setCause(cause).log("gossip stream broke");
    context.close();
  }
}
