package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.gatehouse.appliance.config.CheckPolicy.TlsChoice;
import io.gatehouse.appliance.config.CheckPolicy.VersionChoice;
import io.gatehouse.health.HealthCheck;
import io.gatehouse.health.PanicPolicy;
import io.gatehouse.health.PoolHealth;
import io.gatehouse.health.Probe;
import io.gatehouse.health.ProbeTls;
import io.gatehouse.health.Quorum;
import io.gatehouse.health.Verdict;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code healthCheck}: how endpoints are probed, and what is made of it. The same keys for both
 * tiers, with defaults of their own.
 */
final class HealthCheckSection {
  private static final int MAX_IN_A_ROW = 100;
  private static final int MAX_NODES = 100;
  private static final int MAX_ERROR_RUN = 1_000_000;

  /** Backends of a pool. */
  static final HealthCheck FOR_BACKENDS = HealthCheck.DEFAULT;

  /**
   * L7 nodes behind a service: a dead node gets no new connection after at most {@link
   * HealthCheck#worstCaseNanos}, 0.9 s.
   */
  static final HealthCheck FOR_L7_NODES =
      new HealthCheck(
          new Probe.Tcp(), MILLISECONDS.toNanos(400), 0.1, MILLISECONDS.toNanos(200), 2, 2, true);

  private static final Key<Optional<ProbeTls>> TLS =
      Key.optional(
          "tls",
          new OffType<>(ProbeSections.TLS),
          "as the pool's for HTTP and gRPC; none for a TCP probe",
          "TLS of the probe: without `http` and `grpc` the handshake is the answer. `off` probes in"
              + " the clear.");

  private static final Key<Verdict> START =
      Key.of(
          "start",
          new ScalarType<>(
              "one of up, down, unknown",
              "up",
              HealthCheckSection::start,
              json -> json.field("enum", java.util.List.of("up", "down", "unknown")),
              Scalars::dashed),
          Verdict.UNKNOWN,
          "What an endpoint is taken for at the start. `unknown` uses it, and the first probe"
              + " decides; `up` and `down` stand until `fall` or `rise` probes speak against"
              + " them.");

  private static final Key<Long> FAST_INTERVAL =
      Key.optional(
          "fastInterval",
          Scalars.duration("20ms", "1h"),
          "`interval` divided by the greater of `rise` and `fall`",
          "Time between two probes while a verdict is open or about to turn; never more than"
              + " `interval`.");

  private static final Key<Integer> SHARED_PROBES =
      Key.of(
          "sharedProbes",
          Scalars.whole(0, MAX_NODES),
          0,
          "How many nodes probe each endpoint, chosen by its hash among those that live; the others"
              + " go by what these say in the ring. 0: every node probes, which is surest where"
              + " nodes and endpoints are few.");

  private static final Key<Optional<Integer>> QUORUM =
      Key.optional(
          "quorum",
          new OffType<>(Scalars.whole(1, MAX_NODES)),
          "more than half of the observers, and at least 2",
          "How many nodes must see an endpoint down before a node believes it that sees it up;"
              + " `off` goes by its own probes alone. Lower follows others sooner, higher trusts"
              + " what the node sees itself.");

  private static final Key<Double> PANIC_THRESHOLD =
      Key.of(
          "panicThreshold",
          Scalars.percent(0, 100),
          PanicPolicy.DEFAULT.threshold(),
          "When fewer endpoints than this look healthy, the views are doubted, and `onPanic` says"
              + " what follows. 0% never doubts. Endpoints that announced a drain or left never"
              + " count.");

  private static final Key<PanicPolicy.Action> ON_PANIC =
      Key.of(
          "onPanic",
          Scalars.choice(PanicPolicy.Action.class, Scalars::dashed),
          PanicPolicy.DEFAULT.action(),
          "`use-all` sends work to every endpoint; `fail` to none, so that whoever sends the"
              + " traffic can send it elsewhere.");

  private static final Key<Integer> SERVER_ERRORS =
      Key.of(
          "serverErrors",
          Scalars.whole(0, MAX_ERROR_RUN),
          PoolHealth.DEFAULT_SERVER_ERROR_RUN,
          "Answers of 5xx in a row after which an endpoint is probed at once, here and by the other"
              + " nodes; 0: never.");

