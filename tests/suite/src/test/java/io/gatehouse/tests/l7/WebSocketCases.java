package io.gatehouse.tests.l7;

import static io.gatehouse.tests.l7.WebSocketFrame.BINARY;
import static io.gatehouse.tests.l7.WebSocketFrame.CLOSE;
import static io.gatehouse.tests.l7.WebSocketFrame.CONTINUATION;
import static io.gatehouse.tests.l7.WebSocketFrame.PING;
import static io.gatehouse.tests.l7.WebSocketFrame.PONG;
import static io.gatehouse.tests.l7.WebSocketFrame.TEXT;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The cases of Autobahn's test suite for servers, by its sections, written anew: framing, pings,
 * reserved bits and opcodes, fragments, UTF-8, closes, and large messages.
 */
final class WebSocketCases {
  /** The client closes after what it has sent was answered. */
  static final String NORMAL_END = "close 1000";

  /** Not sent: a frame of the server is awaited here. */
  static final WebSocketFrame AWAIT = WebSocketFrame.of(PONG, "");

  private static final String FAULT = "close 1002";
  private static final String NOT_UTF8 = "close 1007";
  private static final int KIB = 1024;

  static final List<WebSocketCase> ALL =
      Stream.of(framing(), pings(), reserved(), opcodes(), fragments(), utf8(), closes(), large())
          .flatMap(List::stream)
          .toList();

  private WebSocketCases() {}

  private static WebSocketCase of(
      String section, String sends, List<WebSocketFrame> frames, String... expected) {
    return new WebSocketCase(section, sends, frames, 0, List.of(expected));
  }

  /** One message that comes back as it is. */
  private static WebSocketCase echo(String section, int opcode, byte[] payload) {
    var frame = WebSocketFrame.of(opcode, payload);
    String sends =
        "%s of %d octets".formatted(opcode == TEXT ? "a text" : "a binary message", payload.length);
    return of(section, sends, List.of(frame), frame.toString(), NORMAL_END);
  }

  private static byte[] octets(int count) {
    return IntStream.range(0, count)
        .collect(() -> new byte[count], (a, i) -> a[i] = (byte) ('a' + i % 26), (_, _) -> {});
  }

  private static List<WebSocketCase> framing() {
    var cases = new ArrayList<WebSocketCase>();
    int[] lengths = {0, 125, 126, 127, 128, 65_535, 65_536};
    int[] opcodes = {TEXT, BINARY};
    for (int kind = 0; kind < opcodes.length; kind++) {
      for (int i = 0; i < lengths.length; i++) {
        cases.add(echo("1.%d.%d".formatted(kind + 1, i + 1), opcodes[kind], octets(lengths[i])));
      }
      var chopped = echo("1.%d.8".formatted(kind + 1), opcodes[kind], octets(65_536));
      cases.add(
          new WebSocketCase(
              chopped.section(),
              chopped.sends() + ", in writes of 997 octets",
              chopped.frames(),
              997,
              chopped.expected()));
    }
    return cases;
  }

  private static List<WebSocketCase> pings() {
    var ping = WebSocketFrame.of(PING, "Hello");
    var many = IntStream.range(0, 10).mapToObj(i -> WebSocketFrame.of(PING, "p" + i)).toList();
    var pongs =
        Stream.concat(
                IntStream.range(0, 10).mapToObj(i -> "pong 'p%d'".formatted(i)),
                Stream.of(NORMAL_END))
            .toArray(String[]::new);
    byte[] odd = {0, (byte) 0xFF, (byte) 0xFE, (byte) 0xFD};
    byte[] most = octets(125);
    return List.of(
        of(
            "2.1",
            "a ping without payload",
            List.of(WebSocketFrame.of(PING, "")),
            "pong ''",
            NORMAL_END),
        of("2.2", "a ping with text", List.of(ping), "pong 'Hello'", NORMAL_END),
        of(
            "2.3",
            "a ping with octets that are no text",
            List.of(WebSocketFrame.of(PING, odd)),
            WebSocketFrame.of(PONG, odd).toString(),
            NORMAL_END),
        of(
            "2.4",
            "a ping of 125 octets",
            List.of(WebSocketFrame.of(PING, most)),
            WebSocketFrame.of(PONG, most).toString(),
            NORMAL_END),
        of("2.5", "a ping of 126 octets", List.of(WebSocketFrame.of(PING, octets(126))), FAULT),
        of(
                "2.6",
                "a ping of 125 octets, each in a write of its own",
                List.of(WebSocketFrame.of(PING, most)),
                WebSocketFrame.of(PONG, most).toString(),
                NORMAL_END)
            .chopped(1),
        of("2.7", "a pong that nobody asked for", List.of(WebSocketFrame.of(PONG, "")), NORMAL_END),
        of(
            "2.9",
            "a pong that nobody asked for, and a ping",
            List.of(WebSocketFrame.of(PONG, "x"), ping),
            "pong 'Hello'",
            NORMAL_END),
        of("2.10", "ten pings", many, pongs),
        of("2.11", "ten pings, each octet in a write of its own", many, pongs).chopped(1));
  }

