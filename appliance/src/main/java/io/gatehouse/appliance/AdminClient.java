package io.gatehouse.appliance;

import io.gatehouse.appliance.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Speaks to the admin port of one node. Used by one thread. */
final class AdminClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** What a request that changes something carries, so that no web page can send it. */
  private static final String CHANGE = "X-Gatehouse-Change";

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final String address;

  AdminClient(String address) {
    this.address = address;
  }

  /**
   * Asks.
   *
   * @param method other than GET asks for a change
   * @throws IOException if it does not answer, or not with 200
   */
  String send(String method, String path) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(TIMEOUT)
            .method(method, BodyPublishers.noBody());
    if (!method.equals("GET")) {
      request.header(CHANGE, "gatehouse");
    }
    var response = client.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(
          "%s (status %d)".formatted(response.body().strip(), response.statusCode()));
    }
    return response.body();
  }

  /**
   * Asks, and reads the answer, an object.
   *
   * @param key what it must have, or no node of Gatehouse has answered
   */
  Json ask(String method, String path, String key) throws IOException, InterruptedException {
    return parse(send(method, path), key);
  }

  static Json parse(String text, String key) throws IOException {
    var json = Json.parse(text);
    if (!json.has(key)) {
      throw new IOException("what answers there is no Gatehouse node");
    }
    return json;
  }

  /** Says on standard error that no answer came. */
  void explain(String path, IOException failure) {
    System.err.printf(
        "no answer from http://%s%s: %s%n"
            + "  is the node running, and is this its admin port? FILE --node NAME finds it%n",
        address,
        path,
        failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
  }

  @Override
  public void close() {
    client.close();
  }
}
