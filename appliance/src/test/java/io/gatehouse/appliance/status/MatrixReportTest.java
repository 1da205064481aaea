package io.gatehouse.appliance.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.json.Json;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MatrixReportTest {
  private static String sight(String observer, String verdict, String cause, int second) {
    return """
    {"observer":"%s","verdict":"%s","cause":"%s","since":"2026-01-01T00:00:%02dZ","fresh":true}
    """
        .formatted(observer, verdict, cause, second);
  }

  private static String row(String endpoint, String... sights) {
    return "{\"pool\":\"l7/https\",\"endpoint\":\"%s\",\"verdict\":\"UP\",\"seen_by\":[%s]}"
        .formatted(endpoint, String.join(",", sights));
  }

  private static List<String> lines(String... rows) {
    String json =
        "{\"time\":\"2026-01-01T00:01:00Z\",\"health_matrix\":[%s]}"
            .formatted(String.join(",", rows));
    return new MatrixReport(Json.parse(json)).text().lines().toList();
  }

  @Test
  void showsWhoDisagreesSinceWhenAndWhyAndTheRestInOneLine() {
    assertThat(
            lines(
                row(
                    "l7-a",
                    sight("l4-a", "UP", "connected", 0),
                    sight("l4-b", "UP", "connected", 9)),
                row(
                    "l7-b",
                    sight("l4-a", "UP", "connected", 0),
                    sight("l4-b", "DOWN", "connection refused", 48))))
        .containsExactly(
            "",
            "health matrix, by each node's own probes",
            "  pool      endpoint  here  seen  by                for  because",
            "  l7/https  l7-b      UP    UP    l4-a        1 min 0 s  connected",
            "                            DOWN  l4-b             12 s  connection refused",
            "  l7/https  l7-a      UP    UP    l4-a, l4-b  1 min 0 s  connected");
  }

  @Test
  void listsAsManyEndpointsAndNamesAsFit() {
    String[] sights =
        IntStream.range(0, 40)
            .mapToObj(i -> sight("node-" + i, "UP", "connected", 0))
            .toArray(String[]::new);
    String[] rows =
        IntStream.range(0, 100).mapToObj(i -> row("b-" + i, sights)).toArray(String[]::new);
    List<String> lines = lines(rows);
    assertThat(lines.getLast()).isEqualTo("  and 84 more endpoints; --json has them all");
    assertThat(lines).hasSize(3 + 16 + 1);
    assertThat(lines.stream().collect(Collectors.joining())).contains("node-4 and 35 more");
  }

  @Test
  void saysNothingWhereNothingIsWatched() {
    assertThat(lines()).isEmpty();
  }
}
