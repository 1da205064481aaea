package io.gatehouse.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopCountersTest {
  private enum Event implements Metric {
    OPENED,
    CLOSED;

    @Override
    public String metric() {
      return "test_total";
    }

    @Override
    public String help() {
      return "";
    }
  }

  @Test
  void sumsTheShardsOfAllLoops() {
    var counters = new LoopCounters<>(Event.class, 3);
    counters.shard(0).increment(Event.OPENED);
    counters.shard(2).add(Event.OPENED, 5);
    counters.shard(1).add(Event.CLOSED, -2);
    assertThat(counters.sum(Event.OPENED)).isEqualTo(6);
    assertThat(counters.sum(Event.CLOSED)).isEqualTo(-2);
  }
}
