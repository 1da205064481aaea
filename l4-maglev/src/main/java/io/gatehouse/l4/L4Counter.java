package io.gatehouse.l4;

import io.gatehouse.transport.Metric;

/** What the L4 tier counts, with the names that Prometheus sees. */
public enum L4Counter implements Metric {
  CONNECTIONS_ACCEPTED("gatehouse_l4_connections_accepted_total", "Client connections accepted."),
  CONNECTIONS_ACTIVE("gatehouse_l4_connections_active", "Client connections open now."),
  CONNECTIONS_JOINED(
      "gatehouse_l4_connections_joined_total",
      "Client connections that were joined to an endpoint."),
  CONNECTIONS_ADMITTED(
      "gatehouse_l4_connections_admitted_total", "Client connections that no limit turned away."),
  REFUSED_OVERLOADED(Names.REFUSED, Names.REFUSED_HELP, "overloaded"),
  REFUSED_OVER_NODE_CAP(Names.REFUSED, Names.REFUSED_HELP, "over_node_cap"),
  REFUSED_OVER_SERVICE_CAP(Names.REFUSED, Names.REFUSED_HELP, "over_service_cap"),
  REFUSED_OVER_SOURCE_RATE(Names.REFUSED, Names.REFUSED_HELP, "over_source_rate"),
  REFUSED_OVER_RATE(Names.REFUSED, Names.REFUSED_HELP, "over_rate"),
  REFUSED_ENDPOINTS_FULL(Names.REFUSED, Names.REFUSED_HELP, "endpoints_full"),
  REFUSED_SERVER_NAME(Names.REFUSED, Names.REFUSED_HELP, "server_name"),
  REFUSED_TABLE_FULL(Names.REFUSED, Names.REFUSED_HELP, "table_full"),
  HELLO_TIMEOUTS(
      "gatehouse_l4_client_hello_timeouts_total",
      "Connections that showed no whole ClientHello in time, where one was waited for."),
  HELLO_NOT_TLS(
      "gatehouse_l4_client_hello_not_tls_total",
      "Connections that began with something else than a ClientHello, where one was waited for."),
  CONNECTIONS_UNHEALTHY(
      "gatehouse_l4_connections_no_healthy_endpoint_total",
      "Client connections closed because no endpoint took new work."),
  CONNECTIONS_UNCONNECTED(
      "gatehouse_l4_connections_unconnected_total",
      "Client connections closed because no endpoint could be connected."),
  CONNECTIONS_ADOPTED(
      "gatehouse_l4_connections_adopted_total",
      "Established connections taken over from a predecessor of this process."),
  FLOWS_TAKEN_BY_KERNEL(
      "gatehouse_l4_connections_kernel_total",
      "Connections whose bytes the kernel began to forward by itself."),
  BYTES_BY_KERNEL(
      "gatehouse_l4_bytes_kernel_total", "Bytes that the kernel forwarded, both directions."),
  CREDIT_STALLS(
      "gatehouse_l4_credit_stalls_total",
      "Times the kernel's credit for a connection was used up before more was granted."),
  LIFETIME_TIMEOUTS(
      "gatehouse_l4_lifetime_timeouts_total", "Connections closed for being open too long."),
  CLOSED_WITH_ENDPOINT(
      "gatehouse_l4_closed_with_endpoint_total",
      "Connections closed because their endpoint was removed or went down."),
  ACCEPT_FAILURES(
      "gatehouse_l4_accept_failures_total", "Failed accepts, most often for want of descriptors."),
  CONNECT_ATTEMPTS("gatehouse_l4_connect_attempts_total", "Connects to endpoints begun."),
  CONNECT_FAILURES(
      "gatehouse_l4_connect_failures_total",
      "Connects to endpoints that failed, timeouts included."),
  CONNECT_TIMEOUTS(
      "gatehouse_l4_connect_timeouts_total", "Connects to endpoints that got no answer in time."),
  CONNECTS_GIVEN_UP(
      "gatehouse_l4_connects_given_up_total",
      "Connects given up because their endpoint was removed or went down meanwhile."),
  SOURCE_PORTS_EXHAUSTED(
      "gatehouse_l4_source_ports_exhausted_total",
      "Connects for which the kernel had no source port."),
  SOURCE_ADDRESS_MISSING(
      "gatehouse_l4_source_address_missing_total",
      "Connects from a source address that no interface of the host has any more."),
  PROBED_PAST_OWNER(
      "gatehouse_l4_probed_past_owner_total",
      "Connections whose endpoint by the Maglev table did not take them."),
  PASSED_FULL_ENDPOINT(
      "gatehouse_l4_passed_full_endpoint_total",
      "Times an endpoint was passed over because it had as many connections as it may."),
  PASSED_SLOW_START(
      "gatehouse_l4_passed_slow_start_total",
      "Times an endpoint was passed over because it had just come back."),
  BYTES_FROM_CLIENTS("gatehouse_l4_bytes_from_clients_total", "Bytes passed from clients."),
  BYTES_TO_CLIENTS("gatehouse_l4_bytes_to_clients_total", "Bytes passed to clients."),
  BACKPRESSURE_PAUSES(
      "gatehouse_l4_backpressure_pauses_total",
      "Times a sender was not read because its peer did not keep up."),
  CLIENT_RESETS("gatehouse_l4_client_resets_total", "Connections the client reset or lost."),
  ENDPOINT_RESETS("gatehouse_l4_endpoint_resets_total", "Connections the endpoint reset or lost."),
  IDLE_TIMEOUTS("gatehouse_l4_idle_timeouts_total", "Connections closed for idling."),
  DRAIN_TIMEOUTS(
      "gatehouse_l4_drain_timeouts_total", "Connections closed because they outlived the drain.");

  private final String metric;
  private final String help;
  private final String reason;

  L4Counter(String metric, String help) {
    this(metric, help, "");
  }

  L4Counter(String metric, String help, String reason) {
    this.metric = metric;
    this.help = help;
    this.reason = reason;
  }

  @Override
  public String metric() {
    return metric;
  }

  @Override
  public String help() {
    return help;
  }

  @Override
  public String reason() {
    return reason;
  }

  /** What several counters share: one metric, told apart by its reason. */
  private static final class Names {
    static final String REFUSED = "gatehouse_l4_connections_refused_total";
    static final String REFUSED_HELP =
        "Client connections closed at once because of a limit, by reason.";
  }
}
