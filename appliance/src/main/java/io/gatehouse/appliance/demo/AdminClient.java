package io.gatehouse.appliance.demo;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Asks a node's admin port. */
final class AdminClient {
  private static final int TIMEOUT_MILLIS = 2_000;

  private AdminClient() {}

  /** Status of a page; 0 if nothing answers. */
  static int status(InetSocketAddress admin, String path) {
    try {
      return open(admin, path).getResponseCode();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Body of a page; empty if nothing answers. */
  static String text(InetSocketAddress admin, String path) {
    try (var in = open(admin, path).getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private static HttpURLConnection open(InetSocketAddress admin, String path) throws IOException {
    var uri = "http://%s:%d%s".formatted(admin.getHostString(), admin.getPort(), path);
    var connection = (HttpURLConnection) URI.create(uri).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    return connection;
  }
}
