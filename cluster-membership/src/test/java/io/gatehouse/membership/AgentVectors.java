package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * What real agents said to each other: {@code agent.vectors}, beside the script {@code
 * capture-agent} that made it.
 */
final class AgentVectors {
  static final GossipKey KEY_16 = GossipKey.parse("AAECAwQFBgcICQoLDA0ODw==");
  static final GossipKey KEY_32 = GossipKey.parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

  private AgentVectors() {}

  /** The packets ({@code udp}) or the sides of streams ({@code tcp}) of a case. */
  static List<byte[]> of(String name, String kind) throws IOException {
    try (var in = Objects.requireNonNull(AgentVectors.class.getResourceAsStream("agent.vectors"))) {
      var found =
          new String(in.readAllBytes(), StandardCharsets.US_ASCII)
              .lines()
              .dropWhile(line -> !line.equals("case " + name))
              .skip(1)
              .takeWhile(line -> !line.startsWith("case "))
              .filter(line -> line.startsWith(kind + " "))
              .map(line -> HexFormat.of().parseHex(line.substring(kind.length() + 1)))
              .toList();
      assertThat(found).as("%s of %s", kind, name).isNotEmpty();
      return found;
    }
  }
}
