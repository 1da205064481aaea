package io.gatehouse.transport;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Half-closed channels on every transport, with more to write than the kernel takes at once. */
class QuietEpollTest {
  private static final int WAIT_SECONDS = 20;
  private static final int CHUNK_BYTES = 1024 * 1024;
  private static final int CHUNKS = 24;

  private EventLoopGroup loops = Transport.choose(Transport.Choice.EPOLL).eventLoops("none", 1);

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 1, SECONDS).syncUninterruptibly();
  }

  private InetSocketAddress serve(Transport.Choice choice, ChannelInboundHandlerAdapter handler) {
    stop();
    var transport = Transport.choose(choice);
    loops = transport.eventLoops("half-closed", 1);
    var server =
        new ServerBootstrap()
            .group(loops)
            .channel(transport.serverSocketChannel())
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(handler)
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly();
    return (InetSocketAddress) server.channel().localAddress();
  }

  @ParameterizedTest
  @EnumSource(Transport.Choice.class)
  void aChannelWhosePeerHasClosedCanStillWaitToWrite(Transport.Choice choice) throws Exception {
    var address = serve(choice, new AnswersInChunks());
    try (var socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout((int) SECONDS.toMillis(WAIT_SECONDS));
      socket.shutdownOutput();
      assertThat(slowly(socket.getInputStream())).isEqualTo((long) CHUNKS * CHUNK_BYTES);
    }
  }

  /** Reads with pauses, so that the other side has to wait for room many times. */
  private static long slowly(InputStream in) throws Exception {
    long total = 0;
    var buffer = new byte[CHUNK_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      total += n;
      LockSupport.parkNanos(MILLISECONDS.toNanos(1));
    }
    return total;
  }

  @Test
  void aHangUpThatNobodyWaitsForDoesNotKeepTheLoopBusy() throws Exception {
    var hungUp = new CountDownLatch(1);
    var address = serve(Transport.Choice.EPOLL, new StopsReadingAndHangsUp(hungUp));
    try (var socket = new Socket(address.getAddress(), address.getPort())) {
      socket.getOutputStream().write(1);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      socket.shutdownOutput();
      assertThat(hungUp.await(WAIT_SECONDS, SECONDS)).isTrue();
      long cpuNanos = loopCpuNanos();
      LockSupport.parkNanos(MILLISECONDS.toNanos(300));
      assertThat(loopCpuNanos() - cpuNanos).isLessThan(MILLISECONDS.toNanos(150));
    }
  }

  private long loopCpuNanos() throws Exception {
    return loops
        .next()
        .submit(
            () ->
                java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime())
        .get(WAIT_SECONDS, SECONDS);
  }

  /** After the peer's FIN: one chunk after the other, each when the one before is written. */
  private static final class AnswersInChunks extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) {
        next(ctx, CHUNKS);
      }
    }

    private static void next(ChannelHandlerContext ctx, int left) {
      if (left == 0) {
        ctx.close();
        return;
      }
      ByteBuf chunk = Unpooled.wrappedBuffer(new byte[CHUNK_BYTES]);
      ctx.writeAndFlush(chunk)
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE)
          .addListener(
              written -> {
                if (written.isSuccess()) {
                  ctx.executor().execute(() -> next(ctx, left - 1));
                }
              });
    }
  }

  private static final class StopsReadingAndHangsUp extends ChannelInboundHandlerAdapter {
    private final CountDownLatch hungUp;

    StopsReadingAndHangsUp(CountDownLatch hungUp) {
      this.hungUp = hungUp;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ((ByteBuf) message).release();
      ctx.channel().config().setAutoRead(false);
      ((SocketChannel) ctx.channel()).shutdownOutput();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) {
        hungUp.countDown();
      }
    }
  }
}
