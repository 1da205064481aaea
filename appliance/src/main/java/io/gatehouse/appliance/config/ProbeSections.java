package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.ScalarType.WrongWordException;
import io.gatehouse.appliance.config.Scalars.StatusRange;
import io.gatehouse.health.Probe;
import io.gatehouse.health.Probe.BodyRule;
import io.gatehouse.health.Probe.Header;
import io.gatehouse.health.Probe.Healthy;
import io.gatehouse.health.Probe.Statuses;
import io.gatehouse.health.ProbeTls;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code healthCheck.http}, {@code .grpc} and {@code .tls}: what a probe says and expects. */
final class ProbeSections {
  private static final Key<String> PATH =
      Key.required("path", Scalars.PROBE_PATH, "What is asked for.");

  private static final Key<String> METHOD = Key.of("method", Scalars.METHOD, "GET", "Its method.");

  private static final Key<String> HOST =
      Key.optional(
          "host",
          Scalars.HOST_HEADER,
          "the endpoint's address",
          "Host header, where the backend serves several sites.");

  private static final Key<List<Header>> HEADERS =
      Key.optional(
          "headers",
          ListType.of(
              Scalars.string(
                  "a header such as 'X-Probe: yes'",
                  "\"X-Probe: yes\"",
                  ProbeSections::header,
                  header -> header.name() + ": " + header.value())),
          "none",
          "Further headers of the request.");

  private static final Key<List<StatusRange>> STATUS =
      Key.of(
          "status",
          ListType.orSingle(Scalars.STATUS_RANGE),
          List.of(new StatusRange(200, 399)),
          "Statuses that count as healthy.");

  private static final Key<String> CONTAINS =
      Key.optional(
          "contains",
          Scalars.string("a text", "ok", ProbeSections::text, text -> text),
          "any body is healthy",
          "Text that the body must hold.");

  private static final Key<BodyRule.Matches> MATCHES =
      Key.optional(
          "matches",
          Scalars.string(
              "a regular expression of RE2",
              "ready|warming",
              ProbeSections::expression,
              rule -> rule.pattern().pattern()),
          "any body is healthy",
          "Regular expression (RE2) of which the body must hold a match.");

  private static final Key<Long> MAX_BODY =
      Key.of(
          "maxBody",
          Scalars.size("1B", "1MiB"),
          (long) Probe.DEFAULT_MAX_BODY_BYTES,
          "How much of a body is looked at; the rest is not read.");

  private static final Key<Long> MAX_LATENCY =
      Key.optional(
          "maxLatency",
          Scalars.duration("1ms", "1m"),
          "any that `timeout` allows",
          "An answer that takes longer has failed.");

  private static final Key<Boolean> REPORT =
      Key.of(
          "report",
          Scalars.BOOLEAN,
          false,
          "Deep check: the body is a JSON object in which the endpoint may ask for a `weight` of 0"
              + " to 100 per cent of its configured one, for a `drain` (true), or to be spared"
              + " (`degraded`: true, or why). Other keys are passed over.");

  private static final Key<Probe.Version> VERSION =
      Key.optional(
          "version",
          new ScalarType<>(
              "one of h1, h2",
              "h2",
              ProbeSections::version,
              json -> json.field("enum", List.of("h1", "h2")),
              version -> version == Probe.Version.HTTP_2 ? "h2" : "h1"),
          "as the pool's `protocol`; h1 where that is `auto`",
          "HTTP/1.1, or HTTP/2: by ALPN over TLS, else with prior knowledge.");

  static final Key<Probe.Http> HTTP =
      Key.optional(
          "http",
          ObjectType.<Probe.Http>of(
                  "an HTTP probe",
                  ProbeSections::http,
                  PATH,
                  METHOD,
                  HOST,
                  HEADERS,
                  STATUS,
                  CONTAINS,
                  MATCHES,
                  MAX_BODY,
                  MAX_LATENCY,
                  REPORT,
                  VERSION)
              .or(PATH),
          "TCP: the handshake is the answer",
          "An HTTP request to each endpoint; a path alone asks with GET.");

  private static final Key<String> SERVICE =
      Key.of(
          "service",
          Scalars.string("a name such as app.Orders", "app.Orders", ProbeSections::name, s -> s),
          "",
          "Service that is asked about; empty asks about the server as a whole.");

  private static final Key<String> AUTHORITY =
      Key.optional("authority", Scalars.HOST_HEADER, "the endpoint's address", "Its `:authority`.");

  static final Key<Probe.Grpc> GRPC =
      Key.optional(
          "grpc",
          ObjectType.of("a gRPC probe", ProbeSections::grpc, SERVICE, AUTHORITY),
          "none",
          "A call of gRPC's health service (grpc.health.v1), over HTTP/2: `SERVING` is healthy.");

