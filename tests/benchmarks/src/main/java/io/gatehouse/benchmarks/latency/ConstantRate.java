package io.gatehouse.benchmarks.latency;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/**
 * Asks an HTTP/1.1 server for a small file at a constant rate and prints what it saw as two lines
 * of CSV. A latency runs from the moment at which the request was due.
 */
public final class ConstantRate {
  private static final int THREADS = 2;

  private ConstantRate() {}

  /**
   * Takes plain|tls HOST PORT PATH CONNECTIONS REQUESTS_PER_SECOND WARMUP_SECONDS SECONDS.
   *
   * @throws IllegalArgumentException if there are not as many
   * @throws IOException if it cannot connect
   */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    if (arguments.length != 8) {
      throw new IllegalArgumentException(
          "arguments: %d (expected: plain|tls HOST PORT PATH CONNECTIONS RATE WARMUP SECONDS)"
              .formatted(arguments.length));
    }
    var address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
    var request = "GET %s HTTP/1.1\r\nHost: benchmark\r\n\r\n".formatted(arguments[3]);
    int connections = Math.max(1, Integer.parseInt(arguments[4]) / THREADS);
    double perSecond = Double.parseDouble(arguments[5]);
    long intervalNanos = (long) (1e9 * connections * THREADS / perSecond);
    boolean tls = arguments[0].equals("tls");
    // Handshakes come before the start.
    long start = System.nanoTime() + SECONDS.toNanos(tls ? 3 : 1);
    long measure = start + SECONDS.toNanos(Long.parseLong(arguments[6]));
    var span = new Span(start, measure, measure + SECONDS.toNanos(Long.parseLong(arguments[7])));
    var loops = new ArrayList<PacedLoop>();
    for (int i = 0; i < THREADS; i++) {
      byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
      loops.add(new PacedLoop(address, tls, bytes, connections, intervalNanos, span));
    }
    run(loops);
  }

  private static void run(ArrayList<PacedLoop> loops)
      throws InterruptedException, ExecutionException {
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      var latencies = LongStream.empty();
      int broken = 0;
      for (Future<PacedLoop.Outcome> outcome : threads.invokeAll(loops)) {
        latencies = LongStream.concat(latencies, Arrays.stream(outcome.get().sortedNanos()));
        broken += outcome.get().broken();
      }
      print(latencies.sorted().toArray(), broken);
    }
  }

  private static void print(long[] sorted, int broken) {
    System.out.println("requests,broken,p50_millis,p99_millis,p999_millis,max_millis");
    System.out.printf(
        Locale.ROOT,
        "%d,%d,%.3f,%.3f,%.3f,%.3f%n",
        sorted.length,
        broken,
        quantile(sorted, 0.5),
        quantile(sorted, 0.99),
        quantile(sorted, 0.999),
        quantile(sorted, 1));
  }

  /** The least latency that is not exceeded by this share of all, in milliseconds. */
  static double quantile(long[] sorted, double share) {
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, rank - 1)] / 1e6;
  }
}
