package io.gatehouse.appliance.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private AdminServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    server =
        AdminServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Map.of(
                "/fine",
                () -> AdminServer.Page.text(200, "fine"),
                "/broken",
                () -> {
                  throw new IllegalStateException("a defect");
                }),
            Map.of("POST /fine", () -> AdminServer.Page.text(200, "changed")));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private HttpResponse<String> send(String method, String path, String... fields) throws Exception {
    var uri = URI.create("http://127.0.0.1:%d%s".formatted(server.address().getPort(), path));
    var request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody());
    if (fields.length > 0) {
      request.headers(fields);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void answersAPage() throws Exception {
    HttpResponse<String> response = send("GET", "/fine");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("fine\n");
  }

  @Test
  void saysWhichPagesThereAre() throws Exception {
    HttpResponse<String> response = send("GET", "/nowhere");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("/fine", "/broken");
  }

  @Test
  void changesNothingThatIsNotOffered() throws Exception {
    assertThat(send("DELETE", "/fine", ChangeGate.HEADER, "yes").statusCode()).isEqualTo(405);
    assertThat(send("POST", "/broken", ChangeGate.HEADER, "yes").statusCode()).isEqualTo(405);
    assertThat(send("OPTIONS", "/fine").statusCode()).isEqualTo(405);
  }

  @Test
  void changesWhatAProgramOfThisHostAsksFor() throws Exception {
    assertThat(send("POST", "/fine", ChangeGate.HEADER, "yes").body()).isEqualTo("changed\n");
  }

  @Test
  void refusesAChangeThatAWebPageCouldAskFor() throws Exception {
    HttpResponse<String> form = send("POST", "/fine");
    assertThat(form.statusCode()).isEqualTo(403);
    assertThat(form.body()).contains(ChangeGate.HEADER);
    assertThat(
            send("POST", "/fine", ChangeGate.HEADER, "yes", "Origin", "http://127.0.0.1")
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void goesOnAfterAPageThatFailed() throws Exception {
    assertThat(send("GET", "/broken").statusCode()).isEqualTo(500);
    assertThat(send("GET", "/fine").statusCode()).isEqualTo(200);
  }

  @Test
  void namesTheAddressThatIsTaken() {
    assertThatThrownBy(() -> AdminServer.start(server.address(), Map.of(), Map.of()))
        .hasMessageContaining("admin port")
        .hasMessageContaining(String.valueOf(server.address().getPort()));
  }
}
