package io.gatehouse.l7.http;

/** Status lines, made once, with the reason phrases of the IANA registry. */
final class StatusLine {
  private static final int MIN = 100;
  private static final int MAX = 599;
  private static final byte[][] WITH_REASON = new byte[MAX + 1][];
  private static final byte[][] BEFORE_REASON = new byte[MAX + 1][];
  private static final String[] REASON = new String[MAX + 1];

  static {
    for (int status = MIN; status <= MAX; status++) {
      REASON[status] = reasonOf(status);
      BEFORE_REASON[status] = Syntax.ascii("HTTP/1.1 " + status + " ");
      WITH_REASON[status] = Syntax.ascii("HTTP/1.1 " + status + " " + REASON[status] + "\r\n");
    }
  }

  private StatusLine() {}

  /** The whole line with CRLF. */
  static byte[] of(int status) {
    return WITH_REASON[status];
  }

  /** The line up to the reason phrase. */
  static byte[] beforeReason(int status) {
    return BEFORE_REASON[status];
  }

  static String reason(int status) {
    return REASON[status];
  }

  private static String reasonOf(int status) {
    return switch (status) {
      case 100 -> "Continue";
      case 101 -> "Switching Protocols";
      case 103 -> "Early Hints";
      case 200 -> "OK";
      case 201 -> "Created";
      case 202 -> "Accepted";
      case 203 -> "Non-Authoritative Information";
      case 204 -> "No Content";
      case 205 -> "Reset Content";
      case 206 -> "Partial Content";
      case 207 -> "Multi-Status";
      case 300 -> "Multiple Choices";
      case 301 -> "Moved Permanently";
      case 302 -> "Found";
      case 303 -> "See Other";
      case 304 -> "Not Modified";
      case 307 -> "Temporary Redirect";
      case 308 -> "Permanent Redirect";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 406 -> "Not Acceptable";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 411 -> "Length Required";
      case 412 -> "Precondition Failed";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 415 -> "Unsupported Media Type";
      case 416 -> "Range Not Satisfiable";
      case 417 -> "Expectation Failed";
      case 421 -> "Misdirected Request";
      case 422 -> "Unprocessable Content";
      case 425 -> "Too Early";
      case 426 -> "Upgrade Required";
      case 428 -> "Precondition Required";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 451 -> "Unavailable For Legal Reasons";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      case 505 -> "HTTP Version Not Supported";
      case 511 -> "Network Authentication Required";
      default -> "";
    };
  }
}
