package io.gatehouse.l7.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PathPolicy;
import io.gatehouse.l7.Upgrade;
import java.net.InetAddress;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a head between the parser and the writer. */
class ForwardingTest {
  private final RequestId id = new RequestId();

  ForwardingTest() {
    id.draw(new SplittableRandom(1));
  }

  private static ForwardedClient client(@Nullable String address) {
    return ForwardedClient.of(address == null ? null : InetAddress.ofLiteral(address), true, 443);
  }

  private static HeaderBlock request(String fields) {
    return Heads.request("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n");
  }

  /** The fields that a request has after the edit, one per line. */
  private static String stripped(String fields) {
    HeaderBlock head = request(fields);
    HopByHop.strip(head);
    return head.toString();
  }

  private String forwarded(String fields, @Nullable String client, boolean trusted) {
    HeaderBlock head = request(fields);
    HopByHop.strip(head);
    ForwardedHeaders.apply(head, client(client), id, trusted);
    return head.toString();
  }

  @Test
  void aRequestGoesOnWithItsHopByHopFieldsReplacedByForwardedOnes() {
    HeaderBlock head =
        Heads.request(
            "GET http://Example.com:8080/a/%7Eb?q=1 HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n"
                + "Connection: keep-alive, X-Drop\r\nX-Drop: 1\r\nX-Keep:  2 \r\n\r\n");
    assertThat(RequestTarget.normalise(head, PathPolicy.DEFAULT))
        .isEqualTo(HeadResult.Progress.DONE);
    HopByHop.strip(head);
    ForwardedHeaders.apply(head, client("192.0.2.7"), id, false);
    assertThat(Heads.written(head))
        .isEqualTo(
            "GET /a/~b?q=1 HTTP/1.1\r\n"
                + "accept: */*\r\n"
                + "x-keep: 2\r\n"
                + "host: example.com:8080\r\n"
                + "x-forwarded-for: 192.0.2.7\r\n"
                + "x-forwarded-proto: https\r\n"
                + "x-forwarded-port: 443\r\n"
                + "x-forwarded-host: example.com:8080\r\n"
                + "forwarded: for=192.0.2.7;host=\"example.com:8080\";proto=https\r\n"
                + "x-request-id: "
                + id
                + "\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Connection: close",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic x",
        "Proxy-Authenticate: Basic",
        "TE: gzip",
        "Transfer-Encoding: chunked",
        "Upgrade: h2c",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x",
        "Connection: x-a\r\nX-A: b",
        "X-A: b\r\nConnection: close,x-A ,\t\r\nX-a: c",
        "Connection: close\r\nConnection: X-B\r\nX-B: c",
        "Connection: connection, te\r\nTE: gzip",
      })
  void removesWhatHoldsForOneConnection(String fields) {
    assertThat(stripped(fields)).isEqualTo("host: a\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5",
        "Content-Type: a/b",
        "Authorization: Basic x",
        "Cookie: a=b",
        "Forwarded: for=x",
        "X-Forwarded-For: 192.0.2.9",
        "X-Forwarded-Anything: x",
        "X-Real-IP: 192.0.2.9",
        "X-Request-ID: x",
      })
  void connectionCannotNameWhatBackendsRelyOn(String field) {
    String name = field.substring(0, field.indexOf(':'));
    HeaderBlock head = request("Connection: close, host, " + name + "\r\n" + field);
    HopByHop.strip(head);
    assertThat(head.contains(HeaderName.HOST)).isTrue();
    assertThat(head.contains(HeaderName.of(name))).isTrue();
  }

  @Test
  void anAnnouncementOfTrailersStaysAndOtherCodingsGo() {
    assertThat(stripped("TE: gzip, Trailers;q=1, trailers")).isEqualTo("host: a\nte: trailers\n");
    assertThat(stripped("Connection: TE\r\nTE: trailers")).isEqualTo("host: a\nte: trailers\n");
  }

