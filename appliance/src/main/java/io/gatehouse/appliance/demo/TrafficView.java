package io.gatehouse.appliance.demo;

import io.gatehouse.appliance.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The live line of what passes: follows the L7 nodes' access logs. At a terminal the line is
 * rewritten in place; elsewhere each change is a new line. Owned by its own thread.
 */
final class TrafficView implements AutoCloseable {
  private static final long PERIOD_MILLIS = 250;
  private static final int MAX_READ_BYTES = 4 * 1024 * 1024;

  private final List<Follower> followers = new ArrayList<>();
  private final PrintStream out;
  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("traffic-view").daemon(true).factory());
  private long requests;
  private long errors;

  private TrafficView(DemoFrontDoor frontDoor, PrintStream out) throws IOException {
    this.out = out;
    for (String node : DemoTopology.L7_NODES) {
      followers.add(
          new Follower(new RandomAccessFile(frontDoor.node(node).accessLog().toFile(), "r")));
    }
  }

  static TrafficView start(DemoFrontDoor frontDoor, PrintStream out) throws IOException {
    var view = new TrafficView(frontDoor, out);
    view.thread.scheduleAtFixedRate(
        view::update, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return view;
  }

  @Override
  public void close() throws IOException {
    thread.shutdownNow();
    for (Follower follower : followers) {
      follower.file.close();
    }
  }

  private void update() {
    String last = "";
    long before = requests;
    for (Follower follower : followers) {
      for (String line : follower.newLines()) {
        if (line.contains("\"kind\":\"request\"")) {
          requests++;
          last = line;
          if (line.contains("\"status\":5")) {
            errors++;
          }
        }
      }
    }
    if (last.isEmpty()) {
      return;
    }
    String text =
        "  %d requests (%d/s), %d errors   last: %s"
            .formatted(
                requests, (requests - before) * 1000 / PERIOD_MILLIS, errors, describe(last));
    if (terminal) {
      out.print("\r\033[2K" + text);
      out.flush();
    } else {
      out.println(text);
    }
  }

  private static String describe(String line) {
    Json entry = Json.parse(line);
    return "%s %s  %s  %s → %s → %s → %s  %s ms"
        .formatted(
            entry.text("method"),
            entry.text("path"),
            entry.text("status"),
            entry.text("client"),
            entry.text("l4_node"),
            entry.text("node"),
            entry.text("endpoint"),
            entry.text("total_ms"));
  }

  /** Reads what is appended to a file. */
  private static final class Follower {
    private final RandomAccessFile file;
    private String rest = "";

    Follower(RandomAccessFile file) {
      this.file = file;
    }

    List<String> newLines() {
      try {
        long available = Math.min(file.length() - file.getFilePointer(), MAX_READ_BYTES);
        var bytes = new byte[(int) available];
        file.readFully(bytes);
        String text = rest + new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf('\n') + 1;
        rest = text.substring(end);
        return text.substring(0, end).lines().toList();
      } catch (IOException e) {
        return List.of(); // closed with the demo
      }
    }
  }
}
