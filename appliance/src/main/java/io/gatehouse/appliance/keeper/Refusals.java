package io.gatehouse.appliance.keeper;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what is refused and says so in the log, once a second at most. Owned by one thread. */
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String what;
  private long count;
  private long toldAt;

  /** What the log says. */
  Refusals(String what) {
    this.what = what;
  }

  void add(int refused, long nowNanos) {
    boolean first = count == 0;
    count += refused;
    if (first || nowNanos - toldAt >= INTERVAL_NANOS) {
      toldAt = nowNanos;
      log.atWarn().addKeyValue("refused_total", count).log(what);
    }
  }

  long count() {
    return count;
  }
}
