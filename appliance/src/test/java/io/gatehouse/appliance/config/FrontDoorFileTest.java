package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrontDoorFileTest {
  @TempDir private Path folder;

  @Test
  void loadsTheSmallestUsefulFile() throws IOException {
    FrontDoor frontDoor = load(resource("smallest.yaml"));
    NodePlan plan = frontDoor.planFor("door");
    assertThat(plan.l7()).isPresent();
  }

  private FrontDoor load(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("front-door.yaml"), text);
    return switch (FrontDoorFile.read(file)) {
      case FrontDoorFile.Loaded(FrontDoor frontDoor) -> frontDoor;
      case FrontDoorFile.Invalid invalid -> throw new AssertionError(invalid.text());
    };
  }

  static String resource(String name) throws IOException {
    try (var in = FrontDoorFileTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}
