package io.gatehouse.appliance.admin;

import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection;
import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.RequestRecorder;
import io.gatehouse.l7.ResponseFlag;
import io.gatehouse.l7.RouteConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Requests by route and status class, their duration, and the time that the upstream took of it.
 * All series are made at the start from the configured routes, so recording looks up and adds.
 * Thread-safe.
 */
public final class RequestMetrics implements RequestRecorder {
  private static final String NO_ROUTE = "none";
  private static final String[] CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

  private final Map<String, RouteMetrics> routes = new HashMap<>();
  private final RouteMetrics noRoute;
  private final Counter[] flags;
  private final Map<String, HandshakeMetrics> listeners = new HashMap<>();

  /** Makes the series of every route, and of every listener with TLS. */
  public RequestMetrics(Metrics metrics, L7Config config) {
    MeterRegistry registry = metrics.registry();
    for (RouteConfig route : config.routes()) {
      routes.put(route.name(), new RouteMetrics(registry, route.name()));
    }
    noRoute = new RouteMetrics(registry, NO_ROUTE);
    for (ListenerConfig listener : config.listeners()) {
      if (listener.tls() != null) {
        listeners.put(listener.name(), new HandshakeMetrics(registry, listener.name()));
      }
    }
    ResponseFlag[] all = ResponseFlag.values();
    flags = new Counter[all.length];
    for (ResponseFlag flag : all) {
      flags[flag.ordinal()] =
          Counter.builder("gatehouse_l7_response_flags_total")
              .description("Requests that carry a response flag, in Envoy's vocabulary")
              .tag("flag", flag.name())
              .register(registry);
    }
  }

  @Override
  public void record(RequestRecord request) {
    ofRoute(request.route()).record(request);
    for (int rest = request.flags(); rest != 0; rest &= rest - 1) {
      flags[Integer.numberOfTrailingZeros(rest)].increment();
    }
  }

  @Override
  public void handshake(String listener, boolean resumed, long tookNanos) {
    var metrics = listeners.get(listener);
    if (metrics != null) {
      (resumed ? metrics.resumed : metrics.full).record(tookNanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void rejected(RejectedConnection connection) {
    // Counted by the tier, by reason.
  }

  private RouteMetrics ofRoute(@Nullable String route) {
    return route == null ? noRoute : routes.getOrDefault(route, noRoute);
  }

  /** How long the TLS handshakes of a listener take, from accept on. */
  private static final class HandshakeMetrics {
    private final Timer full;
    private final Timer resumed;

    HandshakeMetrics(MeterRegistry registry, String listener) {
      full = timer(registry, listener, "full");
      resumed = timer(registry, listener, "resumed");
    }

    private static Timer timer(MeterRegistry registry, String listener, String kind) {
      return Timer.builder("gatehouse_l7_tls_handshake_duration")
          .description("From accept, or the PROXY header, to the end of a TLS handshake")
          .tag("listener", listener)
          .tag("kind", kind)
          .serviceLevelObjectives(
              Duration.ofMillis(1),
              Duration.ofMillis(5),
              Duration.ofMillis(20),
              Duration.ofMillis(50),
              Duration.ofMillis(100),
              Duration.ofMillis(250),
              Duration.ofSeconds(1),
              Duration.ofSeconds(5))
          .register(registry);
    }
  }

  private static final class RouteMetrics {
    private static final int GRPC_STATUSES = 17;

    private final MeterRegistry registry;
    private final String route;
    private final Counter[] byClass = new Counter[CLASSES.length];

    /**
     * Made when a status is first met: most routes have no calls. Registering twice is harmless.
     */
    private final AtomicReferenceArray<@Nullable Counter> byGrpcStatus =
        new AtomicReferenceArray<>(GRPC_STATUSES);

    private final Timer total;
    private final Timer upstream;

    RouteMetrics(MeterRegistry registry, String route) {
      this.registry = registry;
      this.route = route;
      for (int i = 0; i < CLASSES.length; i++) {
        byClass[i] =
            Counter.builder("gatehouse_l7_route_requests_total")
                .description("Requests ended, by route and class of status")
                .tag("route", route)
                .tag("code_class", CLASSES[i])
                .register(registry);
      }
      total =
          timer(
              registry,
              "gatehouse_l7_request_duration",
              "From the first byte of a request to the last of its response",
              route);
      upstream =
          timer(
              registry,
              "gatehouse_l7_upstream_duration",
              "From a request handed to the upstream to the head of its response",
              route);
    }

    private static Timer timer(MeterRegistry registry, String name, String help, String route) {
      return Timer.builder(name)
          .description(help)
          .tag("route", route)
          .serviceLevelObjectives(
              Duration.ofMillis(1),
              Duration.ofMillis(5),
              Duration.ofMillis(10),
              Duration.ofMillis(50),
              Duration.ofMillis(100),
              Duration.ofMillis(500),
              Duration.ofSeconds(1),
              Duration.ofSeconds(5),
              Duration.ofSeconds(30))
          .register(registry);
    }

    private Counter ofGrpcStatus(int status) {
      Counter known = byGrpcStatus.get(status);
      if (known == null) {
        known =
            Counter.builder("gatehouse_l7_route_grpc_calls_total")
                .description("gRPC calls ended, by route and the number of their status")
                .tag("route", route)
                .tag("grpc_status", String.valueOf(status))
                .register(registry);
        byGrpcStatus.set(status, known);
      }
      return known;
    }

    void record(RequestRecord request) {
      byClass[Math.clamp(request.status() / 100, 0, CLASSES.length - 1)].increment();
      total.record(request.totalNanos(), TimeUnit.NANOSECONDS);
      if (request.grpcStatus() != RequestRecord.NO_GRPC_STATUS) {
        ofGrpcStatus(request.grpcStatus()).increment();
      }
      if (request.upstreamHeadNanos() != RequestRecord.NOT_REACHED) {
        upstream.record(request.upstreamHeadNanos(), TimeUnit.NANOSECONDS);
      }
    }
  }
}
