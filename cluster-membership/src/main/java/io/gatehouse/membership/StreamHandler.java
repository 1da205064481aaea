package io.gatehouse.membership;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the one message of a stream, gives it on, and then reads no more. A stream that breaks or
 * makes no sense is closed. On the ring's loop.
 */
final class StreamHandler extends SimpleChannelInboundHandler<ByteBuf> {
  private static final Logger log = LoggerFactory.getLogger(StreamHandler.class);

  private final StreamDecoder decoder;
  private final Consumer<Message> onMessage;
  private boolean done;

  StreamHandler(StreamDecoder decoder, Consumer<Message> onMessage) {
    this.decoder = decoder;
    this.onMessage = onMessage;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf chunk) {
    if (done) {
      return;
    }
    try {
      Message message = decoder.feed(ByteBufUtil.getBytes(chunk));
      if (message != null) {
        done = true;
        onMessage.accept(message);
      }
    } catch (MalformedMessageException e) {
      done = true;
      log.atWarn()
          .addKeyValue("peer", context.channel().remoteAddress())
          .addKeyValue("cause", e.getMessage())
          .log("gossip stream refused");
      context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.atDebug().setCause(cause).log("gossip stream broke");
    context.close();
  }
}
