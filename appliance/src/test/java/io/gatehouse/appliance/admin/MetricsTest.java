package io.gatehouse.appliance.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.transport.LoopCounters;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MetricsTest {

  @Test
  void showsCountersAndGaugesWithTheirReasons() {
    var counters = new LoopCounters<>(L7Counter.class, 2);
    counters.shard(0).increment(L7Counter.REJECTED_UNTRUSTED_PEER);
    counters.shard(1).add(L7Counter.REJECTED_UNTRUSTED_PEER, 2);
    counters.shard(1).add(L7Counter.CONNECTIONS_OPEN, 5);
    try (var metrics = new Metrics()) {
      metrics.bind(counters);
      var page = new String(metrics.page().body(), StandardCharsets.UTF_8);
      assertThat(page)
          .contains(
              "gatehouse_l7_connections_rejected_total{reason=\"untrusted_peer\"} 3.0",
              "# TYPE gatehouse_l7_connections_rejected_total counter",
              "gatehouse_l7_connections_open 5.0",
              "# TYPE gatehouse_l7_connections_open gauge",
              "jvm_memory_used_bytes");
    }
  }
}
