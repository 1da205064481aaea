package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to a valid file, it is loaded or judged, and each finding lies within it. */
class MutatedFileTest {
  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ":",
          "- ",
          ", ",
          "\n",
          "\r",
          "\t",
          "'",
          "\"",
          "\"\\x",
          "&a ",
          "*a",
          "!!int ",
          "? ",
          "| ",
          ">-\n",
          "#",
          "%YAML 1.1\n",
          "---\n",
          "...\n",
          "<<: ",
          "~",
          "\0",
          "\u0085",
          "\u2028",
          "\uFEFF",
          "\uD83D\uDE00",
          "\uD800",
          "é",
          "0x1F",
          "-1",
          "1e9",
          "10s",
          "999999999999999999999",
          "12345678901 h",
          "::1",
          "[::1]:80",
          "127.0.0.1:99999",
          "a: b");

  @TempDir private Path folder;

  @Test
  void isLoadedOrJudged() {
    ConfigurationFile file = ConfigurationFile.in(folder);
    SeededCases.check(
        1_500,
        random -> {
          String text = ConfigurationFile.example(pick(random, ConfigurationFile.EXAMPLES));
          for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
            text = edit(text, random);
          }
          judge(file, text);
        });
  }

  @Test
  void isLoadedOrJudgedWhateverByteChanges() {
    ConfigurationFile file = ConfigurationFile.in(folder);
    byte[] example = ConfigurationFile.example("two-tiers.yaml").getBytes(StandardCharsets.UTF_8);
    SeededCases.check(
        500,
        random -> {
          byte[] bytes = example.clone();
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
          Files.write(file.folder().resolve("bytes.yaml"), bytes);
          judge(
              FrontDoorFile.read(file.folder().resolve("bytes.yaml")),
              new String(bytes, StandardCharsets.ISO_8859_1));
        });
  }

  private static void judge(ConfigurationFile file, String text) throws IOException {
    // What the file holds after encoding is what positions refer to.
    String written = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    judge(file.read(written), written);
  }

  private static void judge(FrontDoorFile.Result result, String text) {
    switch (result) {
      case FrontDoorFile.Loaded(FrontDoor frontDoor) ->
          frontDoor
              .nodes()
              .forEach(node -> assertThat(frontDoor.planFor(node.name()).node()).isNotEmpty());
      case FrontDoorFile.Invalid(List<Diagnostic> diagnostics) ->
          assertThat(diagnostics)
              .isNotEmpty()
              .anyMatch(d -> d.severity() == Diagnostic.Severity.ERROR);
    }
    String[] lines = text.split("\r\n|\r|\n", -1);
    for (Diagnostic diagnostic : result.diagnostics()) {
      assertThat(diagnostic.line()).isBetween(1, lines.length);
      assertThat(diagnostic.column()).isBetween(1, lines[diagnostic.line() - 1].length() + 1);
      assertThat(diagnostic.text()).endsWith("\n").contains("^");
      assertThat(diagnostic.hint()).isNotBlank();
    }
  }

  private static String edit(String text, SplittableRandom random) {
    int at = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), at + random.nextInt(1, 12));
    return switch (random.nextInt(6)) {
      case 0 -> text.substring(0, at) + text.substring(to);
      case 1 -> text.substring(0, at) + pick(random, PIECES) + text.substring(at);
      case 2 -> text.substring(0, at) + pick(random, PIECES) + text.substring(to);
      case 3 -> text.substring(0, at) + text.substring(at, to).repeat(3) + text.substring(to);
      case 4 -> text.substring(0, at);
      default -> swapLines(text, random);
    };
  }

  private static String swapLines(String text, SplittableRandom random) {
    String[] lines = text.split("\n", -1);
    int a = random.nextInt(lines.length);
    int b = random.nextInt(lines.length);
    String kept = lines[a];
    lines[a] = lines[b];
    lines[b] = kept;
    return String.join("\n", lines);
  }

  private static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
