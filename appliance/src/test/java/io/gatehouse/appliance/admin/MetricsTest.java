package io.gatehouse.appliance.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l4.EndpointStatsView;
import io.gatehouse.l7.L7Counter;
import io.gatehouse.transport.LoopCounters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

  @Test
  void showsEachEndpointUnderItsServiceAndPool() {
    var buckets = new ArrayList<>(Collections.nCopies(14, 0L));
    buckets.set(2, 3L); // up to 1 ms
    buckets.set(13, 1L); // beyond the last bound
    var seen =
        new EndpointStatsView(
            "web", "l7/web", "l7-1", 2, 4, 100, 2000, 5, 6, 3_000_000_000L, buckets);
    try (var metrics = new Metrics()) {
      metrics.bindEndpoints(() -> List.of(seen));
      var page = new String(metrics.page().body(), StandardCharsets.UTF_8);
      var labels = "{endpoint=\"l7-1\",pool=\"l7/web\",service=\"web\"";
      assertThat(page)
          .contains(
              "gatehouse_l4_endpoint_connections" + labels + "} 2.0",
              "gatehouse_l4_endpoint_connected_total" + labels + "} 4.0",
              "gatehouse_l4_endpoint_bytes_from_clients_total" + labels + "} 100.0",
              "gatehouse_l4_endpoint_bytes_to_clients_total" + labels + "} 2000.0",
              "gatehouse_l4_endpoint_connect_failures_total" + labels + "} 5.0",
              "gatehouse_l4_endpoint_retries_total" + labels + "} 6.0",
              "gatehouse_l4_endpoint_connect_seconds_bucket" + labels + ",le=\"5.0E-4\"} 0",
              "gatehouse_l4_endpoint_connect_seconds_bucket" + labels + ",le=\"0.001\"} 3",
              "gatehouse_l4_endpoint_connect_seconds_bucket" + labels + ",le=\"+Inf\"} 4",
              "gatehouse_l4_endpoint_connect_seconds_sum" + labels + "} 3.0");
    }
  }
}