  private static List<WebSocketCase> reserved() {
    var cases = new ArrayList<WebSocketCase>();
    for (int bits = 1; bits <= 7; bits++) {
      var frame = WebSocketFrame.of(bits % 2 == 0 ? PING : TEXT, "Hello").withReserved(bits);
      cases.add(of("3." + bits, "reserved bits " + bits + " of a frame", List.of(frame), FAULT));
    }
    return cases;
  }

  private static List<WebSocketCase> opcodes() {
    var cases = new ArrayList<WebSocketCase>();
    for (int i = 0; i < 5; i++) {
      int data = 3 + i;
      int control = 11 + i;
      cases.add(
          of("4.1." + (i + 1), "opcode " + data, List.of(WebSocketFrame.of(data, "x")), FAULT));
      cases.add(
          of(
              "4.2." + (i + 1),
              "a text, and opcode " + control,
              List.of(WebSocketFrame.of(TEXT, "Hello"), AWAIT, WebSocketFrame.of(control, "")),
              "text 'Hello'",
              FAULT));
    }
    return cases;
  }

  private static List<WebSocketCase> fragments() {
    var first = WebSocketFrame.begun(TEXT, "one ");
    var middle = WebSocketFrame.begun(CONTINUATION, "two ");
    var last = WebSocketFrame.of(CONTINUATION, "three");
    var ping = WebSocketFrame.of(PING, "now");
    var whole = "text 'one two three'";
    return List.of(
        of("5.1", "a ping in two fragments", List.of(WebSocketFrame.begun(PING, "a"), last), FAULT),
        of("5.2", "a pong in two fragments", List.of(WebSocketFrame.begun(PONG, "a"), last), FAULT),
        of("5.3", "a text in two fragments", List.of(first, last), "text 'one three'", NORMAL_END),
        of("5.4", "a text in three fragments", List.of(first, middle, last), whole, NORMAL_END),
        of("5.5", "the same, each octet by itself", List.of(first, middle, last), whole, NORMAL_END)
            .chopped(1),
        of(
            "5.6",
            "a ping between two fragments",
            List.of(first, ping, last),
            "pong 'now'",
            "text 'one three'",
            NORMAL_END),
        of(
            "5.7",
            "pings between three fragments",
            List.of(first, ping, middle, ping, last),
            "pong 'now'",
            "pong 'now'",
            whole,
            NORMAL_END),
        of(
                "5.8",
                "the same, each octet by itself",
                List.of(first, ping, middle, ping, last),
                "pong 'now'",
                "pong 'now'",
                whole,
                NORMAL_END)
            .chopped(1),
        of("5.9", "a continuation of nothing", List.of(last, WebSocketFrame.of(TEXT, "x")), FAULT),
        of("5.12", "a fragment of nothing", List.of(middle, last), FAULT),
        of(
            "5.15",
            "a whole text, and a continuation",
            List.of(first, last, AWAIT, middle),
            "text 'one three'",
            FAULT),
        of("5.18", "a text within a text", List.of(first, WebSocketFrame.of(TEXT, "x")), FAULT),
        of(
            "5.19",
            "five fragments with pings between",
            List.of(first, middle, ping, middle, middle, ping, last),
            "pong 'now'",
            "pong 'now'",
            "text 'one two two two three'",
            NORMAL_END));
  }

  private static WebSocketCase text(String section, String sends, String hex, boolean valid) {
    var frame = WebSocketFrame.of(TEXT, HexFormat.of().parseHex(hex));
    return valid
        ? of(section, sends, List.of(frame), frame.toString(), NORMAL_END)
        : of(section, sends, List.of(frame), NOT_UTF8);
  }

  private static List<WebSocketCase> utf8() {
    return List.of(
        text("6.1.1", "an empty text", "", true),
        of(
            "6.1.3",
            "a text in empty fragments but one",
            List.of(
                WebSocketFrame.begun(TEXT, ""),
                WebSocketFrame.begun(CONTINUATION, "middle"),
                WebSocketFrame.of(CONTINUATION, "")),
            "text 'middle'",
            NORMAL_END),
        text(
            "6.2.1", "letters of many scripts", "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a1", true),
        of(
            "6.2.3",
            "a character that two fragments share",
            List.of(
                new WebSocketFrame(TEXT, new byte[] {(byte) 0xC3}),
                WebSocketFrame.of(CONTINUATION, new byte[] {(byte) 0xA9})),
            WebSocketFrame.of(TEXT, "é").toString(),
            NORMAL_END),
        text(
            "6.3.1",
            "a surrogate within a text",
            "cebae1bdb9cf83cebcceb5eda080656469746564",
            false),
        text("6.5.1", "Greek", "cebae1bdb9cf83cebcceb5", true),
        text("6.6.2", "a character without its end", "ceba e1bd".replace(" ", ""), false),
        text("6.7.1", "NUL", "00", true),
        text("6.7.4", "the last of three octets", "efbfbf", true),
        text("6.9.4", "the first of four octets", "f0908080", true),
        text("6.10.1", "beyond the last", "f7bfbfbf", false),
        text("6.11.4", "the last before the surrogates", "ed9fbf", true),
        text("6.12.1", "a continuation by itself", "80", false),
        text("6.13.1", "a first octet by itself", "c020", false),
        text("6.14.1", "a sequence cut short", "c0", false),
        text("6.16.1", "octets that UTF-8 never has", "fe", false),
        text("6.17.1", "an overlong slash", "c0af", false),
        text("6.18.2", "the longest overlong of three octets", "e09fbf", false),
        text("6.19.1", "an overlong NUL", "c080", false),
        text("6.20.1", "the first surrogate", "eda080", false),
        text("6.21.1", "a pair of surrogates", "eda080edb080", false),
        text("6.22.1", "no character of plane 0", "efbfbe", true),
        text("6.23.1", "the replacement character", "efbfbd", true));
  }