  @Test
  void anUpgradeThatIsUnderstoodIsDeclaredAnew() {
    HeaderBlock head =
        request("Connection: keep-alive, Upgrade, X-A\r\nUpgrade: WebSocket\r\nX-A: b");
    head.setUpgrade(ConnectionOptions.upgrade(head, new BodyFraming()));
    assertThat(head.upgrade()).isEqualTo(Upgrade.WEBSOCKET);
    HopByHop.strip(head);
    assertThat(head.toString()).isEqualTo("host: a\n");
    HopByHop.declare(head);
    HopByHop.declare(head);
    assertThat(head.toString()).isEqualTo("host: a\nconnection: upgrade\nupgrade: websocket\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Upgrade: websocket",
        "Connection: upgrade",
        "Connection: upgrade\r\nUpgrade: h2c",
        "Connection: upgrade\r\nUpgrade: websocket, h2c",
        "Connection: upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket",
        "Connection: xupgrade\r\nUpgrade: websocket",
      })
  void otherUpgradesAreNone(String fields) {
    assertThat(ConnectionOptions.upgrade(request(fields), new BodyFraming())).isNull();
  }

  @Test
  void onlyAGetWithoutABodyCanBecomeAWebSocket() {
    String fields = "Host: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    var framing = new BodyFraming();
    assertThat(ConnectionOptions.upgrade(Heads.request("GET / HTTP/1.1\r\n" + fields), framing))
        .isEqualTo(Upgrade.WEBSOCKET);
    for (String line : new String[] {"POST / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n"}) {
      assertThat(ConnectionOptions.upgrade(Heads.request(line + fields), framing)).isNull();
    }
    framing.setChunked();
    assertThat(ConnectionOptions.upgrade(Heads.request("GET / HTTP/1.1\r\n" + fields), framing))
        .isNull();
  }

  @Test
  void persistenceFollowsVersionAndConnection() {
    assertThat(keepsAlive("1.1", "A: b")).isTrue();
    assertThat(keepsAlive("1.1", "Connection: x, Close")).isFalse();
    assertThat(keepsAlive("1.1", "Connection: keep-alive\r\nConnection: close")).isFalse();
    assertThat(keepsAlive("1.0", "A: b")).isFalse();
    assertThat(keepsAlive("1.0", "Connection: Keep-Alive")).isTrue();
    assertThat(keepsAlive("1.0", "Connection: keep-alive, close")).isFalse();
  }

  private static boolean keepsAlive(String version, String fields) {
    return ConnectionOptions.keepsAlive(
        Heads.request("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n\r\n"));
  }

