package io.gatehouse.membership;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands UDP packets to the driver. On the ring's loop. */
final class PacketHandler extends SimpleChannelInboundHandler<DatagramPacket> {
  private static final Logger log = LoggerFactory.getLogger(PacketHandler.class);

  private final RingDriver driver;

  PacketHandler(RingDriver driver) {
    this.driver = driver;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
    driver.packetReceived(ByteBufUtil.getBytes(packet.content()), packet.sender());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // An ICMP error of an earlier send shows here; the probe of that member tells the same.
    log.atDebug().setCause(cause).log("gossip socket reports an error");
  }
}
