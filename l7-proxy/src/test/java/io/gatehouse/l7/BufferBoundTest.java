package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PoolConfig.Protocol;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BufferBoundTest {
  private static final int KIB = 1024;

  private static BufferBound bound(Http2Config http2, Protocol protocol) {
    var listener =
        new ListenerConfig(
            "web",
            List.of(new InetSocketAddress("127.0.0.1", 1)),
            ListenerConfig.ProxyGate.NONE,
            null,
            http2,
            PathPolicy.DEFAULT,
            ListenerConfig.Timeouts.DEFAULT,
            new ListenerConfig.Limits(10, 1, 4 * KIB, KIB, 10, 1, 16 * KIB));
    var connections =
        new PoolConfig.Connections(
            protocol, null, PoolConfig.Http2.DEFAULT, PoolConfig.Lifetime.DEFAULT);
    var pool =
        new PoolConfig(
            "app",
            PoolConfig.Balance.ROUND_ROBIN,
            1,
            connections,
            PoolConfig.Timeouts.DEFAULT,
            new PoolConfig.Limits(1, 1, 0, 8 * KIB, 32 * KIB));
    var route =
        new RouteConfig(
            "all", List.of(), List.of(), "/", "app", Set.of(), RouteConfig.Timeouts.DEFAULT);
    var config = new L7Config("l7", List.of(listener), List.of(route), List.of(pool));
    return BufferBound.of(config).getFirst();
  }

  @Test
  void addsUpBothSidesOfAConnection() {
    // A head and a read from the client, its buffer and a read; the same on the backend's side.
    long bytes = (4L + 64 + 16 + 64 + 8 + 64 + 32 + 64) * KIB;
    assertThat(bound(Http2Config.OFF, Protocol.H1))
        .isEqualTo(new BufferBound("web", 10, bytes, 0))
        .returns(10 * bytes, BufferBound::allBytes);
  }

  @Test
  void addsUpAllStreamsOfAConnection() {
    var http2 = new Http2Config(true, 100, 64 * KIB, 256 * KIB, 0, 0, 1);
    assertThat(bound(http2, Protocol.H1).http2Bytes())
        .isEqualTo((64 + 256 + 16 + 64 + 100L * (64 + 8 + 64 + 32 + 64)) * KIB);
    assertThat(bound(http2, Protocol.H2C).http2Bytes())
        .isEqualTo((64 + 256 + 16 + 64 + 100L * (64 + 128)) * KIB);
  }
}
