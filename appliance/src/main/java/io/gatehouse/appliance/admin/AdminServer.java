package io.gatehouse.appliance.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port: pages over HTTP, and the few changes that an operator may ask for, off the event
 * loops. It has no login and therefore belongs on a loopback address; {@link ChangeGate} says who
 * may change something.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final int BACKLOG = 64;
  private static final int THREADS = 2;

  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().name("admin-", 1).daemon(true).factory());

  /**
   * An answer.
   *
   * @param contentType media type
   */
  public record Page(int status, String contentType, byte[] body) {
    /** A line of plain text. */
    public static Page text(int status, String line) {
      return new Page(
          status, "text/plain; charset=utf-8", (line + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private AdminServer(HttpServer server) {
    this.server = server;
  }

  /**
   * Binds and serves.
   *
   * @param pages by path
   * @param changes by method and path, such as {@code POST /drain}
   * @throws IOException if the address cannot be bound; the message names it
   */
  public static AdminServer start(
      InetSocketAddress address,
      Map<String, Supplier<Page>> pages,
      Map<String, Supplier<Page>> changes)
      throws IOException {
    // A client that dawdles over its request must not hold one of the few threads for ever.
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    System.setProperty("sun.net.httpserver.maxRspTime", "30");
    HttpServer http;
    try {
      http = HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new IOException("the admin port cannot be bound to " + address, e);
    }
    var admin = new AdminServer(http);
    http.setExecutor(admin.threads);
    http.createContext("/", exchange -> admin.handle(exchange, pages, changes));
    http.start();
    return admin;
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

  private void handle(
      HttpExchange exchange, Map<String, Supplier<Page>> pages, Map<String, Supplier<Page>> changes)
      throws IOException {
    try (exchange) {
      Page page = page(exchange, pages, changes);
      exchange.getResponseHeaders().set("Content-Type", page.contentType);
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(page.status, head ? -1 : page.body.length);
      if (!head) {
        exchange.getResponseBody().write(page.body);
      }
    }
  }

  private static Page page(
      HttpExchange exchange,
      Map<String, Supplier<Page>> pages,
      Map<String, Supplier<Page>> changes) {
    String path = exchange.getRequestURI().getPath();
    Supplier<Page> page = pages.get(path);
    if (page == null) {
      return Page.text(404, "no such page; there are " + String.join(" ", pages.keySet()));
    }
    String method = exchange.getRequestMethod();
    if (method.equals("GET") || method.equals("HEAD")) {
      return answer(page);
    }
    Supplier<Page> change = changes.get(method + " " + path);
    if (change == null) {
      return Page.text(405, method + " is not allowed here (expected: GET)");
    }
    return ChangeGate.refusal(
            exchange.getRemoteAddress(), exchange.getLocalAddress(), exchange.getRequestHeaders())
        .map(why -> Page.text(403, why))
        .orElseGet(() -> answer(change));
  }

  private static Page answer(Supplier<Page> page) {
    try {
      return page.get();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("an admin page failed");
      return Page.text(500, "this page failed; the log says why");
    }
  }
}
