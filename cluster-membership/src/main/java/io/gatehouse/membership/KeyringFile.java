package io.gatehouse.membership;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A file of keys as Serf has it: a JSON array of Base64 texts. Stateless. */
final class KeyringFile {
  private static final int MAX_BYTES = 8192;
  private static final String KEY = "\\s*\"([A-Za-z0-9+/=]*)\"\\s*";
  private static final Pattern ARRAY =
      Pattern.compile("\\s*\\[" + KEY + "(?:," + KEY + ")*\\]\\s*");
  private static final Pattern ONE = Pattern.compile(KEY);

  private KeyringFile() {}

  /**
   * @return one key at least, none twice
   * @throws IOException if there are none to be had; the message says why, without what is in it
   */
  static List<GossipKey> read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return parse(new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw new IOException("the key file '%s' does not exist".formatted(file), e);
    } catch (IllegalArgumentException e) {
      throw new IOException("the key file '%s': %s".formatted(file, e.getMessage()), e);
    }
  }

  private static List<GossipKey> parse(String text) {
    if (!ARRAY.matcher(text).matches()) {
      throw new IllegalArgumentException("not a JSON array of keys in Base64");
    }
    var keys = new ArrayList<GossipKey>();
    for (var one = ONE.matcher(text); one.find(); ) {
      GossipKey key = GossipKey.parse(one.group(1));
      if (!keys.contains(key)) {
        keys.add(key);
      }
    }
    if (keys.size() > RingKeys.MAX_KEYS) {
      throw new IllegalArgumentException(
          "%d keys (expected: at most %d)".formatted(keys.size(), RingKeys.MAX_KEYS));
    }
    return keys;
  }

  /** Writes it as Serf does, for its owner's eyes only. */
  static void write(Path file, List<GossipKey> keys) throws IOException {
    String text =
        keys.stream()
            .map(key -> "  \"" + key.base64() + "\"")
            .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    WholeFile.write(file, text.getBytes(StandardCharsets.US_ASCII));
  }
}
