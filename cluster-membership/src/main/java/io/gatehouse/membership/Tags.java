package io.gatehouse.membership;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.msgpack.core.MessagePackException;

/**
 * Tags as Serf puts them into a member's metadata: byte 255, then a msgpack map of strings. Older
 * agents send the bare role.
 */
final class Tags {
  private static final int MAGIC = 255;

  private Tags() {}

  /** Encodes in the order of the keys, so that equal tags are equal bytes. */
  static byte[] encode(Map<String, String> tags) {
    return Msgpack.encode(
        MAGIC,
        packer -> {
          packer.packMapHeader(tags.size());
          for (var tag : new TreeMap<>(tags).entrySet()) {
            Msgpack.packString(packer, tag.getKey(), tag.getValue());
          }
        });
  }

  /**
   * @throws IllegalArgumentException if they take more than {@code maxBytes}
   */
  static byte[] encode(Map<String, String> tags, int maxBytes) {
    byte[] meta = encode(tags);
    if (meta.length > maxBytes) {
      throw new IllegalArgumentException(
          "tags: %d bytes when encoded (expected: at most %d)".formatted(meta.length, maxBytes));
    }
    return meta;
  }

  /** Never fails: metadata that is not Serf's gives no tags, a bare role gives that. */
  static Map<String, String> decode(byte[] meta) {
    if (meta.length == 0) {
      return Map.of();
    }
    if ((meta[0] & 0xff) != MAGIC) {
      return Map.of(Member.TAG_ROLE, new String(meta, UTF_8));
    }
    var tags = new TreeMap<String, String>();
    try {
      new Msgpack.Reader(meta, 1, meta.length - 1)
          .map((key, value) -> tags.put(key, value.string(meta.length)));
    } catch (IOException | MessagePackException | MalformedMessageException e) {
      return Map.of();
    }
    return tags;
  }
}
