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
  PROBES_INCONCLUSIVE(
      "probes_inconclusive_total", "Probes that could not be made for want of a local resource"),
  PROBES_DEFERRED("probes_deferred_total", "Probes that waited: as many as may run at once did"),
  HINTS_FROM_DATA_PATH("data_path_hints_total", "Failures reported by the data path"),
  HINTS_FROM_RING("ring_hints_total", "Endpoints probed at once because the ring doubted them"),
  RING_VIEWS_DOUBTED(
      "ring_views_doubted_total", "Ring views not believed: every other member looked dead"),
  NAME_LOOKUPS("name_lookups_total", "Lookups of backends' names"),
  NAME_LOOKUPS_FAILED(
      "name_lookups_failed_total", "Lookups that found no address; the last ones stand"),
  NAME_CHANGES("name_changes_total", "Lookups that found other addresses than before"),
  BECAME_UP(Names.VERDICTS, Names.VERDICTS_HELP, "up"),
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
      case DRAINING -> BECAME_DRAINING;
      case DOWN -> BECAME_DOWN;
      case UNKNOWN -> BECAME_UNKNOWN;
    };
  }

  private static final class Names {
    static final String FAILED = "probes_failed_total";
    static final String FAILED_HELP = "Probes that failed";
    static final String VERDICTS = "verdict_changes_total";
    static final String VERDICTS_HELP = "Changes of an endpoint's verdict, by the new verdict";

    private Names() {}
  }
}
