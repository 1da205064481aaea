package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Cluster;
import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.proxyprotocol.SignedOrigin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the files of the cluster's secret. What is in them appears in no message. */
final class ClusterSecret {
  private static final int MAX_FILE_BYTES = 4096;

  private final Cluster cluster;
  private final Path folder;
  private final Findings findings;
  private final Origins origins;

  /**
   * @param folder that file names are relative to
   */
  ClusterSecret(Cluster cluster, Path folder, Findings findings, Origins origins) {
    this.cluster = cluster;
    this.folder = folder;
    this.findings = findings;
    this.origins = origins;
  }

  /** The secrets, in the order of the file; empty if there is none, or one that was reported. */
  List<byte[]> read() {
    List<byte[]> keys = new ArrayList<>();
    for (Path file : cluster.secret()) {
      byte[] key = read(file);
      if (key != null) {
        keys.add(key);
      }
    }
    return keys.size() < cluster.secret().size() ? List.of() : keys;
  }

  private byte @Nullable [] read(Path file) {
    Position at = origins.of(cluster, ClusterSection.SECRET.name(), file.toString());
    byte[] content;
    try (var in = Files.newInputStream(folder.resolve(file))) {
      content = in.readNBytes(MAX_FILE_BYTES);
    } catch (IOException e) {
      findings.error(
          at,
          "missing-file",
          "cannot read the secret '%s'".formatted(file),
          "make one with: openssl rand -base64 32");
      return null;
    }
    byte[] key = decode(new String(content, StandardCharsets.ISO_8859_1));
    if (key == null || key.length < SignedOrigin.MIN_KEY_BYTES) {
      findings.error(
          at,
          "bad-secret",
          key == null
              ? "the secret '%s' is not Base64".formatted(file)
              : "the secret '%s' has %d bytes, fewer than %d"
                  .formatted(file, key.length, SignedOrigin.MIN_KEY_BYTES),
          "make one with: openssl rand -base64 32");
      return null;
    }
    return key;
  }

  private static byte @Nullable [] decode(String text) {
    try {
      return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