  @Test
  void anExpectationIsSeenInItsVersionOnly() {
    assertThat(ConnectionOptions.expectsContinue(request("Expect: 100-Continue"))).isTrue();
    assertThat(ConnectionOptions.expectsContinue(request("Expect: x"))).isFalse();
    assertThat(
            ConnectionOptions.expectsContinue(
                Heads.request("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 198.51.100.1",
        "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 198.51.100.2",
        "X_Forwarded_For: 198.51.100.1",
        "x-forwarded_proto: http",
        "X-Forwarded-Prefix: /admin",
        "X-Forwarded: x",
        "Forwarded: for=198.51.100.1",
        "X-Real-IP: 198.51.100.1",
        "X_Real_IP: 198.51.100.1",
        "True-Client-IP: 198.51.100.1",
        "X-Client-IP: 198.51.100.1",
        "X-Original-URL: /admin",
        "X-Rewrite-URL: /admin",
        "X-Request-ID: mine",
        "Proxy: http://198.51.100.1",
      })
  void nothingIsBelievedOfAClientThatIsNotTrusted(String claim) {
    assertThat(forwarded(claim, "192.0.2.7", false))
        .isEqualTo(
            "host: a\nx-forwarded-for: 192.0.2.7\nx-forwarded-proto: https\n"
                + "x-forwarded-port: 443\nx-forwarded-host: a\n"
                + "forwarded: for=192.0.2.7;host=a;proto=https\nx-request-id: "
                + id
                + "\n");
  }

  @Test
  void aTrustedPeersListsAreContinuedAndItsValuesKept() {
    assertThat(
            forwarded(
                "X-Forwarded-For: 198.51.100.1, 198.51.100.2\r\nX-Forwarded-For: 198.51.100.3\r\n"
                    + "X-Forwarded-Proto: http\r\nX-Forwarded-Host: b\r\nX-Forwarded-Port: 80\r\n"
                    + "Forwarded: for=198.51.100.1\r\nX-Real-IP: 198.51.100.1",
                "192.0.2.7",
                true))
        .isEqualTo(
            "host: a\nx-forwarded-proto: http\nx-forwarded-host: b\nx-forwarded-port: 80\n"
                + "x-real-ip: 198.51.100.1\n"
                + "x-forwarded-for: 198.51.100.1, 198.51.100.2, 198.51.100.3, 192.0.2.7\n"
                + "forwarded: for=198.51.100.1, for=192.0.2.7;host=a;proto=https\nx-request-id: "
                + id
                + "\n");
  }

  @Test
  void addressesAreRenderedAsRfc5952AndRfc7239Say() {
    assertThat(forwarded("A: b", "2001:db8:0:0:0:0:0:1", false))
        .contains("x-forwarded-for: 2001:db8::1\n")
        .contains("forwarded: for=\"[2001:db8::1]\";host=a;proto=https\n");
    assertThat(forwarded("A: b", "::ffff:192.0.2.1", false))
        .contains("x-forwarded-for: 192.0.2.1\n")
        .contains("for=192.0.2.1;");
    assertThat(forwarded("A: b", null, false))
        .contains("x-forwarded-for: unknown\n")
        .contains("forwarded: for=unknown;");
  }

  @Test
  void aHostThatIsNoTokenIsQuoted() {
    HeaderBlock head = Heads.request("GET / HTTP/1.1\r\nHost: [2001:DB8::1]\r\n\r\n");
    ForwardedHeaders.apply(head, client("192.0.2.7"), id, false);
    assertThat(head.toString()).contains(";host=\"[2001:db8::1]\";");
    head = Heads.request("GET / HTTP/1.0\r\n\r\n");
    ForwardedHeaders.apply(head, client("192.0.2.7"), id, false);
    assertThat(head.toString())
        .contains("forwarded: for=192.0.2.7;proto=https\n")
        .doesNotContain("host");
  }

  @Test
  void theLongestListThatFitsAHeadCanBeContinued() {
    String list = "1".repeat(31_000);
    String result =
        forwarded("X-Forwarded-For: " + list + "\r\nForwarded: " + list, "192.0.2.7", true);
    assertThat(result).contains("x-forwarded-for: " + list + ", 192.0.2.7\n");
    assertThat(result).contains("forwarded: " + list + ", for=192.0.2.7;");
  }

  @Test
  void theFramingIsDeclaredAsItGoesOut() {
    var framing = new BodyFraming();
    framing.setChunked();
    assertThat(declared("Content-Length: 5", framing)).isEqualTo("transfer-encoding: chunked\n");
    framing.setLength(7);
    assertThat(declared("A: b", framing)).isEqualTo("a: b\ncontent-length: 7\n");
    assertThat(declared("Content-Length: 7", framing)).isEqualTo("content-length: 7\n");
    framing.setNone();
    assertThat(declared("Content-Length: 7", framing)).isEqualTo("content-length: 7\n");
    framing.setUntilClose();
    assertThat(declared("Transfer-Encoding: chunked", framing)).isEmpty();
    assertThat(declared("Trailer: X-A", framing)).isEmpty();
  }

  private static String declared(String field, BodyFraming framing) {
    HeaderBlock head = Heads.response("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\n");
    MessageFraming.declare(head, framing);
    return head.toString();
  }

  @Test
  void aTrustedRequestIdIsTakenOverIfItIsSafeToQuote() {
    assertThat(id.adopt(request("X-Request-ID: abc-1_2.3~:@+/="))).isTrue();
    assertThat(id).hasToString("abc-1_2.3~:@+/=");
    assertThat(id.adopt(request("X-Request-ID: " + "a".repeat(128)))).isTrue();
    assertThat(id.length()).isEqualTo(128);
    for (String unsafe : new String[] {"", "a b", "a\"b", "a\\b", "\u00e9", "a".repeat(129)}) {
      assertThat(id.adopt(request("X-Request-ID: " + unsafe))).as(unsafe).isFalse();
    }
    assertThat(id.adopt(request("X-Request-ID: a\r\nX-Request-ID: b"))).isFalse();
    assertThat(id.adopt(request("A: b"))).isFalse();
  }

  @Test
  void requestIdsAreSeededAndDiffer() {
    var random = new SplittableRandom(7);
    id.draw(random);
    String first = id.toString();
    id.draw(random);
    assertThat(first).matches("[0-9a-f]{32}").isNotEqualTo(id.toString());
    id.draw(new SplittableRandom(7));
    assertThat(id).hasToString(first);
  }
}
