package io.gatehouse.l7.upstream;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.http.DateHeader;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.loop.BufferMemory;
import io.gatehouse.l7.loop.CalmLog;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.LoopClock;
import io.gatehouse.l7.loop.Ticker;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.SplittableRandom;
import org.slf4j.LoggerFactory;

/** Makes endpoints for tests that choose among them and never connect. */
public final class Endpoints {
  private Endpoints() {}

  /** An endpoint with one loop. */
  public static UpstreamEndpoint onOneLoop(Endpoint endpoint, PoolConfig pool) {
    var clock = new LoopClock();
    var loop =
        new Loop(
            0,
            new EmbeddedChannel().eventLoop(),
            clock,
            new Ticker(clock),
            new LoopCounters<>(L7Counter.class, 1).shard(0),
            new LoopCounters<>(HttpViolation.class, 1).shard(0),
            new SplittableRandom(0),
            new DateHeader(),
            new CalmLog(LoggerFactory.getLogger(Endpoints.class), clock.nanos()),
            BufferMemory.ofThisProcess(0));
    var connector = new UpstreamConnector(loop, Transport.choose(Transport.Choice.EPOLL));
    return new UpstreamEndpoint(endpoint, pool, null, List.of(connector));
  }

  /** Pretends that this many requests are under way. */
  public static void load(UpstreamEndpoint endpoint, int requests) {
    for (int i = 0; i < requests; i++) {
      endpoint.onLoop(0).requestBegins();
    }
  }
}
