package io.gatehouse.health;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Sends a PROXY header before anything else, TLS too. Owned by the loop of its channel. */
final class ProxyHeaderSender extends ChannelInboundHandlerAdapter {
  private final byte[] header;

  ProxyHeaderSender(byte[] header) {
    this.header = header;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(Unpooled.wrappedBuffer(header));
    ctx.fireChannelActive();
  }
}
