package io.gatehouse.health;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a probe sends, and which answer is healthy. */
public sealed interface Probe {
  /** Longest wait for an answer that still counts as quick: any. */
  long ANY_LATENCY = Long.MAX_VALUE;

  /** Most bytes of a body that are looked at, by default. */
  int DEFAULT_MAX_BODY_BYTES = 64 * 1024;

  /**
   * The handshake is the answer. With a PROXY header, the probe also half-closes and the endpoint
   * must close in its turn: the kernel shakes hands for a process that hangs, but only a process
   * that works closes.
   */
  record Tcp() implements Probe {}

  /** A TLS handshake is the answer. */
  record Tls(ProbeTls tls) implements Probe {}

  /**
   * The health service of gRPC (grpc.health.v1.Health/Check): {@code SERVING} is healthy.
   *
   * @param service that is asked about; empty asks about the server as a whole
   * @param authority empty sends the endpoint's address
   * @param tls null: HTTP/2 in the clear
   */
  record Grpc(String service, String authority, @Nullable ProbeTls tls) implements Probe {
    private static final int MAX_SERVICE_CHARS = 256;

    public Grpc {
      require(
          service.length() <= MAX_SERVICE_CHARS && service.matches("[!-~]*"),
          "service",
          service,
          "at most " + MAX_SERVICE_CHARS + " visible ASCII characters");
      require(authority.matches("[!-~]*"), "authority", authority, "visible ASCII");
    }
  }

  /**
   * A request over HTTP.
   *
   * @param version what is spoken
   * @param tls null: in the clear
   * @param readsReport whether the body is JSON in which the endpoint speaks of itself, see {@link
   *     Report}
   */
  record Http(
      Version version,
      Request request,
      Healthy healthy,
      boolean readsReport,
      @Nullable ProbeTls tls)
      implements Probe {

    /** An HTTP/1.1 request in the clear, judged by its status alone. */
    public Http(String method, String path, String host, int minStatus, int maxStatus) {
      this(
          Version.HTTP_1,
          new Request(method, path, host, List.of()),
          Healthy.status(minStatus, maxStatus),
          false,
          null);
    }

    /** GET of a path, healthy on 200 to 399. */
    public static Http get(String path) {
      return new Http("GET", path, "", 200, 399);
    }

    /** Whether more than the status has to be read. */
    boolean readsBody() {
      return readsReport || !(healthy.body() instanceof BodyRule.Any);
    }
  }

  /** A version of HTTP. */
  enum Version {
    HTTP_1,
    /** With prior knowledge in the clear, by ALPN with TLS. */
    HTTP_2
  }

  /**
   * What is asked.
   *
   * @param host Host header or {@code :authority}; empty sends the endpoint's address
   * @param headers further ones
   */
  record Request(String method, String path, String host, List<Header> headers) {
    /** Most further headers. */
    public static final int MAX_HEADERS = 32;

    /**
     * @throws IllegalArgumentException if a text could not stand in a request head (RFC 9112,
     *     section 3)
     */
    public Request {
      headers = List.copyOf(headers);
      require(method.matches(Header.TOKEN), "method", method, "a token");
      require(path.matches("/[!-~]*|\\*"), "path", path, "a / and visible ASCII");
      require(host.matches("[!-~]*"), "host", host, "visible ASCII");
      require(headers.size() <= MAX_HEADERS, "headers", headers.size(), "at most " + MAX_HEADERS);
    }
  }

  /** A header of the request. */
  record Header(String name, String value) {
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    /** What the probe itself says, or what would make the message another one. */
    private static final Set<String> RESERVED =
        Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "upgrade",
            "te",
            "trailer",
            "keep-alive",
            "proxy-connection",
            "expect");

    /**
     * @throws IllegalArgumentException if it could not stand in a request head
     */
    public Header {
      require(name.matches(TOKEN), "header", name, "a token");
      require(
          !RESERVED.contains(name.toLowerCase(Locale.ROOT)),
          "header",
          name,
          "one that the probe does not set itself");
      require(value.matches("[\\t -~]*"), "header " + name, value, "visible ASCII");
    }
  }

  /**
   * Which answer is healthy.
   *
   * @param statuses one of these ranges holds the status
   * @param maxLatencyNanos from the request to the whole answer; {@link #ANY_LATENCY} for any that
   *     the timeout allows
   * @param maxBodyBytes of the body are looked at; what follows is not read
   */
  record Healthy(List<Statuses> statuses, BodyRule body, long maxLatencyNanos, int maxBodyBytes) {
    /** Most bytes of a body that may be looked at. */
    public static final int MOST_BODY_BYTES = 1024 * 1024;

    public Healthy {
      statuses = List.copyOf(statuses);
      require(!statuses.isEmpty(), "statuses", statuses, "one or more");
      require(maxLatencyNanos > 0, "maxLatencyNanos", maxLatencyNanos, "> 0");
      require(
          maxBodyBytes > 0 && maxBodyBytes <= MOST_BODY_BYTES,
          "maxBodyBytes",
          maxBodyBytes,
          "1 to " + MOST_BODY_BYTES);
    }

    /** A status of this range. */
    public static Healthy status(int min, int max) {
      return new Healthy(
          List.of(new Statuses(min, max)), new BodyRule.Any(), ANY_LATENCY, DEFAULT_MAX_BODY_BYTES);
    }

    boolean holds(int status) {
      return statuses.stream().anyMatch(range -> status >= range.min() && status <= range.max());
    }

    /** The ranges, in words. */
    String expected() {
      return String.join(", ", statuses.stream().map(Statuses::toString).toList());
    }
  }

  /** Statuses, both ends included. */
  record Statuses(int min, int max) {
    public Statuses {
      require(min >= 100, "minStatus", min, ">= 100");
      require(max <= 599, "maxStatus", max, "<= 599");
      require(min <= max, "minStatus", min, "<= maxStatus " + max);
    }

    @Override
    public String toString() {
      return min == max ? String.valueOf(min) : min + "-" + max;
    }
  }

  /** What a healthy body looks like. */
  sealed interface BodyRule {
    /** Any, unread. */
    record Any() implements BodyRule {}

    /** It holds this text, as UTF-8. */
    record Contains(String text) implements BodyRule {
      public Contains {
        require(!text.isEmpty(), "contains", text, "some text");
      }
    }

    /** It holds a match of this expression (RE2: linear time, whatever comes). */
    record Matches(Pattern pattern) implements BodyRule {
      private static final int MAX_CHARS = 1024;

      /**
       * @throws IllegalArgumentException if it is no expression of RE2; the message says why
       */
      public static Matches of(String expression) {
        require(
            expression.length() <= MAX_CHARS,
            "matches",
            expression.length() + " characters",
            "at most " + MAX_CHARS);
        try {
          return new Matches(Pattern.compile(expression));
        } catch (PatternSyntaxException e) {
          throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
      }
    }
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %s (expected: %s)".formatted(name, value, expected));
    }
  }
}
