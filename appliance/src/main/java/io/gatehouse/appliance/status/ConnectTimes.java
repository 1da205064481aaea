package io.gatehouse.appliance.status;

import io.gatehouse.appliance.json.Json;
import java.util.List;

/**
 * Quantiles of connect times, estimated as Prometheus' {@code histogram_quantile} does: within a
 * bucket, times are taken to be spread evenly.
 *
 * @param buckets rising, each with {@code count} and, except for the last, {@code to_seconds}
 */
record ConnectTimes(List<Json> buckets) {
  private static final String BOUND = "to_seconds";
  private static final String COUNT = "count";

  /**
   * The time that a share of the connects did not exceed.
   *
   * @param share 0 to 1
   * @return with its unit; {@code -} if there was no connect
   */
  String quantile(double share) {
    double all = buckets.stream().mapToDouble(bucket -> bucket.number(COUNT)).sum();
    double wanted = share * all;
    double fromSeconds = 0;
    double before = 0;
    for (Json bucket : buckets) {
      double here = bucket.number(COUNT);
      if (here > 0 && before + here >= wanted) {
        return within(bucket, fromSeconds, (wanted - before) / here);
      }
      before += here;
      fromSeconds = bucket.number(BOUND);
    }
    return "-";
  }

  private static String within(Json bucket, double fromSeconds, double part) {
    return bucket.has(BOUND)
        ? Quantities.seconds(fromSeconds + (bucket.number(BOUND) - fromSeconds) * part)
        : ">" + Quantities.seconds(fromSeconds);
  }
}
