package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.HeadResult.Progress.DONE;
import static io.gatehouse.l7.http.HttpViolation.*;

import java.util.List;

/**
 * Request heads with their verdicts. The invalid ones follow the published lists of request
 * smuggling (RFC 9112 section 11.2, PortSwigger, HTTP Garden) and the advisories that each comment
 * names.
 */
final class RequestVectors {
  private RequestVectors() {}

  /**
   * @param name what it shows
   * @param head its octets in ISO 8859-1
   * @param expected DONE or the violation
   */
  record Vector(String name, String head, HeadResult expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Vector line(String name, String requestLine, HeadResult expected) {
    return new Vector(name, requestLine + "\r\nHost: a\r\n\r\n", expected);
  }

  private static Vector fields(String name, String fields, HeadResult expected) {
    return new Vector(name, "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n", expected);
  }

  private static Vector host(String host, HeadResult expected) {
    return new Vector(
        "host [" + host + "]", "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n", expected);
  }

  static final List<Vector> ALL =
      List.of(
          // Request line
          line("origin form", "GET / HTTP/1.1", DONE),
          line(
              "every character of an RFC 3986 path",
              "GET /aZ09-._~!$&'()*+,;=:@%20 HTTP/1.1",
              DONE),
          line("what browsers leave in a query", "GET /?a=[]{}|^`\\ HTTP/1.1", DONE),
          line("an unknown method", "PROPFIND / HTTP/1.1", DONE),
          line("a method with every token character", "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1", DONE),
          line("HTTP/1.0", "GET / HTTP/1.0", DONE),
          line("one empty line before", "\r\nGET / HTTP/1.1", DONE),
          line("asterisk form", "OPTIONS * HTTP/1.1", DONE),
          line("absolute form", "GET http://b/c HTTP/1.1", DONE),
          line("absolute form of https in capitals", "GET HTTPS://B:443/c HTTP/1.1", DONE),
          line("absolute form without a path", "GET http://b HTTP/1.1", DONE),
          line("absolute form with only a query", "GET http://b?q HTTP/1.1", DONE),
          line("two empty lines before", "\r\n\r\nGET / HTTP/1.1", LEADING_BLANK_LINES),
          line("a bare LF before", "\nGET / HTTP/1.1", BARE_LF),
          line("a bare CR before", "\rGET / HTTP/1.1", BARE_CR),
          line("a space before", " GET / HTTP/1.1", METHOD_INVALID),
          line("a NUL in the method", "G\0ET / HTTP/1.1", METHOD_INVALID),
          line("a tab after the method", "GET\t/ HTTP/1.1", METHOD_INVALID),
          line("a colon in the method", "GE:T / HTTP/1.1", METHOD_INVALID),
          line("a non-ASCII method", "GÉT / HTTP/1.1", METHOD_INVALID),
          line("a line of one word", "GET", METHOD_INVALID),
          line("the first octets of a TLS ClientHello", "\u0016\u0003\u0001\u0002", METHOD_INVALID),
          line("33 octets of method", "A".repeat(33) + " / HTTP/1.1", METHOD_TOO_LONG),
          line("CONNECT", "CONNECT a:443 HTTP/1.1", DONE),
          line(
              "CONNECT with a body",
              "CONNECT a:443 HTTP/1.1\r\nContent-Length: 1",
              CONNECT_REFUSED),
          line("CONNECT without a port", "CONNECT a HTTP/1.1", TARGET_FORM),
          line("CONNECT with a path", "CONNECT / HTTP/1.1", HOST_INVALID),
          line("two spaces before the target", "GET  / HTTP/1.1", SPACE_IN_TARGET),
          line("two spaces before the version", "GET /  HTTP/1.1", SPACE_IN_TARGET),
          line("a space in the target", "GET /a b HTTP/1.1", SPACE_IN_TARGET),
          line("a second request line in the target", "GET / HTTP/1.1 HTTP/1.1", VERSION_MALFORMED),
          line("a tab in the target", "GET /a\tb HTTP/1.1", TARGET_INVALID),
          line("a NUL in the target", "GET /a\0b HTTP/1.1", TARGET_INVALID),
          line("a vertical tab in the target", "GET /\u000b HTTP/1.1", TARGET_INVALID),
          line("a DEL in the target", "GET /\u007f HTTP/1.1", TARGET_INVALID),
          // CVE-2023-45539: what follows the # is part of the path for some servers
          line("a fragment", "GET /a#b HTTP/1.1", TARGET_INVALID),
          line("raw UTF-8", "GET /\u00c3\u00a9 HTTP/1.1", TARGET_INVALID),
          line("a quote", "GET /\" HTTP/1.1", TARGET_INVALID),
          line("angle brackets", "GET /<a> HTTP/1.1", TARGET_INVALID),
          line("authority form without CONNECT", "GET a:80 HTTP/1.1", TARGET_FORM),
          line("a relative path", "GET index.html HTTP/1.1", TARGET_FORM),
          line("an asterisk without OPTIONS", "GET * HTTP/1.1", TARGET_FORM),
          line("an asterisk with a query", "OPTIONS *?a HTTP/1.1", TARGET_FORM),
          line("another scheme", "GET ftp://a/ HTTP/1.1", TARGET_FORM),
          line("a query alone", "GET ?a HTTP/1.1", TARGET_FORM),
          line("a scheme alone", "GET http:// HTTP/1.1", TARGET_FORM),
          line("an absolute form with an empty host", "GET http:///a HTTP/1.1", HOST_INVALID),
          line("user information", "GET http://u@b/ HTTP/1.1", HOST_INVALID),
          line("user information with a password", "GET http://b:80@c/ HTTP/1.1", HOST_INVALID),
          line("HTTP/0.9", "GET /", VERSION_MISSING),
          line("a space and no version", "GET / ", VERSION_MISSING),
          line("a lower-case protocol", "GET / http/1.1", VERSION_MALFORMED),
          line("a mixed-case protocol", "GET / HTTp/1.1", VERSION_MALFORMED),
          line("a version of one digit", "GET / HTTP/1", VERSION_MALFORMED),
          line("a minor version of two digits", "GET / HTTP/1.10", VERSION_MALFORMED),
          line("a version with a leading zero", "GET / HTTP/01.1", VERSION_MALFORMED),
          line("a comma in the version", "GET / HTTP/1,1", VERSION_MALFORMED),
          line("a space after the version", "GET / HTTP/1.1 ", VERSION_MALFORMED),
          line("a tab after the version", "GET / HTTP/1.1\t", VERSION_MALFORMED),
          line("HTTP/1.2", "GET / HTTP/1.2", VERSION_UNSUPPORTED),
          line("HTTP/2.0", "GET / HTTP/2.0", VERSION_UNSUPPORTED),
          line("HTTP/9.9", "GET / HTTP/9.9", VERSION_UNSUPPORTED),
          new Vector("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION_UNSUPPORTED),
          new Vector("a bare LF after the line", "GET / HTTP/1.1\nHost: a\r\n\r\n", BARE_LF),
          new Vector("a bare LF after 1.0", "GET / HTTP/1.0\nHost: a\r\n\r\n", BARE_LF),
          new Vector("a bare CR after the line", "GET / HTTP/1.1\rHost: a\r\n\r\n", BARE_CR),
          new Vector("CR CR LF after the line", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", BARE_CR),
          new Vector("a bare LF after the target", "GET /\nHost: a\r\n\r\n", BARE_LF),

          // Fields
          fields("no space after the colon", "A:b", DONE),
          fields("much space around the value", "A: \t b \t ", DONE),
          fields("an empty value", "A:", DONE),
          fields("a value of white space", "A: \t ", DONE),
          fields("a tab within a value", "A: b\tc", DONE),
          fields("obs-text in a value", "A: \u0080\u00ff", DONE),
          fields("a name with every token character", "!#$%&'*+-.^_`|~09azAZ: b", DONE),
          fields("one field twice", "A: b\r\nA: c", DONE),
          // CVE-2019-16869
          fields("a space before the colon", "A : b", WHITESPACE_BEFORE_COLON),
          fields("a tab before the colon", "A\t: b", WHITESPACE_BEFORE_COLON),
          fields(
              "a space before the colon of framing", "Content-Length : 5", WHITESPACE_BEFORE_COLON),
          fields(
              "a space before the colon of coding",
              "Transfer-Encoding : chunked",
              WHITESPACE_BEFORE_COLON),
          fields(
              "a vertical tab before the colon",
              "Transfer-Encoding\u000b: chunked",
              FIELD_NAME_INVALID),
          fields("a folded value", "A: b\r\n c", OBS_FOLD),
          fields("a folded value by tab", "A: b\r\n\tc", OBS_FOLD),
          fields("a folded coding", "Transfer-Encoding:\r\n chunked", OBS_FOLD),
          fields("a line of a space", "A: b\r\n ", OBS_FOLD),
          // CVE-2023-25725
          fields("an empty name", ": b", FIELD_NAME_EMPTY),
          fields("no colon", "abc", FIELD_WITHOUT_COLON),
          fields("a second request line", "GET / HTTP/1.1", WHITESPACE_BEFORE_COLON),
          fields("a NUL in the name", "A\0: b", FIELD_NAME_INVALID),
          fields("a slash in the name", "A/B: b", FIELD_NAME_INVALID),
          fields("brackets in the name", "A[]: b", FIELD_NAME_INVALID),
          fields("a quote in the name", "\"A\": b", FIELD_NAME_INVALID),
          fields("a DEL in the name", "A\u007f: b", FIELD_NAME_INVALID),
          fields("a non-ASCII name", "A\u00e9: b", FIELD_NAME_INVALID),
          fields(
              "a no-break space before the colon", "Content-Length\u00a0: 5", FIELD_NAME_INVALID),
          // CVE-2019-9900
          fields("a NUL in the value", "A: b\0c", FIELD_VALUE_INVALID),
          fields("a NUL as the value's first octet", "A: \0c", FIELD_VALUE_INVALID),
          fields("a DEL in the value", "A: b\u007fc", FIELD_VALUE_INVALID),
          fields("an escape in the value", "A: b\u001b[0m", FIELD_VALUE_INVALID),
          fields("a form feed in the value", "A: b\fc", FIELD_VALUE_INVALID),
          fields(
              "a control behind a long value",
              "A: 0123456789abcdef0123\u0001",
              FIELD_VALUE_INVALID),
          fields("a bare LF in the value", "A: b\nC: d", BARE_LF),
          fields("a bare CR in the value", "A: b\rC: d", BARE_CR),
          fields("CR CR LF", "A: b\r\r\nC: d", BARE_CR),
          fields("LF LF as the end", "A: b\n\n", BARE_LF),
          fields("CRLF LF as the end", "A: b\r\n\nC: d", BARE_LF),
          fields("CRLF CR as the end", "A: b\r\n\rC: d", BARE_CR),
          new Vector(
              "a space before the first field",
              "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
              WHITESPACE_BEFORE_FIRST_FIELD),
          new Vector(
              "a tab before the first field",
              "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n",
              WHITESPACE_BEFORE_FIRST_FIELD),

          // Host
          host("example.com", DONE),
          host("EXAMPLE.com:8080", DONE),
          host("example.com.", DONE),
          host("under_score", DONE),
          host("192.0.2.1:65535", DONE),
          host("[2001:db8::1]", DONE),
          host("[::ffff:192.0.2.1]:80", DONE),
          host("", HOST_INVALID),
          host(".", HOST_INVALID),
          host(":80", HOST_INVALID),
          host("a:", HOST_INVALID),
          host("a:65536", HOST_INVALID),
          host("a:000080", HOST_INVALID),
          host("a:80a", HOST_INVALID),
          host("a:-1", HOST_INVALID),
          host("a:80:90", HOST_INVALID),
          host("a b", HOST_INVALID),
          host("a,b", HOST_INVALID),
          host("a/b", HOST_INVALID),
          host("a?b", HOST_INVALID),
          host("a#b", HOST_INVALID),
          host("a\\b", HOST_INVALID),
          host("u@a", HOST_INVALID),
          host("a%2eb", HOST_INVALID),
          host("\u00e9", HOST_INVALID),
          host("2001:db8::1", HOST_INVALID),
          host("[2001:db8::1", HOST_INVALID),
          host("[]", HOST_INVALID),
          host("[::1]x", HOST_INVALID),
          host("[fe80::1%25eth0]", HOST_INVALID),
          host("[v1.a]", HOST_INVALID),
          host("a".repeat(262), HOST_INVALID),
          new Vector("no host in 1.1", "GET / HTTP/1.1\r\nA: b\r\n\r\n", HOST_MISSING),
          new Vector(
              "no host in 1.1 with absolute form", "GET http://a/ HTTP/1.1\r\n\r\n", HOST_MISSING),
          new Vector("no host in 1.0", "GET / HTTP/1.0\r\n\r\n", DONE),
          fields("two hosts", "Host: b", HOST_REPEATED),
          fields("one host twice", "host: a", HOST_REPEATED),

          // Content-Length
          fields("a length", "Content-Length: 5", DONE),
          fields("a length of 0", "Content-Length: 0", DONE),
          fields("a length of 18 digits", "Content-Length: 999999999999999999", DONE),
          fields("a length with leading zeros", "Content-Length: 007", DONE),
          fields("a length with space around", "Content-Length: \t5 ", DONE),
          // CVE-2023-40225
          fields("an empty length", "Content-Length:", CONTENT_LENGTH_INVALID),
          fields("a length of white space", "Content-Length: \t", CONTENT_LENGTH_INVALID),
          fields("a length with a plus", "Content-Length: +5", CONTENT_LENGTH_INVALID),
          fields("a negative length", "Content-Length: -5", CONTENT_LENGTH_INVALID),
          fields("a hexadecimal length", "Content-Length: 0x5", CONTENT_LENGTH_INVALID),
          fields("a length with a letter", "Content-Length: 5a", CONTENT_LENGTH_INVALID),
          fields("a length with a dot", "Content-Length: 5.0", CONTENT_LENGTH_INVALID),
          fields("a length with an exponent", "Content-Length: 1e1", CONTENT_LENGTH_INVALID),
          fields("a length with an underscore", "Content-Length: 1_0", CONTENT_LENGTH_INVALID),
          fields("a length with a space", "Content-Length: 5 5", CONTENT_LENGTH_INVALID),
          fields("a length with a parameter", "Content-Length: 5;a", CONTENT_LENGTH_INVALID),
          fields("a quoted length", "Content-Length: \"5\"", CONTENT_LENGTH_INVALID),
          fields("a list of one length", "Content-Length: 5, 5", CONTENT_LENGTH_INVALID),
          fields("a list of two lengths", "Content-Length: 5, 6", CONTENT_LENGTH_INVALID),
          fields("a list with an empty member", "Content-Length: 5,", CONTENT_LENGTH_INVALID),
          fields("an Arabic-Indic digit", "Content-Length: \u00d9\u00a5", CONTENT_LENGTH_INVALID),
          fields("a control in a length", "Content-Length: \u000b5", FIELD_VALUE_INVALID),
          fields("two lengths", "Content-Length: 5\r\nContent-Length: 6", CONTENT_LENGTH_REPEATED),
          fields(
              "one length twice",
              "Content-Length: 5\r\ncontent-length: 5",
              CONTENT_LENGTH_REPEATED),
          // CVE-2021-40346 and its kin: arithmetic that wraps around
          fields(
              "a length of 19 digits",
              "Content-Length: 1000000000000000000",
              CONTENT_LENGTH_OVERFLOW),
          fields(
              "a length of 2^64 + 5",
              "Content-Length: 18446744073709551621",
              CONTENT_LENGTH_OVERFLOW),

          // Transfer-Encoding
          fields("chunked", "Transfer-Encoding: chunked", DONE),
          fields("chunked in capitals", "TRANSFER-ENCODING: CHUNKED", DONE),
          fields(
              "CL.TE",
              "Content-Length: 5\r\nTransfer-Encoding: chunked",
              LENGTH_WITH_TRANSFER_ENCODING),
          fields(
              "TE.CL",
              "Transfer-Encoding: chunked\r\nContent-Length: 5",
              LENGTH_WITH_TRANSFER_ENCODING),
          fields(
              "length 0 and chunked",
              "Content-Length: 0\r\nTransfer-Encoding: chunked",
              LENGTH_WITH_TRANSFER_ENCODING),
          fields(
              "length and identity",
              "Content-Length: 5\r\nTransfer-Encoding: identity",
              LENGTH_WITH_TRANSFER_ENCODING),
          fields("an unknown coding", "Transfer-Encoding: xchunked", TRANSFER_ENCODING_UNSUPPORTED),
          fields("identity", "Transfer-Encoding: identity", TRANSFER_ENCODING_UNSUPPORTED),
          fields("gzip", "Transfer-Encoding: gzip", TRANSFER_ENCODING_UNSUPPORTED),
          fields(
              "chunked with a letter more",
              "Transfer-Encoding: chunkedd",
              TRANSFER_ENCODING_UNSUPPORTED),
          fields(
              "chunked twice",
              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
              TRANSFER_ENCODING_INVALID),
          fields(
              "chunked and another field",
              "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
              TRANSFER_ENCODING_INVALID),
          fields(
              "another field and chunked",
              "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
              TRANSFER_ENCODING_INVALID),
          fields(
              "chunked twice in a list",
              "Transfer-Encoding: chunked, chunked",
              TRANSFER_ENCODING_INVALID),
          fields("gzip, chunked", "Transfer-Encoding: gzip, chunked", TRANSFER_ENCODING_INVALID),
          fields(
              "chunked, identity",
              "Transfer-Encoding: chunked, identity",
              TRANSFER_ENCODING_INVALID),
          fields("chunked and a comma", "Transfer-Encoding: chunked,", TRANSFER_ENCODING_INVALID),
          fields("a comma and chunked", "Transfer-Encoding: ,chunked", TRANSFER_ENCODING_INVALID),
          fields(
              "chunked with a parameter",
              "Transfer-Encoding: chunked;a=b",
              TRANSFER_ENCODING_INVALID),
          fields("chunked in quotes", "Transfer-Encoding: \"chunked\"", TRANSFER_ENCODING_INVALID),
          fields("two words", "Transfer-Encoding: chunked x", TRANSFER_ENCODING_INVALID),
          fields("an empty coding", "Transfer-Encoding:", TRANSFER_ENCODING_INVALID),
          fields(
              "a no-break space before chunked",
              "Transfer-Encoding: \u00a0chunked",
              TRANSFER_ENCODING_INVALID),
          fields(
              "a vertical tab before chunked",
              "Transfer-Encoding: \u000bchunked",
              FIELD_VALUE_INVALID),
          fields(
              "a vertical tab behind chunked",
              "Transfer-Encoding: chunked\u000b",
              FIELD_VALUE_INVALID),
          fields("a bare CR behind chunked", "Transfer-Encoding: chunked\r\r\n", BARE_CR),
          new Vector(
              "chunked in 1.0",
              "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
              TRANSFER_ENCODING_IN_HTTP_1_0),
          fields(
              "33 connection options",
              "Connection: " + "a,".repeat(33),
              TOO_MANY_CONNECTION_OPTIONS));
}
