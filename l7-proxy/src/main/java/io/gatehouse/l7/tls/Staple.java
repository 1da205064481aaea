package io.gatehouse.l7.tls;

import io.gatehouse.l7.ListenerConfig.Ocsp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proof that one certificate isn't revoked, kept fresh. It is asked for again at half of its
 * time; after a failure sooner, first after {@link #FIRST_RETRY}, then after twice as long each
 * time up to {@link #LAST_RETRY}, with a random part. Only what a client would believe is stapled,
 * and nothing past its time.
 *
 * <p>Owned by the thread of {@link TlsUpkeep}.
 */
final class Staple {
  static final Duration FIRST_RETRY = Duration.ofSeconds(30);
  static final Duration LAST_RETRY = Duration.ofHours(1);

  private static final Duration SHORTEST_REFRESH = Duration.ofMinutes(1);
  private static final Duration LONGEST_REFRESH = Duration.ofHours(12);
  private static final Duration FILE_REFRESH = Duration.ofMinutes(10);
  private static final int MAX_DOUBLINGS = 7;
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  private final Ocsp source;
  private final InstantSource clock;
  private final @Nullable FileWatch file;
  private final OcspClient client = new OcspClient();

  private byte @Nullable [] response;
  private @Nullable X509Certificate subject;
  private Instant validUntil = Instant.MAX;
  private Instant askAgain = Instant.MIN;
  private int failures;

  private Staple(Ocsp source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
    this.file = source instanceof Ocsp.FromFile(Path path) ? new FileWatch(List.of(path)) : null;
  }

  static Staple of(Ocsp source, InstantSource clock) {
    return new Staple(source, clock);
  }

  /** What to staple to a certificate now; null if there is nothing. */
  byte @Nullable [] response(KeyPairFile pair) {
    return pair.leaf().equals(subject) ? response : null;
  }

  /**
   * Asks for a newer proof if it is time to, and takes in what has come.
   *
   * @return whether what is to be stapled has changed
   */
  boolean freshen(KeyPairFile pair) {
    if (source instanceof Ocsp.Off) {
      return false;
    }
    byte[] before = response(pair);
    if (!pair.leaf().equals(subject)) {
      subject = pair.leaf();
      forget();
      askAgain = Instant.MIN;
      client.cancel();
    }
    if (clock.instant().isAfter(validUntil)) {
      warn(pair, "it is past its time");
      forget();
    }
    ask(pair);
    return !Arrays.equals(before, response(pair));
  }

  private void forget() {
    response = null;
    validUntil = Instant.MAX;
  }

  private void ask(KeyPairFile pair) {
    boolean due = !clock.instant().isBefore(askAgain);
    try {
      byte[] found =
          switch (source) {
            case Ocsp.Off off -> null;
            case Ocsp.FromFile(Path path) ->
                due || (file != null && file.haveChanged()) ? Files.readAllBytes(path) : null;
            case Ocsp.Fetched fetched -> client.poll(fetched, pair, due);
          };
      if (found != null) {
        take(found, pair);
      }
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      failed(pair, e);
    }
  }

  private void take(byte[] found, KeyPairFile pair) throws GeneralSecurityException {
    if (pair.chain().size() < 2) {
      throw new IllegalArgumentException(
          "the chain file holds no certificate of the issuer, which signs the response");
    }
    var now = clock.instant();
    var validity = OcspMessages.judge(found, pair.leaf(), pair.chain().get(1), now);
    response = found;
    failures = 0;
    validUntil = validity.nextUpdate().orElse(Instant.MAX);
    askAgain = now.plus(refreshAfter(now, validity));
  }

  private Duration refreshAfter(Instant now, OcspMessages.Validity validity) {
    if (source instanceof Ocsp.FromFile) {
      return FILE_REFRESH;
    }
    Duration half =
        validity
            .nextUpdate()
            .map(next -> Duration.between(now, next).dividedBy(2))
            .orElse(LONGEST_REFRESH);
    return clamp(half, SHORTEST_REFRESH, LONGEST_REFRESH);
  }

  private void failed(KeyPairFile pair, Exception e) {
    var wait =
        clamp(
            FIRST_RETRY.multipliedBy(1L << Math.min(failures, MAX_DOUBLINGS)),
            FIRST_RETRY,
            LAST_RETRY);
    failures++;
    long jitter = ThreadLocalRandom.current().nextLong(wait.toMillis() / 4);
    askAgain = clock.instant().plus(wait).minusMillis(jitter);
    warn(pair, String.valueOf(e.getMessage()));
  }

  private static Duration clamp(Duration duration, Duration least, Duration most) {
    return duration.compareTo(least) < 0 ? least : duration.compareTo(most) > 0 ? most : duration;
  }

  private void warn(KeyPairFile pair, String fault) {
    log.atWarn()
        .addKeyValue("certificate", pair.name())
        .addKeyValue("fault", fault)
        .addKeyValue("stapled", response != null)
        .addKeyValue("failures", failures)
        .log("no fresh OCSP response");
  }
}
