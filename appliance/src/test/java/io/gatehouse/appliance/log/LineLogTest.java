package io.gatehouse.appliance.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LineLogTest {
  private static final long WAIT_SECONDS = 10;
  private final EventLoopGroup group =
      Transport.choose(Transport.Choice.EPOLL).eventLoops("test", 2);
  private final List<EventLoop> loops = Transport.loops(group);

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static void write(LineLog log, EventLoop loop, int lines) {
    loop.submit(
            () -> {
              for (int i = 0; i < lines; i++) {
                LineLog.LoopLines out = log.lines();
                out.begin(0).field("n", i);
                out.end();
              }
            })
        .syncUninterruptibly();
  }

  @Test
  void writesEveryLineOfEveryLoopByTheTimeItIsClosed() {
    var out = new ByteArrayOutputStream();
    try (var log = LineLog.start(loops.stream().map(LogLoop::of).toList(), out)) {
      write(log, loops.get(0), 5_000);
      write(log, loops.get(1), 1);
      assertThat(log.dropped()).isZero();
    }
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(5_001);
    assertThat(lines.getFirst()).isEqualTo("{\"time\":\"1970-01-01T00:00:00.000000Z\",\"n\":0}");
  }

  @Test
  void putsALoneLineOutWithoutBeingAskedTo() throws InterruptedException {
    var written = new CountDownLatch(1);
    var out =
        new OutputStream() {
          @Override
          public void write(int b) {
            written.countDown();
          }
        };
    try (var log = LineLog.start(loops.stream().map(LogLoop::of).toList(), out)) {
      write(log, loops.getFirst(), 1);
      assertThat(written.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void dropsAndCountsLinesRatherThanWaitForAStalledDisk() throws InterruptedException {
    var stalled = new CountDownLatch(1);
    var resume = new CountDownLatch(1);
    var out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            stalled.countDown();
            try {
              resume.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            write(0);
          }
        };
    try (var log = LineLog.start(loops.stream().map(LogLoop::of).toList(), out)) {
      write(log, loops.getFirst(), 1);
      assertThat(stalled.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      int linesOfAllChunks = LineLog.MAX_CHUNKS * LineLog.CHUNK_BYTES / 40;
      write(log, loops.getFirst(), 2 * linesOfAllChunks);
      assertThat(log.dropped()).isPositive();
      resume.countDown();
    }
  }
}
