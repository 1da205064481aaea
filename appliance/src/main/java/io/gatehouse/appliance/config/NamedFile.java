package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Position;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A small file that the configuration file names.
 *
 * @param at where it is named
 */
record NamedFile(Path path, Position at) {
  private static final int MAX_BYTES = 1 << 20;

  /** Its bytes as characters; null, and an error, if it cannot be read. */
  @Nullable String read(Findings findings) {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length <= MAX_BYTES) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
      }
      findings.error(
          at, "file-too-large", "%s is larger than 1 MiB".formatted(path), "is it PEM at all?");
    } catch (NoSuchFileException e) {
      findings.error(
          at,
          "missing-file",
          "there is no file %s".formatted(path),
          "names are relative to the folder of the configuration file");
    } catch (IOException e) {
      findings.error(
          at,
          "unreadable-file",
          "%s cannot be read: %s".formatted(path, reason(e)),
          "it must be a file that the user of the L7 node may read");
    }
    return null;
  }

  private static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "this user may not"
        : String.valueOf(e.getMessage());
  }
}
