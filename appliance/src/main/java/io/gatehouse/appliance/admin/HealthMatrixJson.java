package io.gatehouse.appliance.admin;

import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.HealthMatrix;
import io.gatehouse.health.HealthSnapshot;
import java.util.Optional;

/**
 * {@code health_matrix} of {@code /status}: who sees which endpoint how, since when, and why. Each
 * element has {@code pool}, {@code endpoint}, this node's own {@code verdict} (absent where it does
 * not watch the pool), and {@code seen_by}: a list of {@code observer}, {@code verdict}, {@code
 * cause}, {@code since}, {@code fresh}.
 */
final class HealthMatrixJson {
  private HealthMatrixJson() {}

  static void write(JsonWriter json, HealthMatrix matrix, HealthSnapshot snapshot) {
    json.name("health_matrix").beginArray();
    for (var row : matrix.rows()) {
      json.beginObject().field("pool", row.pool()).field("endpoint", row.endpoint());
      verdict(snapshot, row).ifPresent(verdict -> json.field("verdict", verdict));
      json.name("seen_by").beginArray();
      for (var sight : row.sights()) {
        json.beginObject().field("observer", sight.observer());
        json.field("verdict", sight.verdict().name()).field("cause", sight.cause());
        json.field("since", sight.since().toString()).field("fresh", sight.fresh()).endObject();
      }
      json.endArray().endObject();
    }
    json.endArray();
  }

  private static Optional<String> verdict(HealthSnapshot snapshot, HealthMatrix.Row row) {
    return snapshot.pool(row.pool()).stream()
        .filter(health -> health.endpoint().name().equals(row.endpoint()))
        .map(EndpointHealth::verdict)
        .map(Enum::name)
        .findFirst();
  }
}
