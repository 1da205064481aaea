package io.gatehouse.health;

import java.time.Instant;
import java.util.List;

/**
 * Who sees which endpoint how, as far as this node has heard. Immutable.
 *
 * @param rows by pool, then by endpoint; pools that only other nodes watch are among them
 */
public record HealthMatrix(List<Row> rows) {
  public HealthMatrix {
    rows = List.copyOf(rows);
  }

  /**
   * One endpoint.
   *
   * @param sights by observer
   */
  public record Row(String pool, String endpoint, List<Sight> sights) {
    public Row {
      sights = List.copyOf(sights);
    }
  }

  /**
   * One observer's view of it.
   *
   * @param observer name of a node, this one included
   * @param verdict by its own probes alone
   * @param since when it became that, by the observer's clock
   * @param fresh whether it counts: the observer is alive in the ring, and probes the endpoint
   */
  public record Sight(
      String observer, Verdict verdict, String cause, Instant since, boolean fresh) {}
}
