package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlTreeTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ``                      | 1:1 empty-file
          # nothing               | 1:1 empty-file
          a: [1, 2                | 1:9 yaml-syntax
          a: "open                | 1:9 yaml-syntax
          a: b: c                 | 1:5 yaml-syntax
          a: @b                   | 1:4 yaml-syntax
          a:\\n\\tb: 1            | 2:1 yaml-syntax
          a: 1\\na: 2             | 2:1 duplicate-key
          a: !!int 1              | 1:4 yaml-tag
          a: *b                   | 1:4 unknown-anchor
          a: &b [*b]              | 1:8 unknown-anchor
          [a]: 1                  | 1:1 bad-key
          a: 1\\n---\\nb: 2       | 2:1 many-documents
          a: b\\u0007c            | 1:5 yaml-syntax
          a: ["\\x                 | 1:4 yaml-syntax
          """)
  void refuses(String text, String expected) {
    assertThat(findings(text.replace("\\n", "\n").replace("\\t", "\t").replace("\\u0007", "\7")))
        .containsExactly(expected);
  }

  @Test
  void refusesNestingBeyondItsBound() {
    String within = "[".repeat(YamlTree.MAX_DEPTH) + "]".repeat(YamlTree.MAX_DEPTH);
    assertThat(findings(within)).isEmpty();
    assertThat(findings("[" + within + "]")).containsExactly("1:33 too-deep");
    assertThat(findings("[".repeat(100_000))).containsExactly("1:33 too-deep");
    assertThat(findings("a:\n- ".repeat(100_000))).isNotEmpty();
  }

  @Test
  void refusesAliasesThatMultiply() {
    var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      String last = "*a" + (i - 1);
      laughs.append(
          "a%d: &a%d [%s]\n"
              .formatted(
                  i,
                  i,
                  String.join(
                      ", ", List.of(last, last, last, last, last, last, last, last, last, last))));
    }
    assertThat(findings(laughs.toString())).singleElement().asString().endsWith("too-many-values");
  }

  @Test
  void takesAliasesWithinTheBound() {
    SourceText source = SourceText.of("test.yaml", "a: &x { k: [1, 2] }\nb: *x");
    var findings = new Findings(source);
    YamlNode node = YamlTree.parse(source, findings);
    assertThat(findings.inOrder()).isEmpty();
    assertThat(node)
        .isInstanceOfSatisfying(
            YamlNode.Mapping.class, m -> assertThat(m.value("b")).isEqualTo(m.value("a")));
  }

  @Test
  void countsColumnsInCodePoints() {
    assertThat(findings("\uD83D\uDE00é: 1\n'\uD83D\uDE00': 1\n\"\uD83D\uDE00\": 2"))
        .containsExactly("3:1 duplicate-key");
    assertThat(findings("{ \uD83D\uDE00: 1, a: 1, a: 2 }")).containsExactly("1:15 duplicate-key");
  }

  @Test
  void refusesAFileThatIsNotUtf8() throws IOException {
    Path file =
        Files.write(
            folder.resolve("latin.yaml"),
            "a: b\nc: caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(FrontDoorFile.read(file).diagnostics())
        .extracting(d -> "%d:%d %s".formatted(d.line(), d.column(), d.code()))
        .containsExactly("2:7 not-utf-8");
  }

  @Test
  void refusesAFileBeyondItsBound() throws IOException {
    Path file = Files.write(folder.resolve("large.yaml"), new byte[SourceText.MAX_FILE_BYTES + 1]);
    assertThat(FrontDoorFile.read(file).diagnostics())
        .extracting(Diagnostic::code)
        .containsExactly("unreadable-file");
  }

  private static List<String> findings(String text) {
    SourceText source = SourceText.of("test.yaml", text);
    var findings = new Findings(source);
    YamlNode root = YamlTree.parse(source, findings);
    List<Diagnostic> found = findings.inOrder();
    assertThat(root != null || !found.isEmpty()).isTrue();
    return found.stream().map(d -> "%d:%d %s".formatted(d.line(), d.column(), d.code())).toList();
  }
}
