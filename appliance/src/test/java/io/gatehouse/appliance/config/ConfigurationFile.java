package io.gatehouse.appliance.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/** A configuration file in a folder of the test's own, with a certificate that it may name. */
record ConfigurationFile(Path folder) {
  /** When all of these files are read, in the certificate's eyes. */
  static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  /** Thirty-two bytes. */
  static final String SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

  static final List<String> EXAMPLES = List.of("smallest.yaml", "two-tiers.yaml");

  static String example(String name) {
    try (InputStream in = ConfigurationFile.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With {@code site.pem}, {@code site.key} and {@code cluster.secret} beside it. */
  static ConfigurationFile in(Path folder) {
    TestCertificate.valid(NOW).writeTo(folder, "site");
    try {
      Files.writeString(folder.resolve("cluster.secret"), SECRET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ConfigurationFile(folder);
  }

  FrontDoorFile.Result read(String text) {
    return FrontDoorFile.read(write(text), null, InstantSource.fixed(NOW));
  }

  FrontDoorFile.Result read(String text, String node) {
    return FrontDoorFile.read(write(text), node, InstantSource.fixed(NOW));
  }

  FrontDoor load(String text) {
    return switch (read(text)) {
      case FrontDoorFile.Loaded(FrontDoor frontDoor) -> frontDoor;
      case FrontDoorFile.Invalid invalid -> throw new AssertionError(invalid.text());
    };
  }

  /** What is found, as it is printed, without the folder. */
  List<String> findings(String text) {
    return read(text).diagnostics().stream().map(d -> d.text().replace(folder + "/", "")).toList();
  }

  Path write(String text) {
    try {
      return Files.writeString(folder.resolve("front-door.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
