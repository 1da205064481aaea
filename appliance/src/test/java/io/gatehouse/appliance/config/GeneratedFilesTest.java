package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is committed and shown is what the keys say now. */
class GeneratedFilesTest {
  private static final Path ROOT = Path.of(System.getProperty("gatehouse.root", ".."));
  private static final Pattern YAML_BLOCK = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final String REWRITE =
      "mvn verify -pl appliance -am -Dtest=GeneratedFilesTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dgatehouse.rewrite=true";

  @TempDir private Path folder;

  @Test
  void theReferenceIsUpToDate() throws IOException {
    isUpToDate("configuration.md", ReferencePage.text());
  }

  @Test
  void theSchemaIsUpToDate() throws IOException {
    isUpToDate("gatehouse.schema.json", JsonSchema.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/configuration.md"})
  void theFilesThatAreShownLoad(String page) throws IOException {
    String text = Files.readString(ROOT.resolve(page));
    List<String> files =
        YAML_BLOCK
            .matcher(text)
            .results()
            .map(block -> block.group(1))
            .filter(yaml -> yaml.contains("nodes:"))
            .toList();
    assertThat(files).isNotEmpty();
    ConfigurationFile file = ConfigurationFile.in(folder);
    assertThat(files).allSatisfy(yaml -> assertThat(file.load(yaml).warnings()).isEmpty());
  }

  private static void isUpToDate(String name, String expected) throws IOException {
    Path file = ROOT.resolve("docs").resolve(name);
    if (Boolean.getBoolean("gatehouse.rewrite")) {
      Files.writeString(file, expected);
    }
    assertThat(file)
        .as("docs/%s differs from the keys; rewrite it: %s", name, REWRITE)
        .content()
        .isEqualTo(expected);
  }
}
