package io.gatehouse.appliance.admin;

import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection;
import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.RequestRecorder;
import io.gatehouse.l7.ResponseFlag;
import io.gatehouse.l7.RouteConfig;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests by route and status class, their duration, and the time that the upstream took of it;
 * TLS handshakes by listener. Every series that may come follows from the configuration, so that
 * recording looks up and adds. Each loop adds to shards of its own; any thread may collect.
 */
public final class RequestMetrics implements MultiCollector {
  private static final String NO_ROUTE = "none";
  private static final String[] CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  private static final int GRPC_STATUSES = 17;
  private static final List<Duration> REQUEST_BOUNDS =
      millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 30_000);
  private static final List<Duration> HANDSHAKE_BOUNDS =
      millis(1, 5, 20, 50, 100, 250, 1_000, 5_000);

  /** What is counted of one route. */
  private record RouteMetrics(
      LoopCounts byClass, LoopCounts byGrpcStatus, LoopDurations total, LoopDurations upstream) {
    static RouteMetrics of(int loops) {
      return new RouteMetrics(
          new LoopCounts(CLASSES.length, loops),
          new LoopCounts(GRPC_STATUSES, loops),
          new LoopDurations(REQUEST_BOUNDS, loops),
          new LoopDurations(REQUEST_BOUNDS, loops));
    }
  }

  /** How long the TLS handshakes of a listener take, from accept on. */
  private record HandshakeMetrics(LoopDurations full, LoopDurations resumed) {}

  private final Map<String, RouteMetrics> routes = new LinkedHashMap<>();
  private final Map<String, HandshakeMetrics> listeners = new LinkedHashMap<>();
  private final RouteMetrics unrouted;
  private final LoopCounts flags;

  /**
   * Makes the series of every route, and of every listener with TLS.
   *
   * @param loops how many event loops record
   */
  public RequestMetrics(L7Config config, int loops) {
    for (RouteConfig route : config.routes()) {
      routes.put(route.name(), RouteMetrics.of(loops));
    }
    unrouted = RouteMetrics.of(loops);
    routes.put(NO_ROUTE, unrouted);
    for (ListenerConfig listener : config.listeners()) {
      if (listener.tls() != null) {
        listeners.put(
            listener.name(),
            new HandshakeMetrics(
                new LoopDurations(HANDSHAKE_BOUNDS, loops),
                new LoopDurations(HANDSHAKE_BOUNDS, loops)));
      }
    }
    flags = new LoopCounts(ResponseFlag.values().length, loops);
  }

  /** What the loop of this index is to tell of its requests. */
  public RequestRecorder onLoop(int index) {
    return new LoopRecorder(index);
  }

  /** Adds to the shards of one loop. Owned by that loop's thread. */
  private final class LoopRecorder implements RequestRecorder {
    /** The shards of one route. */
    private record Route(
        LoopCounts.Shard byClass,
        LoopCounts.Shard byGrpcStatus,
        LoopDurations.Shard total,
        LoopDurations.Shard upstream) {}

    private final int index;
    private final Map<String, Route> shards = new HashMap<>();
    private final Route noRoute;
    private final LoopCounts.Shard flagShard;

    LoopRecorder(int index) {
      this.index = index;
      routes.forEach((name, all) -> shards.put(name, shardOf(all)));
      noRoute = shardOf(unrouted);
      flagShard = flags.shard(index);
    }

    private Route shardOf(RouteMetrics all) {
      return new Route(
          all.byClass.shard(index),
          all.byGrpcStatus.shard(index),
          all.total.shard(index),
          all.upstream.shard(index));
    }

    @Override
    public void record(RequestRecord request) {
      var route = ofRoute(request.route());
      route.byClass.increment(Math.clamp(request.status() / 100, 0, CLASSES.length - 1));
      route.total.record(request.totalNanos());
      long upstreamNanos = request.upstreamHeadNanos();
      if (upstreamNanos != RequestRecord.NOT_REACHED) {
        route.upstream.record(upstreamNanos);
      }
      int grpcStatus = request.grpcStatus();
      if (grpcStatus != RequestRecord.NO_GRPC_STATUS) {
        route.byGrpcStatus.increment(grpcStatus);
      }
      for (int rest = request.flags(); rest != 0; rest &= rest - 1) {
        flagShard.increment(Integer.numberOfTrailingZeros(rest));
      }
    }

    private Route ofRoute(@Nullable String name) {
      return name == null ? noRoute : shards.getOrDefault(name, noRoute);
    }

    @Override
    public void handshake(String listener, boolean resumed, long tookNanos) {
      var metrics = listeners.get(listener);
      if (metrics != null) {
        (resumed ? metrics.resumed : metrics.full).shard(index).record(tookNanos);
      }
    }

    @Override
    public void rejected(RejectedConnection connection) {
      // Counted by the tier, by reason.
    }
  }

  // The page

  @Override
  public MetricSnapshots collect() {
    return new MetricSnapshots(
        routeRequests(),
        grpcCalls(),
        responseFlags(),
        durations(
            "gatehouse_l7_request_duration_seconds",
            "From the first byte of a request to the last of its response",
            RouteMetrics::total),
        durations(
            "gatehouse_l7_upstream_duration_seconds",
            "From a request handed to the upstream to the head of its response",
            RouteMetrics::upstream),
        handshakeDurations());
  }

  private MetricSnapshot routeRequests() {
    var counter =
        CounterSnapshot.builder()
            .name("gatehouse_l7_route_requests")
            .help("Requests ended, by route and class of status");
    routes.forEach(
        (route, metrics) -> {
          for (int i = 0; i < CLASSES.length; i++) {
            var labels = Labels.of("route", route, "code_class", CLASSES[i]);
            counter.dataPoint(point(labels, metrics.byClass.sum(i)));
          }
        });
    return counter.build();
  }

  /** A status that was never met has no series: most routes have no calls. */
  private MetricSnapshot grpcCalls() {
    var counter =
        CounterSnapshot.builder()
            .name("gatehouse_l7_route_grpc_calls")
            .help("gRPC calls ended, by route and the number of their status");
    routes.forEach(
        (route, metrics) -> {
          for (int status = 0; status < GRPC_STATUSES; status++) {
            long calls = metrics.byGrpcStatus.sum(status);
            if (calls > 0) {
              var labels = Labels.of("route", route, "grpc_status", String.valueOf(status));
              counter.dataPoint(point(labels, calls));
            }
          }
        });
    return counter.build();
  }

  private MetricSnapshot responseFlags() {
    var counter =
        CounterSnapshot.builder()
            .name("gatehouse_l7_response_flags")
            .help("Requests that carry a response flag, in Envoy's vocabulary");
    for (ResponseFlag flag : ResponseFlag.values()) {
      counter.dataPoint(point(Labels.of("flag", flag.name()), flags.sum(flag.ordinal())));
    }
    return counter.build();
  }

  private static CounterDataPointSnapshot point(Labels labels, long value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private MetricSnapshot durations(
      String name, String help, Function<RouteMetrics, LoopDurations> which) {
    var histogram = histogram(name, help);
    routes.forEach(
        (route, metrics) ->
            histogram.dataPoint(which.apply(metrics).snapshot(Labels.of("route", route))));
    return histogram.build();
  }

  private MetricSnapshot handshakeDurations() {
    var histogram =
        histogram(
            "gatehouse_l7_tls_handshake_duration_seconds",
            "From accept, or the PROXY header, to the end of a TLS handshake");
    listeners.forEach(
        (listener, metrics) -> {
          var full = Labels.of("listener", listener, "kind", "full");
          histogram.dataPoint(metrics.full.snapshot(full));
          var resumed = Labels.of("listener", listener, "kind", "resumed");
          histogram.dataPoint(metrics.resumed.snapshot(resumed));
        });
    return histogram.build();
  }

  private static HistogramSnapshot.Builder histogram(String name, String help) {
    return HistogramSnapshot.builder().name(name).unit(Unit.SECONDS).help(help);
  }

  private static List<Duration> millis(long... bounds) {
    return Arrays.stream(bounds).mapToObj(Duration::ofMillis).toList();
  }
}
