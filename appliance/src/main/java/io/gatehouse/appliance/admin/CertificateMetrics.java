package io.gatehouse.appliance.admin;

import io.gatehouse.l7.L7Status.Certificate;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.function.Supplier;

/** When the certificates in use expire. Read when the page is asked for. Any thread. */
final class CertificateMetrics implements Collector {
  private final Supplier<List<Certificate>> certificates;

  CertificateMetrics(Supplier<List<Certificate>> certificates) {
    this.certificates = certificates;
  }

  @Override
  public MetricSnapshot collect() {
    var gauge =
        GaugeSnapshot.builder()
            .name("gatehouse_l7_certificate_expiry_timestamp_seconds")
            .help("When a certificate in use expires, in seconds since the epoch.");
    for (Certificate certificate : certificates.get()) {
      gauge.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(
                  Labels.of("certificate", certificate.name(), "listener", certificate.listener()))
              .value(certificate.notAfter().getEpochSecond())
              .build());
    }
    return gauge.build();
  }
}
