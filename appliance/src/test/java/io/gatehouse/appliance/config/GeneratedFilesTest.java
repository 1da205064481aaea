package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is committed is what the keys say now. */
class GeneratedFilesTest {
  private static final String REWRITE =
      "mvn verify -pl appliance -am -Dtest=GeneratedFilesTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dgatehouse.rewrite=true";

  @Test
  void theReferenceIsUpToDate() throws IOException {
    isUpToDate("configuration.md", ReferencePage.text());
  }

  @Test
  void theSchemaIsUpToDate() throws IOException {
    isUpToDate("gatehouse.schema.json", JsonSchema.text());
  }

  @Test
  void theReferenceShowsFilesThatLoad() {
    String page = ReferencePage.text();
    assertThat(page).contains(ConfigurationFile.example("smallest.yaml"));
  }

  private static void isUpToDate(String name, String expected) throws IOException {
    Path file = Path.of(System.getProperty("gatehouse.root", ".."), "docs", name);
    if (Boolean.getBoolean("gatehouse.rewrite")) {
      Files.writeString(file, expected);
    }
    assertThat(file)
        .as("docs/%s differs from the keys; rewrite it: %s", name, REWRITE)
        .content()
        .isEqualTo(expected);
  }
}
