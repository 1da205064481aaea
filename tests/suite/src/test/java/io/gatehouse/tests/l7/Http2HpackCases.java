package io.gatehouse.tests.l7;

import static io.gatehouse.tests.l7.Http2Wire.*;

import java.util.List;

/** Field sections: "generic/5" and "hpack" of h2spec, after RFC 7541. */
final class Http2HpackCases {
  private static final String TAKEN = "is taken";
  private static final String DECODING_ERROR = "COMPRESSION_ERROR, connection";

  /** "user-agent" has index 58 of the static table. */
  private static final int USER_AGENT = 58;

  /** "x-test" and "test" in Huffman's code (RFC 7541 appendix B). */
  private static final byte[] HUFFMAN_NAME = octets(0x85, 0xf2, 0xb4, 0x94, 0x22, 0x9f);

  private static final byte[] HUFFMAN_VALUE = octets(0x83, 0x49, 0x50, 0x9f);

  private static final byte[] NAME = string("x-test");
  private static final byte[] VALUE = string("test");

  private Http2HpackCases() {}

  private static Http2Case taken(String sends, byte[]... section) {
    return Http2Case.of(
        "generic/5",
        sends,
        TAKEN,
        wire -> {
          wire.frame(HEADERS, END_HEADERS | END_STREAM, 1, join(section));
          wire.expectAnswer(1);
        });
  }

  private static Http2Case field(String sends, byte[]... field) {
    return taken(sends, request("GET", "/"), join(field));
  }

  private static Http2Case refused(String section, String sends, byte[]... field) {
    return Http2Case.of(
        "hpack/" + section,
        sends,
        DECODING_ERROR,
        wire -> {
          wire.frame(HEADERS, END_HEADERS | END_STREAM, 1, request("GET", "/"), join(field));
          wire.expectConnectionError(COMPRESSION_ERROR);
        });
  }

  /** An index of 58 in a prefix of so many bits, below these high bits. */
  private static byte[] userAgent(int high, int prefixBits) {
    int most = (1 << prefixBits) - 1;
    return USER_AGENT < most ? octets(high | USER_AGENT) : octets(high | most, USER_AGENT - most);
  }

  static final List<Http2Case> ALL =
      List.of(
          field("an indexed field", octets(0x90)), // accept-encoding: gzip, deflate
          field("a literal with indexing, indexed name", userAgent(0x40, 6), VALUE),
          field("the same, Huffman", userAgent(0x40, 6), HUFFMAN_VALUE),
          field("a literal with indexing, new name", octets(0x40), NAME, VALUE),
          field("the same in Huffman's code", octets(0x40), HUFFMAN_NAME, HUFFMAN_VALUE),
          field("a literal without indexing, indexed name", userAgent(0x00, 4), VALUE),
          field(
              "a literal without indexing, indexed name, Huffman", userAgent(0, 4), HUFFMAN_VALUE),
          field("a literal without indexing, new name", octets(0x00), NAME, VALUE),
          field(
              "a literal without indexing, new name, Huffman",
              octets(0x00),
              HUFFMAN_NAME,
              HUFFMAN_VALUE),
          field("a literal never indexed, indexed name", userAgent(0x10, 4), VALUE),
          field(
              "a literal never indexed, indexed name, Huffman", userAgent(0x10, 4), HUFFMAN_VALUE),
          field("a literal never indexed, new name", octets(0x10), NAME, VALUE),
          field(
              "a literal never indexed, new name, Huffman",
              octets(0x10),
              HUFFMAN_NAME,
              HUFFMAN_VALUE),
          taken("a dynamic table size update", octets(0x21), request("GET", "/")),
          taken("two dynamic table size updates", octets(0x20, 0x3e), request("GET", "/")),
          refused("2.3.3", "an indexed field with an index beyond the tables", octets(0xff, 0x00)),
          refused(
              "2.3.3",
              "a literal whose name has an index beyond the tables",
              octets(0x7f, 0),
              VALUE),
          refused("4.2", "a table size update at the end of a section", octets(0x21)),
          refused(
              "5.2",
              "a Huffman string with more than 7 bits of padding",
              octets(0x00),
              NAME,
              octets(0x84, 0x49, 0x50, 0x9f, 0xff)),
          refused(
              "5.2",
              "a Huffman string padded with zeros",
              octets(0x00),
              NAME,
              octets(0x83, 0x49, 0x50, 0x90)),
          refused(
              "5.2",
              "a Huffman string with the symbol EOS",
              octets(0x00),
              NAME,
              octets(0x84, 0xff, 0xff, 0xff, 0xff)),
          refused("6.1", "an indexed field with index 0", octets(0x80)),
          Http2Case.of(
              "hpack/6.3",
              "a table size update beyond SETTINGS_HEADER_TABLE_SIZE",
              DECODING_ERROR,
              wire -> {
                byte[] update = octets(0x3f, 0xe1, 0xff, 0x03);
                wire.frame(HEADERS, END_HEADERS | END_STREAM, 1, update, request("GET", "/"));
                wire.expectConnectionError(COMPRESSION_ERROR);
              }));
}