  private HealthCheckSection() {}

  /** The key {@code healthCheck}. */
  static Key<Optional<CheckPolicy>> key(String endpoints, HealthCheck defaults) {
    return Key.optional(
        "healthCheck",
        new OffType<>(type(defaults)),
        "a TCP probe with the defaults below",
        "How %s are probed; `off` takes them as they are.".formatted(endpoints));
  }

  /** What holds where the file says nothing. */
  static CheckPolicy unsaid(HealthCheck defaults) {
    return CheckPolicy.of(defaults, PoolHealth.DEFAULT_SERVER_ERROR_RUN);
  }

  private static ObjectType<CheckPolicy> type(HealthCheck defaults) {
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
                + " up to `interval` and `fall` × (`fastInterval` or `timeout`) to notice.");
    return ObjectType.of(
        "a health check",
        fields -> {
          Probe probe = probe(fields, defaults.probe());
          if (probe == null) {
            return null;
          }
          Long fast = fields.find(FAST_INTERVAL);
          long every = fields.get(interval);
          int rises = fields.get(rise);
          int falls = fields.get(fall);
          return policy(
              fields,
              new HealthCheck(
                  probe,
                  every,
                  fast == null
                      ? HealthCheck.fastInterval(every, rises, falls)
                      : Math.min(fast, every),
                  fields.get(jitter),
                  fields.get(timeout),
                  rises,
                  falls,
                  defaults.proxyProtocol(),
                  fields.get(START)));
        },
        ProbeSections.HTTP,
        ProbeSections.GRPC,
        TLS,
        interval,
        FAST_INTERVAL,
        jitter,
        timeout,
        rise,
        fall,
        START,
        SHARED_PROBES,
        QUORUM,
        PANIC_THRESHOLD,
        ON_PANIC,
        SERVER_ERRORS);
  }

  private static CheckPolicy policy(Fields fields, HealthCheck check) {
    Optional<Integer> quorum = fields.find(QUORUM);
    Optional<ProbeTls> tls = fields.find(TLS);
    Probe.Http http = fields.find(ProbeSections.HTTP);
    return new CheckPolicy(
        check,
        fields.get(SHARED_PROBES),
        quorum == null
            ? new Quorum.Majority()
            : quorum.<Quorum>map(Quorum.AtLeast::new).orElseGet(Quorum.Nobody::new),
        new PanicPolicy(fields.get(PANIC_THRESHOLD), fields.get(ON_PANIC)),
        fields.get(SERVER_ERRORS),
        tls == null ? TlsChoice.AS_THE_POOL : tls.isEmpty() ? TlsChoice.OFF : TlsChoice.OWN,
        http != null && http.version() == Probe.Version.HTTP_2
            ? VersionChoice.OWN
            : VersionChoice.AS_THE_POOL);
  }

  private static @Nullable Probe probe(Fields fields, Probe fallback) {
    Probe.Http http = fields.find(ProbeSections.HTTP);
    Probe.Grpc grpc = fields.find(ProbeSections.GRPC);
    if (fields.has(ProbeSections.HTTP) && fields.has(ProbeSections.GRPC)) {
      fields.error(
          fields.at(ProbeSections.GRPC),
          "conflicting-keys",
          "a health check takes 'http' or 'grpc', not both",
          "leave out the one or the other");
      return null;
    }
    Optional<ProbeTls> found = fields.find(TLS);
    @Nullable ProbeTls tls = found == null ? null : found.orElse(null);
    if (http != null) {
      return ProbeSections.with(http, tls, http.version());
    }
    if (grpc != null) {
      return new Probe.Grpc(grpc.service(), grpc.authority(), tls);
    }
    return tls == null ? fallback : new Probe.Tls(tls);
  }

  private static Verdict start(String text) throws ScalarType.WrongWordException {
    return switch (text) {
      case "up" -> Verdict.UP;
      case "down" -> Verdict.DOWN;
      case "unknown" -> Verdict.UNKNOWN;
      default -> throw new ScalarType.WrongWordException(null);
    };
  }
}
