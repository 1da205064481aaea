package io.gatehouse.appliance.admin;

import io.gatehouse.l4.EndpointStatsView;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What the L4 tier has seen of each endpoint, labelled with service, pool and endpoint: as many
 * series as the configuration names, and those of an endpoint that has left until its last
 * connection is over. Read when the page is asked for. Any thread.
 */
final class EndpointMetrics implements MultiCollector {
  private static final String PREFIX = "gatehouse_l4_endpoint_";

  private final Supplier<List<EndpointStatsView>> endpoints;

  EndpointMetrics(Supplier<List<EndpointStatsView>> endpoints) {
    this.endpoints = endpoints;
  }

  @Override
  public MetricSnapshots collect() {
    List<EndpointStatsView> views = endpoints.get();
    return new MetricSnapshots(
        gauge(
            views,
            "connections",
            "Connects under way and connections open now.",
            EndpointStatsView::active),
        counter(views, "connected", "Connections opened.", EndpointStatsView::connected),
        counter(
            views,
            "connect_failures",
            "Connects that failed, timeouts included.",
            EndpointStatsView::connectFailures),
        counter(
            views,
            "retries",
            "Connects begun because another endpoint could not be connected.",
            EndpointStatsView::retries),
        counter(
            views,
            "bytes_from_clients",
            "Bytes passed from clients.",
            EndpointStatsView::bytesFromClients),
        counter(
            views,
            "bytes_to_clients",
            "Bytes passed to clients.",
            EndpointStatsView::bytesToClients),
        connectTimes(views));
  }

  private static MetricSnapshot gauge(
      List<EndpointStatsView> views,
      String name,
      String help,
      ToLongFunction<EndpointStatsView> value) {
    var gauge = GaugeSnapshot.builder().name(PREFIX + name).help(help);
    for (EndpointStatsView view : views) {
      gauge.dataPoint(
          GaugeSnapshot.GaugeDataPointSnapshot.builder()
              .labels(labels(view))
              .value(value.applyAsLong(view))
              .build());
    }
    return gauge.build();
  }

  private static MetricSnapshot counter(
      List<EndpointStatsView> views,
      String name,
      String help,
      ToLongFunction<EndpointStatsView> value) {
    var counter = CounterSnapshot.builder().name(PREFIX + name).help(help);
    for (EndpointStatsView view : views) {
      counter.dataPoint(
          CounterSnapshot.CounterDataPointSnapshot.builder()
              .labels(labels(view))
              .value(value.applyAsLong(view))
              .build());
    }
    return counter.build();
  }

  private static MetricSnapshot connectTimes(List<EndpointStatsView> views) {
    var histogram =
        HistogramSnapshot.builder()
            .name(PREFIX + "connect_seconds")
            .unit(Unit.SECONDS)
            .help("Time that connects took.");
    List<Double> bounds = new ArrayList<>();
    EndpointStatsView.connectBoundsNanos().forEach(nanos -> bounds.add(seconds(nanos)));
    bounds.add(Double.POSITIVE_INFINITY);
    for (EndpointStatsView view : views) {
      histogram.dataPoint(
          HistogramSnapshot.HistogramDataPointSnapshot.builder()
              .labels(labels(view))
              .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, view.connectBuckets()))
              .sum(seconds(view.connectNanos()))
              .build());
    }
    return histogram.build();
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }

  private static Labels labels(EndpointStatsView view) {
    return Labels.of("service", view.service(), "pool", view.pool(), "endpoint", view.endpoint());
  }
}