  private static final Key<Boolean> VERIFY =
      Key.of(
          "verify",
          Scalars.BOOLEAN,
          false,
          "Whether the certificate must be in force, for the name, and of an authority that the"
              + " pool's `tls` trusts, or the JDK.");

  private static final Key<String> SERVER_NAME =
      Key.optional(
          "serverName",
          Addresses.HOST_NAME,
          "the endpoint's own name or address",
          "Name that is asked for (SNI) and that the certificate must hold.");

  static final ObjectType<ProbeTls> TLS =
      ObjectType.of(
          "the TLS of a probe",
          fields -> new ProbeTls(fields.get(VERIFY), fields.find(SERVER_NAME), null, null),
          VERIFY,
          SERVER_NAME);

  private ProbeSections() {}

  /** The same probe, over another connection. */
  static Probe.Http with(Probe.Http http, @Nullable ProbeTls tls, Probe.Version version) {
    return new Probe.Http(version, http.request(), http.healthy(), http.readsReport(), tls);
  }

  private static Probe.@Nullable Http http(Fields fields) {
    if (fields.has(CONTAINS) && fields.has(MATCHES)) {
      fields.error(
          fields.at(MATCHES),
          "conflicting-keys",
          "a probe takes 'contains' or 'matches', not both",
          "an expression can hold the text, too");
      return null;
    }
    String text = fields.find(CONTAINS);
    BodyRule expression = fields.find(MATCHES);
    BodyRule body =
        text != null
            ? new BodyRule.Contains(text)
            : expression == null ? new BodyRule.Any() : expression;
    if (fields.get(METHOD).equals("HEAD")
        && (!(body instanceof BodyRule.Any) || fields.get(REPORT))) {
      fields.error(
          fields.at(METHOD),
          "conflicting-keys",
          "an answer to HEAD has no body to look at",
          "leave out 'method', or what is said of the body");
      return null;
    }
    List<Statuses> statuses =
        fields.get(STATUS).stream().map(range -> new Statuses(range.min(), range.max())).toList();
    if (statuses.isEmpty()) {
      return null; // reported
    }
    Long latency = fields.find(MAX_LATENCY);
    List<Header> headers = fields.find(HEADERS);
    String host = fields.find(HOST);
    Probe.Version version = fields.find(VERSION);
    return new Probe.Http(
        version == null ? Probe.Version.HTTP_1 : version,
        new Probe.Request(
            fields.get(METHOD),
            fields.get(PATH),
            host == null ? "" : host,
            headers == null ? List.of() : headers.stream().limit(MAX_HEADERS).toList()),
        new Healthy(
            statuses,
            body,
            latency == null ? Probe.ANY_LATENCY : latency,
            Math.toIntExact(fields.get(MAX_BODY))),
        fields.get(REPORT),
        null);
  }

  private static final int MAX_HEADERS = Probe.Request.MAX_HEADERS;

  private static Probe.Grpc grpc(Fields fields) {
    String authority = fields.find(AUTHORITY);
    return new Probe.Grpc(fields.get(SERVICE), authority == null ? "" : authority, null);
  }

  private static Header header(String text) throws WrongWordException {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new WrongWordException(null);
    }
    try {
      return new Header(text.substring(0, colon), text.substring(colon + 1).strip());
    } catch (IllegalArgumentException e) {
      throw new WrongWordException("bad-header", "is refused: " + e.getMessage(), null);
    }
  }

  private static String text(String text) throws WrongWordException {
    if (text.isEmpty() || text.chars().anyMatch(c -> c < ' ')) {
      throw new WrongWordException(null);
    }
    return text;
  }

  private static String name(String text) throws WrongWordException {
    try {
      return new Probe.Grpc(text, "", null).service();
    } catch (IllegalArgumentException e) {
      throw new WrongWordException(null);
    }
  }

  private static BodyRule.Matches expression(String text) throws WrongWordException {
    if (text.isEmpty() || text.chars().anyMatch(c -> c < ' ')) {
      throw new WrongWordException(null);
    }
    try {
      return BodyRule.Matches.of(text);
    } catch (IllegalArgumentException e) {
      throw new WrongWordException("bad-expression", "is no expression: " + e.getMessage(), null);
    }
  }

  private static Probe.Version version(String text) throws WrongWordException {
    return switch (text) {
      case "h1" -> Probe.Version.HTTP_1;
      case "h2" -> Probe.Version.HTTP_2;
      default -> throw new WrongWordException(null);
    };
  }
}
