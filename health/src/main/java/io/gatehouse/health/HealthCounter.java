package io.gatehouse.health;

import io.gatehouse.transport.Metric;

/**
 * What health checking counts. Each constant is one time series: a metric name, and for probes that
 * failed, the label {@code reason}.
 */
public enum HealthCounter implements Metric {
  PROBES_STARTED("probes_started_total", "Probes begun"),
  PROBES_PASSED("probes_passed_total", "Probes that got a healthy answer"),
  FAILED_REFUSED(Names.FAILED, Names.FAILED_HELP, "connection_refused"),
  FAILED_CONNECT_TIMEOUT(Names.FAILED, Names.FAILED_HELP, "connect_timeout"),
  FAILED_UNREACHABLE(Names.FAILED, Names.FAILED_HELP, "unreachable"),
  FAILED_ANSWER_TIMEOUT(Names.FAILED, Names.FAILED_HELP, "answer_timeout"),
  FAILED_CLOSED(Names.FAILED, Names.FAILED_HELP, "closed_early"),
  FAILED_BAD_ANSWER(Names.FAILED, Names.FAILED_HELP, "bad_answer"),
  FAILED_STATUS(Names.FAILED, Names.FAILED_HELP, "unhealthy_status"),
  FAILED_TLS(Names.FAILED, Names.FAILED_HELP, "tls"),
  FAILED_BODY(Names.FAILED, Names.FAILED_HELP, "unhealthy_body"),
  FAILED_SLOW(Names.FAILED, Names.FAILED_HELP, "too_slow"),
  FAILED_NOT_SERVING(Names.FAILED, Names.FAILED_HELP, "not_serving"),
  PROBES_INCONCLUSIVE(
      "probes_inconclusive_total", "Probes that could not be made for want of a local resource"),
  PROBES_DEFERRED("probes_deferred_total", "Probes that waited: as many as may run at once did"),
  HINTS_FROM_DATA_PATH("data_path_hints_total", "Failures reported by the data path"),
  HINTS_FROM_RING("ring_hints_total", "Endpoints probed at once because the ring doubted them"),
  HINTS_FROM_PEERS(
      "peer_hints_total", "Endpoints probed at once because another node sees them otherwise"),
  HINTS_SENT("hints_sent_total", "Failures of the data path that the other nodes were told of"),
  HINTS_NOT_SENT(
      "hints_not_sent_total", "Failures of the data path that came too often to be told of"),
  EVIDENCE_EVENTS_SENT("evidence_events_sent_total", "User events of evidence that were gossiped"),
  EVIDENCE_TAKEN("evidence_taken_total", "Records of evidence that were news"),
  EVIDENCE_DROPPED_STALE(Names.DROPPED, Names.DROPPED_HELP, "stale"),
  EVIDENCE_DROPPED_MALFORMED(Names.DROPPED, Names.DROPPED_HELP, "malformed"),
  EVIDENCE_DROPPED_NO_ROOM(Names.DROPPED, Names.DROPPED_HELP, "table_full"),
  EVIDENCE_DROPPED_QUEUE(Names.DROPPED, Names.DROPPED_HELP, "queue_full"),
  PROBES_TAKEN_OVER(
      "probes_taken_over_total", "Endpoints with shared probes that this node began to probe"),
  PROBES_HANDED_OVER(
      "probes_handed_over_total", "Endpoints with shared probes that this node left to others"),
  POOLS_PANICKING(
      "pools_panicking", "Pools of which so few endpoints look healthy that the views are doubted"),
  PANICS("panics_total", "Times that the views of a pool began to be doubted"),
  RING_VIEWS_DOUBTED(
      "ring_views_doubted_total", "Ring views not believed: every other member looked dead"),
  NAME_LOOKUPS("name_lookups_total", "Lookups of backends' names"),
  NAME_LOOKUPS_FAILED(
      "name_lookups_failed_total", "Lookups that found no address; the last ones stand"),
  NAME_CHANGES("name_changes_total", "Lookups that found other addresses than before"),
  BECAME_UP(Names.VERDICTS, Names.VERDICTS_HELP, "up"),
  BECAME_DEGRADED(Names.VERDICTS, Names.VERDICTS_HELP, "degraded"),
  BECAME_DRAINING(Names.VERDICTS, Names.VERDICTS_HELP, "draining"),
  BECAME_DOWN(Names.VERDICTS, Names.VERDICTS_HELP, "down"),
  BECAME_UNKNOWN(Names.VERDICTS, Names.VERDICTS_HELP, "unknown");

  private static final String PREFIX = "gatehouse_health_";
  private final String metric;
  private final String help;
  private final String reason;

  HealthCounter(String metric, String help) {
    this(metric, help, "");
  }

  HealthCounter(String metric, String help, String reason) {
    this.metric = PREFIX + metric;
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

  static HealthCounter became(Verdict verdict) {
    return switch (verdict) {
      case UP -> BECAME_UP;
      case DEGRADED -> BECAME_DEGRADED;
      case DRAINING -> BECAME_DRAINING;
      case DOWN -> BECAME_DOWN;
      case UNKNOWN -> BECAME_UNKNOWN;
    };
  }

  private static final class Names {
    static final String FAILED = "probes_failed_total";
    static final String FAILED_HELP = "Probes that failed";
    static final String DROPPED = "evidence_dropped_total";
    static final String DROPPED_HELP = "Records of evidence that were not taken";
    static final String VERDICTS = "verdict_changes_total";
    static final String VERDICTS_HELP = "Changes of an endpoint's verdict, by the new verdict";

    private Names() {}
  }
}
