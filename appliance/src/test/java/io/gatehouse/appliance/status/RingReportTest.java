package io.gatehouse.appliance.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.json.Json;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RingReportTest {
  private static String member(String name, String state, String more) {
    return """
    {"name":"%s","state":"%s","address":"192.0.2.1:7946","incarnation":3,%s"tags":{"role":"l7",\
    "version":"1.2","config":"0123456789abcdef"}}
    """
        .formatted(name, state, more);
  }

  private static List<String> lines(String ring, String... members) {
    String json = "{\"ring\":{%s},\"members\":[%s]}".formatted(ring, String.join(",", members));
    return new RingReport(Json.parse(json)).text().lines().toList();
  }

  @Test
  void showsWhoIsThereWithVersionConfigurationAndRoundTrip() {
    assertThat(
            lines(
                "",
                member("l7-a", "ALIVE", "\"self\":true,"),
                member("l7-b", "ALIVE", "\"round_trip_ms\":0.4567,")))
        .containsExactly(
            "",
            "ring  2 of 2 members alive",
            "  member       role  state  version  configuration  incarnation  gossip          round"
                + " trip",
            "  l7-a (this)  l7    ALIVE  1.2      01234567                 3  192.0.2.1:7946       "
                + "    -",
            "  l7-b         l7    ALIVE  1.2      01234567                 3  192.0.2.1:7946    "
                + " 0.46 ms");
  }

  @Test
  void putsFirstWhatWantsAttentionAndFlagsAnotherConfiguration() {
    List<String> lines =
        lines(
            "\"local_health\":2,\"encryption\":\"encrypted, 1 key\"",
            member("a", "ALIVE", ""),
            member("b", "DEAD", ""),
            member("c", "ALIVE", "\"configuration_differs\":true,"),
            member("d", "ALIVE", "\"draining\":true,"));
    assertThat(lines.get(1))
        .isEqualTo(
            "ring  3 of 4 members alive; encrypted, 1 key; this node is slow itself: health score"
                + " 2, 0 is well");
    assertThat(lines.get(2)).isEqualTo("  another configuration than this node's: c");
    assertThat(lines.subList(4, 8))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("  b ").contains("DEAD"),
            line -> assertThat(line).startsWith("  c ").contains("01234567 differs"),
            line -> assertThat(line).startsWith("  d ").contains("ALIVE, drains"),
            line -> assertThat(line).startsWith("  a "));
  }

  @Test
  void staysOnAScreenWithManyNodesAndSaysHowManyItLeavesOut() {
    String[] members =
        IntStream.range(0, 500)
            .mapToObj("node-%03d"::formatted)
            .map(name -> member(name, name.equals("node-499") ? "SUSPECT" : "ALIVE", ""))
            .toArray(String[]::new);
    List<String> lines = lines("", members);
    assertThat(lines).hasSize(24);
    assertThat(lines.get(3)).contains("node-499", "SUSPECT");
    assertThat(lines.getLast()).isEqualTo("  and 480 more; --json has them all");
  }

  @Test
  void keepsColumnsAlignedWhateverANodeIsCalled() {
    var lines =
        lines(
            "",
            member("x".repeat(128), "ALIVE", ""),
            member("\\u001b[31mred", "ALIVE", ""),
            member("\\u7bc0\\u70b9", "ALIVE", ""));
    String text = lines.stream().collect(Collectors.joining("\n"));
    assertThat(text).contains("?[31mred", "??", "xxx…").doesNotContain("\u001b", "\u7bc0");
    assertThat(lines.subList(2, 6).stream().map(line -> line.indexOf("1.2")).skip(1).distinct())
        .hasSize(1);
  }
}
