package io.gatehouse.membership;

import io.gatehouse.membership.RingMemory.Known;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node remembers of the ring, on disk: lines of text, so that an operator can read them, and
 * a checksum at the end, so that half a file is not taken for one.
 *
 * <pre>
 * gatehouse-ring 1
 * incarnation 12
 * member 192.0.2.20 7946 l7-1
 * end 1a2b3c4d
 * </pre>
 *
 * Stateless. Its methods block.
 */
final class MemoryFile {
  private static final Logger log = LoggerFactory.getLogger(Ring.class);
  private static final String HEAD = "gatehouse-ring 1";
  private static final String INCARNATION = "incarnation ";
  private static final String MEMBER = "member ";
  private static final String END = "end ";
  private static final int MAX_BYTES = 1 << 18;

  private final Optional<Path> file;

  private MemoryFile(Optional<Path> file) {
    this.file = file;
  }

  static MemoryFile of(RingConfig config) {
    String name = config.node().replaceAll("[^A-Za-z0-9._-]", "_") + ".ring";
    return new MemoryFile(config.stateDirectory().map(folder -> folder.resolve(name)));
  }

  /** Whether anything is kept. */
  boolean exists() {
    return file.isPresent();
  }

  /**
   * What was written last. A file that makes no sense is set aside. Never fails: a ring starts
   * without memory as well.
   */
  RingMemory read() {
    if (file.isEmpty()) {
      log.info("the ring keeps no memory: there is no state directory; only its seeds lead back");
      return RingMemory.NONE;
    }
    Path path = file.get();
    try (var in = Files.newInputStream(path)) {
      return parse(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      return RingMemory.NONE;
    } catch (IOException e) {
      log.atWarn().addKeyValue("file", path).setCause(e).log("the ring's memory cannot be read");
    } catch (IllegalArgumentException e) {
      setAside(path, String.valueOf(e.getMessage()));
    }
    return RingMemory.NONE;
  }

  private static void setAside(Path path, String why) {
    Path aside = path.resolveSibling(path.getFileName() + ".corrupt");
    log.atWarn()
        .addKeyValue("file", path)
        .addKeyValue("cause", why)
        .addKeyValue("aside", aside)
        .log("the ring's memory makes no sense and is set aside; the ring starts without");
    try {
      Files.move(path, aside, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.atWarn().addKeyValue("file", path).setCause(e).log("it cannot be set aside");
    }
  }

  /** Replaces it. */
  void write(RingMemory memory) throws IOException {
    if (file.isPresent()) {
      WholeFile.write(file.get(), format(memory).getBytes(StandardCharsets.UTF_8));
    }
  }

  static String format(RingMemory memory) {
    var text = new StringBuilder(HEAD + "\n" + INCARNATION + memory.incarnation() + "\n");
    for (Known known : memory.members()) {
      // Peers choose their names; one with a line break is not worth a format of its own.
      if (known.name().chars().noneMatch(Character::isISOControl)) {
        text.append(MEMBER)
            .append(known.address().getAddress().getHostAddress())
            .append(' ')
            .append(known.address().getPort())
            .append(' ')
            .append(known.name())
            .append('\n');
      }
    }
    return text + END + checksum(text.toString()) + "\n";
  }

  /**
   * @throws IllegalArgumentException if it is not what {@link #format} writes
   */
  static RingMemory parse(String text) {
    int end = text.lastIndexOf("\n" + END) + 1;
    if (end == 0 || !text.substring(end).equals(END + checksum(text.substring(0, end)) + "\n")) {
      throw new IllegalArgumentException("its checksum is wrong");
    }
    List<String> lines = text.substring(0, end).lines().toList();
    if (lines.size() < 2 || !lines.get(0).equals(HEAD) || !lines.get(1).startsWith(INCARNATION)) {
      throw new IllegalArgumentException("it does not begin as it should");
    }
    long incarnation = Long.parseUnsignedLong(lines.get(1).substring(INCARNATION.length()));
    var members = new ArrayList<Known>();
    for (String line : lines.subList(2, lines.size())) {
      members.add(member(line));
    }
    return new RingMemory(incarnation, members);
  }

  private static Known member(String line) {
    String[] words = line.split(" ", 4);
    if (words.length != 4 || !line.startsWith(MEMBER)) {
      throw new IllegalArgumentException("a line is not a member");
    }
    int port = Integer.parseInt(words[2]);
    return new Known(words[3], new InetSocketAddress(InetAddress.ofLiteral(words[1]), port));
  }

  private static String checksum(String text) {
    var crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(crc.getValue());
  }
}
