package io.gatehouse.transport;

/** A number that a part of the program counts: a constant of an enum, and one Prometheus series. */
public interface Metric {

  /** Prometheus metric name; one that ends in {@code _total} is a counter, others are gauges. */
  String metric();

  /** Help text of the metric. */
  String help();

  /** Value of the label {@code reason}; empty where the metric has no label. */
  default String reason() {
    return "";
  }
}
