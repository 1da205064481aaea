package io.gatehouse.appliance.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.json.Json;
import org.junit.jupiter.api.Test;

class ConnectTimesTest {
  private static ConnectTimes times(long first, long second, long beyond) {
    String json =
        """
        {"buckets":[{"to_seconds":0.001,"count":%d},{"to_seconds":0.003,"count":%d},{"count":%d}]}
        """
            .formatted(first, second, beyond);
    return new ConnectTimes(Json.parse(json).list("buckets"));
  }

  @Test
  void spreadsTimesEvenlyWithinABucket() {
    assertThat(times(10, 10, 0).quantile(0.25)).isEqualTo("0.50 ms");
    assertThat(times(10, 10, 0).quantile(0.5)).isEqualTo("1.00 ms");
    assertThat(times(10, 10, 0).quantile(0.75)).isEqualTo("2.00 ms");
  }

  @Test
  void passesOverEmptyBuckets() {
    assertThat(times(0, 4, 0).quantile(0.5)).isEqualTo("2.00 ms");
  }

  @Test
  void saysOnlyThatATimeWasLongerThanTheLastBound() {
    assertThat(times(1, 0, 9).quantile(0.99)).isEqualTo(">3.00 ms");
  }

  @Test
  void saysNothingOfNoConnects() {
    assertThat(times(0, 0, 0).quantile(0.5)).isEqualTo("-");
    assertThat(new ConnectTimes(java.util.List.of()).quantile(0.5)).isEqualTo("-");
  }
}
