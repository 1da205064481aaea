package io.gatehouse.appliance.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoBackendTest {
  private DemoBackend backend;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    backend = DemoBackend.start("b", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void stop() {
    client.close();
    backend.close();
  }

  private HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:%d%s".formatted(backend.address().getPort(), target)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0?seed=3", "0?chunked&seed=3", "70000?seed=3", "70000?chunked&seed=3"})
  void answersTheBytesThatFollowFromTheSeed(String what) throws Exception {
    HttpResponse<byte[]> response =
        client.send(request("/bytes/" + what).build(), BodyHandlers.ofByteArray());
    var expected = new ByteArrayOutputStream();
    DemoBackend.writeSeeded(expected, what.startsWith("0") ? 0 : 70_000, 3);
    assertThat(response.body()).isEqualTo(expected.toByteArray());
    assertThat(response.headers().firstValue("Content-Length").isPresent())
        .isEqualTo(!what.contains("chunked"));
  }

  @Test
  void hashesTheBody() throws Exception {
    var response =
        client.send(
            request("/hash").POST(BodyPublishers.ofString("abc")).build(), BodyHandlers.ofString());
    assertThat(response.body())
        .contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        .contains("\"length\":3");
  }

  @Test
  void echoesTheBody() throws Exception {
    var response =
        client.send(
            request("/echo").POST(BodyPublishers.ofString("abc")).build(), BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("abc");
  }

  @Test
  void saysWhatItSaw() throws Exception {
    var response =
        client.send(request("/x?y=1").header("X-Color", "red").build(), BodyHandlers.ofString());
    assertThat(response.body())
        .contains("\"backend\":\"b\"", "\"target\":\"/x?y=1\"", "\"X-color\":\"red\"");
  }

  @Test
  void answersTheStatusAskedForAndExplainsWhatItCannot() throws Exception {
    assertThat(client.send(request("/status/503").build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(503);
    var wrong = client.send(request("/status/teapot").build(), BodyHandlers.ofString());
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("teapot");
  }
}
