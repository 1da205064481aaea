package io.gatehouse.appliance.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.ResponseFlag;
import io.gatehouse.l7.RouteConfig;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestMetricsTest {
  private static final long MILLI = 1_000_000L;

  private final RequestMetrics requests =
      new RequestMetrics(new L7Config("l7", List.of(), List.of(route("shop")), List.of()), 2);

  @Test
  void addsUpWhatTheLoopsHaveCounted() {
    requests.onLoop(0).record(request("shop", 200, MILLI, 0));
    requests.onLoop(1).record(request("shop", 204, 7 * MILLI, 0));
    requests.onLoop(1).record(request("shop", 503, 60_000 * MILLI, ResponseFlag.UH.bit()));
    assertThat(page())
        .contains(
            "gatehouse_l7_route_requests_total{code_class=\"2xx\",route=\"shop\"} 2.0",
            "gatehouse_l7_route_requests_total{code_class=\"5xx\",route=\"shop\"} 1.0",
            "gatehouse_l7_request_duration_seconds_bucket{route=\"shop\",le=\"0.001\"} 1",
            "gatehouse_l7_request_duration_seconds_bucket{route=\"shop\",le=\"0.01\"} 2",
            "gatehouse_l7_request_duration_seconds_bucket{route=\"shop\",le=\"30.0\"} 2",
            "gatehouse_l7_request_duration_seconds_bucket{route=\"shop\",le=\"+Inf\"} 3",
            "gatehouse_l7_request_duration_seconds_sum{route=\"shop\"} 60.008",
            "gatehouse_l7_response_flags_total{flag=\"UH\"} 1.0",
            "gatehouse_l7_response_flags_total{flag=\"UO\"} 0.0");
  }

  @Test
  void countsUnderNoneWhatHasNoRoute() {
    requests.onLoop(0).record(request(null, 404, MILLI, ResponseFlag.NR.bit()));
    assertThat(page())
        .contains("gatehouse_l7_route_requests_total{code_class=\"4xx\",route=\"none\"} 1.0");
  }

  @Test
  void countsAWaitForTheUpstreamOnlyWhereThereWasOne() {
    var unanswered = Map.<String, Object>of("upstreamHeadNanos", RequestRecord.NOT_REACHED);
    requests.onLoop(0).record(request("shop", 502, MILLI, 0, unanswered));
    requests.onLoop(0).record(request("shop", 200, MILLI, 0));
    assertThat(page()).contains("gatehouse_l7_upstream_duration_seconds_count{route=\"shop\"} 1");
  }

  @Test
  void showsOnlyGrpcStatusesThatWereMet() {
    requests.onLoop(1).record(request("shop", 200, MILLI, 0, Map.of("grpcStatus", 14)));
    assertThat(page())
        .contains("gatehouse_l7_route_grpc_calls_total{grpc_status=\"14\",route=\"shop\"} 1.0")
        .doesNotContain("grpc_status=\"0\"");
  }

  private String page() {
    try (var metrics = new Metrics()) {
      metrics.bind(requests);
      return new String(metrics.page().body(), StandardCharsets.UTF_8);
    }
  }

  private static RouteConfig route(String name) {
    return new RouteConfig(
        name, List.of(), List.of(), "/", "app", Set.of(), RouteConfig.Timeouts.DEFAULT);
  }

  private static RequestRecord request(
      @Nullable String route, int status, long totalNanos, int flags) {
    return request(route, status, totalNanos, flags, Map.of());
  }

  /** A request of which the metrics may ask what is given here, and nothing else. */
  private static RequestRecord request(
      @Nullable String route, int status, long totalNanos, int flags, Map<String, Object> others) {
    var answers = new HashMap<String, @Nullable Object>();
    answers.put("route", route);
    answers.put("status", status);
    answers.put("totalNanos", totalNanos);
    answers.put("flags", flags);
    answers.put("upstreamHeadNanos", MILLI);
    answers.put("grpcStatus", RequestRecord.NO_GRPC_STATUS);
    answers.putAll(others);
    return (RequestRecord)
        Proxy.newProxyInstance(
            RequestRecord.class.getClassLoader(),
            new Class<?>[] {RequestRecord.class},
            (proxy, method, arguments) -> {
              assertThat(answers).containsKey(method.getName());
              return answers.get(method.getName());
            });
  }
}
