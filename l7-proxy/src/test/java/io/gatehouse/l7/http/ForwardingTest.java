package io.gatehouse.l7.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What becomes of a request between the parser and the writer. */
class ForwardingTest {
  private final ForwardedClient client = client("192.0.2.7");
  private final RequestId id = new RequestId();

  ForwardingTest() {
    id.draw(new SplittableRandom(1));
  }

  private static ForwardedClient client(String address) {
    return ForwardedClient.of(InetAddress.ofLiteral(address), true, 443);
  }

  @Test
  void aRequestGoesOnWithItsHopByHopFieldsReplacedByForwardedOnes() {
    HeaderBlock head =
        Heads.request(
            "GET http://Example.com:8080/a/%7Eb?q=1 HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n"
                + "Connection: keep-alive, X-Drop\r\nX-Drop: 1\r\nX-Keep:  2 \r\n\r\n");
    assertThat(RequestTarget.normalise(head)).isEqualTo(HeadResult.Progress.DONE);
    assertThat(head.pathString()).isEqualTo("/a/~b");
    assertThat(head.hostName()).isEqualTo("example.com");
    HopByHop.strip(head);
    ForwardedHeaders.apply(head, client, id, false);
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
}
