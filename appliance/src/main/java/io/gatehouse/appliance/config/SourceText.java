package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.Diagnostic.Severity;
import io.gatehouse.appliance.config.YamlNode.Position;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The text of the file, with its lines for diagnostics.
 *
 * @param name as the operator named the file
 * @param lines without their ends; at least one, unless the file could not be read
 */
record SourceText(String name, String text, List<String> lines) {

  /** Largest file that is read: a front door of thousands of routes is far below. */
  static final int MAX_FILE_BYTES = 4 << 20;

  SourceText {
    lines = List.copyOf(lines);
  }

  static SourceText of(String name, String text) {
    return new SourceText(name, text, List.of(text.split("\r\n|\r|\n", -1)));
  }

  /** The file cannot be used as text: why, and what to do. */
  static final class UnreadableException extends Exception {
    final transient Diagnostic diagnostic;

    private UnreadableException(Diagnostic diagnostic) {
      super(diagnostic.message());
      this.diagnostic = diagnostic;
    }
  }

  /**
   * Reads a file.
   *
   * @throws UnreadableException if it is missing, unreadable, too large or not UTF-8
   */
  static SourceText read(Path file) throws UnreadableException {
    var unread = new SourceText(file.toString(), "", List.of());
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_FILE_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw unread.unreadable("there is no such file", "name an existing front door file");
    } catch (IOException e) {
      throw unread.unreadable(
          "the file cannot be read: " + e.getMessage(), "it must be a file this user may read");
    }
    if (bytes.length > MAX_FILE_BYTES) {
      throw unread.unreadable(
          "the file is larger than %d bytes".formatted(MAX_FILE_BYTES),
          "is it a front door file at all?");
    }
    return decode(file.toString(), bytes);
  }

  private static SourceText decode(String name, byte[] bytes) throws UnreadableException {
    var in = ByteBuffer.wrap(bytes);
    var out = CharBuffer.allocate(bytes.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    SourceText source = of(name, out.flip().toString());
    if (result.isError()) {
      throw new UnreadableException(
          source.diagnostic(
              Severity.ERROR,
              source.end(),
              "not-utf-8",
              "the byte 0x%02X here is not UTF-8".formatted(in.get(in.position())),
              "save the file as UTF-8"));
    }
    return source;
  }

  private UnreadableException unreadable(String message, String hint) {
    return new UnreadableException(
        diagnostic(Severity.ERROR, Position.START, "unreadable-file", message, hint));
  }

  /** Where the text ends. */
  Position end() {
    return lines.isEmpty()
        ? Position.START
        : new Position(
            lines.size(), lines.getLast().codePointCount(0, lines.getLast().length()) + 1);
  }

  /** Position of a code point, counted from 0. */
  Position position(int codePointIndex) {
    int left = Math.clamp(codePointIndex, 0, text.codePointCount(0, text.length()));
    SourceText before = of(name, text.substring(0, text.offsetByCodePoints(0, left)));
    return before.end();
  }

  /** A finding in this file; the position is drawn into it if need be. */
  Diagnostic diagnostic(Severity severity, Position at, String code, String message, String hint) {
    if (lines.isEmpty()) {
      return new Diagnostic(severity, code, message, hint, name, 1, 1, null);
    }
    Position within = at.compareTo(end()) > 0 ? end() : at;
    String line = lines.get(within.line() - 1);
    int column = Math.min(within.column(), line.codePointCount(0, line.length()) + 1);
    return new Diagnostic(severity, code, message, hint, name, within.line(), column, line);
  }
}
