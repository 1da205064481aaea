package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.gatehouse.appliance.config.Scalars.StatusRange;
import io.gatehouse.health.HealthCheck;
import io.gatehouse.health.HealthCheck.Probe;
import java.util.Optional;

/**
 * {@code healthCheck}: how endpoints are probed. The same keys for both tiers, with defaults of
 * their own.
 */
final class HealthCheckSection {
  private static final int MAX_IN_A_ROW = 100;

  /** Backends of a pool. */
  static final HealthCheck FOR_BACKENDS = HealthCheck.DEFAULT;

  /**
   * L7 nodes behind a service: a dead node gets no new connection after at most 1.3 s. In the worst
   * case it dies just after a probe; then pass a wait of 400 ms + 10 %, and either a refusal and
   * another such wait, or two timeouts of 200 ms each with a wait between them.
   */
  static final HealthCheck FOR_L7_NODES =
      new HealthCheck(
          new Probe.Tcp(), MILLISECONDS.toNanos(400), 0.1, MILLISECONDS.toNanos(200), 2, 2, true);

  private static final Key<String> PATH =
      Key.required("path", Scalars.PROBE_PATH, "What is asked for.");

  private static final Key<String> METHOD = Key.of("method", Scalars.METHOD, "GET", "Its method.");

  private static final Key<String> HOST =
      Key.optional(
          "host",
          Scalars.HOST_HEADER,
          "the endpoint's address",
          "Host header, where the backend serves several sites.");

  private static final Key<StatusRange> STATUS =
      Key.of(
          "status",
          Scalars.STATUS_RANGE,
          new StatusRange(200, 399),
          "Statuses that count as healthy.");

  private static final ObjectType<Probe> HTTP_TYPE =
      ObjectType.<Probe>of("an HTTP probe", HealthCheckSection::http, PATH, METHOD, HOST, STATUS)
          .or(PATH);

  private static final Key<Probe> HTTP =
      Key.optional(
          "http",
          HTTP_TYPE,
          "TCP: the handshake is the answer",
          "An HTTP/1.1 request to each endpoint; a path alone asks with GET.");

  private HealthCheckSection() {}

  /** The key {@code healthCheck}. */
  static Key<Optional<HealthCheck>> key(String endpoints, HealthCheck defaults) {
    return Key.optional(
        "healthCheck",
        new OffType<>(type(defaults)),
        "a TCP probe with the defaults below",
        "How %s are probed; `off` takes them as they are.".formatted(endpoints));
  }

  private static ObjectType<HealthCheck> type(HealthCheck defaults) {
    Key<Long> interval =
        Key.of(
            "interval",
            Scalars.duration("50ms", "1h"),
            defaults.intervalNanos(),
            "Time between two probes of one endpoint. Lower notices sooner and costs probes.");
    Key<Double> jitter =
        Key.of(
            "jitter",
            Scalars.percent(0, 50),
            defaults.jitter(),
            "Share by which each wait is randomly lengthened or shortened, so that nodes do not"
                + " probe in step.");
    Key<Long> timeout =
        Key.of(
            "timeout",
            Scalars.duration("10ms", "1m"),
            defaults.timeoutNanos(),
            "A probe without an answer for so long has failed. Lower notices hangs sooner, and"
                + " takes slow for dead.");
    Key<Integer> rise =
        Key.of(
            "rise",
            Scalars.whole(1, MAX_IN_A_ROW),
            defaults.rise(),
            "Successes in a row that bring an endpoint back. Higher is warier of flapping.");
    Key<Integer> fall =
        Key.of(
            "fall",
            Scalars.whole(1, MAX_IN_A_ROW),
            defaults.fall(),
            "Failures in a row that take an endpoint out. Higher forgives single losses; it takes"
                + " up to `fall` × (`interval` + `timeout`) to notice.");
    return ObjectType.of(
        "a health check",
        fields -> {
          Probe probe = fields.find(HTTP);
          return new HealthCheck(
              probe == null ? defaults.probe() : probe,
              fields.get(interval),
              fields.get(jitter),
              fields.get(timeout),
              fields.get(rise),
              fields.get(fall),
              defaults.proxyProtocol());
        },
        HTTP,
        interval,
        jitter,
        timeout,
        rise,
        fall);
  }

  private static Probe http(Fields fields) {
    String host = fields.find(HOST);
    StatusRange status = fields.get(STATUS);
    return new Probe.Http(
        fields.get(METHOD), fields.get(PATH), host == null ? "" : host, status.min(), status.max());
  }
}
