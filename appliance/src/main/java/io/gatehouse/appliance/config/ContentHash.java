package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Entry;
import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.appliance.config.YamlNode.Scalar;
import io.gatehouse.appliance.config.YamlNode.Sequence;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

/**
 * Hash of what a file says: comments, layout, quotes, aliases and the order of keys do not count,
 * the order of lists does. The first 128 bits of SHA-256 over a prefix code of the tree.
 */
final class ContentHash {
  private static final int HASH_BYTES = 16;

  private final MessageDigest digest;

  private ContentHash(MessageDigest digest) {
    this.digest = digest;
  }

  /** The hash, as 32 hexadecimal digits. */
  static String of(YamlNode root) {
    try {
      var hash = new ContentHash(MessageDigest.getInstance("SHA-256"));
      hash.add(root);
      return HexFormat.of().formatHex(hash.digest.digest(), 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void add(YamlNode node) {
    switch (node) {
      case Scalar scalar -> text(scalar.text());
      case Sequence sequence -> {
        begin('[', sequence.items().size());
        sequence.items().forEach(this::add);
      }
      case Mapping mapping -> {
        begin('{', mapping.entries().size());
        for (Entry entry : new TreeMap<>(mapping.entries()).values()) {
          text(entry.key().text());
          add(entry.value());
        }
      }
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    begin('"', bytes.length);
    digest.update(bytes);
  }

  private void begin(char kind, int length) {
    digest.update(ByteBuffer.allocate(5).put((byte) kind).putInt(length).flip());
  }
}
