package io.gatehouse.appliance.admin;

import io.gatehouse.appliance.log.LineLog;
import io.gatehouse.l4.EndpointStatsView;
import io.gatehouse.l7.L7Status;
import io.gatehouse.membership.Ring;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Metric;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Every metric of the node, in Prometheus' text format. Counters of the data path stay where they
 * are, one shard per loop, and are read when the page is asked for. Labels take their values from
 * the configuration or from an enum, never from a request, so the number of series is bounded.
 * Thread-safe.
 */
public final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();

  /** Starts with what the JVM and the process offer. */
  public Metrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    gc.bindTo(registry);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  /** Shows what a part of the program counts. */
  public <C extends Enum<C> & Metric> void bind(LoopCounters<C> counters) {
    bind(counters, Tags.empty());
  }

  /** Shows what a part of the program counts, under these tags. */
  public <C extends Enum<C> & Metric> void bind(LoopCounters<C> counters, Tags tags) {
    for (C counter : counters.counters()) {
      String reason = counter.reason();
      bind(
          counter.metric(),
          counter.help(),
          reason.isEmpty() ? tags : tags.and("reason", reason),
          counters,
          source -> source.sum(counter));
    }
  }

  /** Shows a word that stays the same while the process lives, as a label of a metric that is 1. */
  public void bindInfo(String metric, String help, String label, String word) {
    var info = InfoSnapshot.builder().name(metric).help(help);
    info.dataPoint(InfoDataPointSnapshot.builder().labels(Labels.of(label, word)).build());
    MetricSnapshot snapshot = info.build();
    registry.getPrometheusRegistry().register((Collector) () -> snapshot);
  }

  /** Shows what the L4 tier sees of each endpoint. */
  public void bindEndpoints(Supplier<List<EndpointStatsView>> endpoints) {
    registry.getPrometheusRegistry().register(new EndpointMetrics(endpoints));
  }

  /** Shows what the L7 tier tells of its requests. */
  public void bind(RequestMetrics requests) {
    registry.getPrometheusRegistry().register(requests);
  }

  /** Shows when the certificates in use expire. */
  public void bindCertificates(Supplier<List<L7Status.Certificate>> certificates) {
    registry.getPrometheusRegistry().register(new CertificateMetrics(certificates));
  }

  /** Shows whether other nodes run with another configuration. */
  public void bindDrift(String configurationHash, Ring ring) {
    var drift = new Drift(configurationHash);
    bind(
        "gatehouse_ring_members_configuration_differs",
        "Members that run with another configuration than this node.",
        Tags.empty(),
        ring,
        drift::count);
  }

  /** Shows the access log's losses. */
  public void bind(LineLog log) {
    bind(
        "gatehouse_access_log_dropped_lines_total",
        "Lines of the access log that were lost because its writer could not keep up",
        Tags.empty(),
        log,
        LineLog::dropped);
  }

  /** Shows one number; the source is held. */
  public <T> void bind(String metric, String help, Tags tags, T source, ToDoubleFunction<T> value) {
    if (metric.endsWith("_total")) {
      FunctionCounter.builder(metric, source, value)
          .description(help)
          .tags(tags)
          .register(registry);
    } else {
      Gauge.builder(metric, source, value)
          .description(help)
          .tags(tags)
          .strongReference(true)
          .register(registry);
    }
  }

  /** The page that Prometheus scrapes. */
  public AdminServer.Page page() {
    return new AdminServer.Page(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        registry.scrape().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
