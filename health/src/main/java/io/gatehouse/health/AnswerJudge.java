package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.health.Probe.BodyRule;
import io.gatehouse.health.Probe.Healthy;
import io.gatehouse.health.ReportReader.NoReportException;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Judges one answer over HTTP, whatever its version: status, time, body. Keeps no more of the body
 * than is looked at. Owned by the loop of its channel.
 */
final class AnswerJudge {
  private final Probe.Http probe;
  private final Healthy healthy;
  private byte[] body = {};
  private int length;
  private boolean cut;
  private int status;

  AnswerJudge(Probe.Http probe) {
    this.probe = probe;
    this.healthy = probe.healthy();
  }

  /**
   * Takes in the status.
   *
   * @return the result, if that decides already
   */
  @Nullable ProbeResult status(int answered, long tookNanos) {
    status = answered;
    if (!healthy.holds(status)) {
      return new ProbeResult.Failed(
          HealthCounter.FAILED_STATUS, "HTTP %d (expected %s)".formatted(status, expected()));
    }
    return probe.readsBody() ? null : inTime(tookNanos, Report.NONE);
  }

  private String expected() {
    return healthy.expected();
  }

  /**
   * Takes in a piece of the body.
   *
   * @return whether enough of it has been seen
   */
  boolean body(ByteBuf piece) {
    int room = healthy.maxBodyBytes() - length;
    int taken = Math.min(room, piece.readableBytes());
    if (length + taken > body.length) {
      body = Arrays.copyOf(body, Math.min(healthy.maxBodyBytes(), 2 * (length + taken)));
    }
    piece.readBytes(body, length, taken);
    length += taken;
    cut |= piece.isReadable();
    return cut;
  }

  /** The body is whole, or as much of it as is looked at. */
  ProbeResult end(long tookNanos) {
    byte[] seen = Arrays.copyOf(body, length);
    String missing =
        switch (healthy.body()) {
          case BodyRule.Any _ -> "";
          case BodyRule.Contains(String text) ->
              new String(seen, UTF_8).contains(text) ? "" : "the body lacks '%s'".formatted(text);
          case BodyRule.Matches(var pattern) ->
              pattern.matcher(new String(seen, UTF_8)).find()
                  ? ""
                  : "the body does not match '%s'".formatted(pattern.pattern());
        };
    if (!missing.isEmpty()) {
      return new ProbeResult.Failed(HealthCounter.FAILED_BODY, missing);
    }
    if (!probe.readsReport()) {
      return inTime(tookNanos, Report.NONE);
    }
    if (cut) {
      return new ProbeResult.Failed(
          HealthCounter.FAILED_BODY, "the body exceeds %d bytes".formatted(healthy.maxBodyBytes()));
    }
    try {
      return inTime(tookNanos, ReportReader.read(seen));
    } catch (NoReportException e) {
      return new ProbeResult.Failed(HealthCounter.FAILED_BODY, String.valueOf(e.getMessage()));
    }
  }

  private ProbeResult inTime(long tookNanos, Report report) {
    return tookNanos <= healthy.maxLatencyNanos()
        ? new ProbeResult.Passed("HTTP " + status, report)
        : new ProbeResult.Failed(
            HealthCounter.FAILED_SLOW,
            "slower than %d ms".formatted(NANOSECONDS.toMillis(healthy.maxLatencyNanos())));
  }
}
