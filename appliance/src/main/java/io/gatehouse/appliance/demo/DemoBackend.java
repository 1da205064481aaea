package io.gatehouse.appliance.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gatehouse.appliance.json.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A backend to try the front door with. It says what it saw, so that a client can compare:
 *
 * <ul>
 *   <li>{@code /bytes/N} answers N bytes that follow from the seed in {@code ?seed=S}; with {@code
 *       &chunked} without a Content-Length
 *   <li>{@code /hash} answers the SHA-256 and the length of the request's body
 *   <li>{@code /echo} streams the body back
 *   <li>{@code /status/NNN} answers that status
 *   <li>{@code /after/MILLIS} answers as below, but after this time, of at most a minute
 *   <li>{@code /} answers a browser with a page that asks for more
 *   <li>anything else answers, as JSON, its own name, the request line, the peer and the headers
 * </ul>
 *
 * <p>One virtual thread a request. Thread-safe; holds no state.
 */
public final class DemoBackend implements AutoCloseable {
  private static final int COPY_BYTES = 64 * 1024;
  private static final long MAX_WAIT_MILLIS = 60_000;

  private final String name;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private DemoBackend(String name, HttpServer server) {
    this.name = name;
    this.server = server;
  }

  /**
   * Starts a backend.
   *
   * @throws IOException if the address cannot be bound
   */
  public static DemoBackend start(String name, InetSocketAddress address) throws IOException {
    // The server's own defaults close idle connections early and delay small answers by 40 ms.
    System.setProperty("sun.net.httpserver.idleInterval", "120");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "2000");
    System.setProperty("sun.net.httpserver.nodelay", "true");
    var backend = new DemoBackend(name, HttpServer.create(address, 1024));
    backend.server.setExecutor(backend.threads);
    backend.server.createContext("/", backend::handle);
    backend.server.start();
    return backend;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("X-Backend", name);
      String path = exchange.getRequestURI().getPath();
      if (path.startsWith("/bytes/")) {
        bytes(exchange, path.substring("/bytes/".length()));
      } else if (path.equals("/hash")) {
        hash(exchange);
      } else if (path.equals("/echo")) {
        echo(exchange);
      } else if (path.startsWith("/status/")) {
        status(exchange, path.substring("/status/".length()));
      } else if (path.equals("/") && isBrowser(exchange)) {
        page(exchange);
      } else {
        drain(exchange);
        if (path.startsWith("/after/") && !waited(exchange, path.substring("/after/".length()))) {
          return;
        }
        answer(exchange, 200, describe(exchange));
      }
    }
  }

  /** Whether it has waited; if not, the client has been told why. */
  private boolean waited(HttpExchange exchange, String millis) throws IOException {
    if (!millis.matches("[0-9]{1,5}") || Long.parseLong(millis) > MAX_WAIT_MILLIS) {
      answer(exchange, 400, error("/after/MILLIS: '%s' (expected: 0 to 60000)".formatted(millis)));
      return false;
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(millis)));
    return true;
  }

  private static boolean isBrowser(HttpExchange exchange) {
    var accepted = exchange.getRequestHeaders().getFirst("Accept");
    return accepted != null && accepted.contains("text/html");
  }

  private void page(HttpExchange exchange) throws IOException {
    drain(exchange);
    byte[] page;
    try (var text = DemoBackend.class.getResourceAsStream("page.html")) {
      page =
          new String(Objects.requireNonNull(text, "page.html").readAllBytes(), UTF_8)
              .replace("BACKEND", name)
              .getBytes(UTF_8);
    }
    exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(200, head ? -1 : page.length);
    if (!head) {
      exchange.getResponseBody().write(page);
    }
  }

  private void bytes(HttpExchange exchange, String count) throws IOException {
    drain(exchange);
    long length;
    try {
      length = Long.parseLong(count);
    } catch (NumberFormatException e) {
      answer(exchange, 400, error("/bytes/N: '%s' is not a number of bytes".formatted(count)));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    long announced = query.contains("chunked") ? 0 : length == 0 ? -1 : length;
    exchange.sendResponseHeaders(200, announced);
    if (announced >= 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        writeSeeded(out, length, seed(query));
      }
    }
  }

  private static long seed(String query) {
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith("seed=")) {
        return Long.parseLong(pair.substring("seed=".length()));
      }
    }
    return 0;
  }

  /** Writes {@code length} bytes that follow from {@code seed} alone. */
  public static void writeSeeded(OutputStream out, long length, long seed) throws IOException {
    var random = new SplittableRandom(seed);
    var block = new byte[COPY_BYTES];
    for (long left = length; left > 0; left -= block.length) {
      random.nextBytes(block);
      out.write(block, 0, (int) Math.min(block.length, left));
    }
  }

  private void hash(HttpExchange exchange) throws IOException {
    MessageDigest digest = sha256();
    long length;
    try (var body = new DigestInputStream(exchange.getRequestBody(), digest)) {
      length = body.transferTo(OutputStream.nullOutputStream());
    }
    var json = new JsonWriter().beginObject().field("backend", name).field("length", length);
    json.field("sha256", HexFormat.of().formatHex(digest.digest()));
    answer(exchange, 200, json.endObject().newLine());
  }

  private static void echo(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try (InputStream in = exchange.getRequestBody();
        OutputStream out = exchange.getResponseBody()) {
      in.transferTo(out);
    }
  }

  private void status(HttpExchange exchange, String text) throws IOException {
    drain(exchange);
    if (text.matches("[2-5][0-9][0-9]")) {
      exchange.sendResponseHeaders(Integer.parseInt(text), -1);
    } else {
      answer(exchange, 400, error("/status/NNN: '%s' is not a final status".formatted(text)));
    }
  }

  private JsonWriter describe(HttpExchange exchange) {
    var json = new JsonWriter().beginObject().field("backend", name);
    json.field("method", exchange.getRequestMethod());
    json.field("target", exchange.getRequestURI().toString());
    json.field("peer", exchange.getRemoteAddress().getAddress().getHostAddress());
    json.name("headers").beginObject();
    exchange
        .getRequestHeaders()
        .forEach((header, values) -> json.field(header, String.join(", ", values)));
    return json.endObject().endObject().newLine();
  }

  private JsonWriter error(String message) {
    return new JsonWriter()
        .beginObject()
        .field("backend", name)
        .field("error", message)
        .endObject()
        .newLine();
  }

  private static void drain(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
  }

  private static void answer(HttpExchange exchange, int status, JsonWriter json)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : json.length());
    if (!head) {
      json.writeTo(exchange.getResponseBody());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