  private static List<WebSocketCase> closes() {
    var cases = new ArrayList<WebSocketCase>();
    cases.add(
        of(
            "7.1.1",
            "a text, then a close",
            List.of(WebSocketFrame.of(TEXT, "Hello")),
            "text 'Hello'",
            NORMAL_END));
    cases.add(
        of(
            "7.1.4",
            "a text behind the close",
            List.of(WebSocketFrame.close(1001, ""), WebSocketFrame.of(TEXT, "late")),
            "close 1001"));
    cases.add(
        of(
            "7.1.5",
            "a close within a message",
            List.of(WebSocketFrame.begun(TEXT, "x"), WebSocketFrame.close(1001, "")),
            "close 1001"));
    cases.add(
        of("7.3.1", "a close without a code", List.of(WebSocketFrame.of(CLOSE, "")), "close"));
    cases.add(of("7.3.2", "a close of one octet", List.of(WebSocketFrame.of(CLOSE, "x")), FAULT));
    cases.add(
        of(
            "7.3.5",
            "a close with the longest reason",
            List.of(WebSocketFrame.close(1001, "x".repeat(123))),
            "close 1001"));
    cases.add(
        of(
            "7.3.6",
            "a close with a reason that is too long",
            List.of(WebSocketFrame.close(1001, "x".repeat(124))),
            FAULT));
    cases.add(
        of(
            "7.5.1",
            "a reason that is no UTF-8",
            List.of(
                WebSocketFrame.of(CLOSE, new byte[] {3, (byte) 0xE9, (byte) 0xC0, (byte) 0xAF})),
            NOT_UTF8));
    int[] valid = {1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};
    for (int i = 0; i < valid.length; i++) {
      cases.add(
          of(
              "7.7." + (i + 2),
              "a close with code " + valid[i],
              List.of(WebSocketFrame.close(valid[i], "")),
              "close " + valid[i]));
    }
    int[] invalid = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535};
    for (int i = 0; i < invalid.length; i++) {
      cases.add(
          of(
              "7.9." + (i + 1),
              "a close with code " + invalid[i],
              List.of(WebSocketFrame.close(invalid[i], "")),
              FAULT));
    }
    return cases;
  }

  private static List<WebSocketCase> large() {
    var cases = new ArrayList<WebSocketCase>();
    int[] kibs = {64, 256, 1024, 4096, 16_384};
    for (int i = 0; i < kibs.length; i++) {
      cases.add(echo("9.1." + (i + 1), TEXT, octets(kibs[i] * KIB)));
      cases.add(echo("9.2." + (i + 1), BINARY, octets(kibs[i] * KIB)));
    }
    int[] pieces = {64, 1024, 65_536};
    byte[] message = octets(1024 * KIB);
    for (int i = 0; i < pieces.length; i++) {
      cases.add(
          of(
              "9.4." + (i + 1),
              "a binary message of 1 MiB in fragments of %d octets".formatted(pieces[i]),
              fragmented(message, pieces[i]),
              WebSocketFrame.of(BINARY, message).toString(),
              NORMAL_END));
      cases.add(
          of(
                  "9.6." + (i + 1),
                  "a binary message of 1 MiB in writes of %d octets".formatted(pieces[i] + 1),
                  List.of(WebSocketFrame.of(BINARY, message)),
                  WebSocketFrame.of(BINARY, message).toString(),
                  NORMAL_END)
              .chopped(pieces[i] + 1));
    }
    return cases;
  }

  private static List<WebSocketFrame> fragmented(byte[] message, int octets) {
    var frames = new ArrayList<WebSocketFrame>();
    for (int at = 0; at < message.length; at += octets) {
      byte[] piece = java.util.Arrays.copyOfRange(message, at, at + octets);
      int opcode = at == 0 ? BINARY : CONTINUATION;
      boolean last = at + octets >= message.length;
      frames.add(last ? WebSocketFrame.of(opcode, piece) : new WebSocketFrame(opcode, piece));
    }
    return frames;
  }
}
