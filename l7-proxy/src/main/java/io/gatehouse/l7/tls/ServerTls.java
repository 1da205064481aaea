package io.gatehouse.l7.tls;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.TicketSecrets;
import io.netty.handler.ssl.OpenSsl;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS side of a listener: certificates, session tickets, and what is demanded of clients. Files
 * that change, proofs that come in, and keys that rotate are taken over while it serves: each
 * change of the first two makes a new context, which the next handshake uses; connections keep
 * theirs. A change that can't be used is refused, and what was before stays.
 *
 * <p>{@link #accept} and {@link #certificates} may be called by any thread, the rest by one: the
 * one that opened it, then {@link TlsUpkeep}'s.
 */
public final class ServerTls implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  private final String listener;
  private final ListenerConfig.Tls config;
  private final List<String> protocols;
  private final InstantSource clock;
  private final TicketKeys ticketKeys;
  private final FileWatch files;
  private final List<Staple> staples;
  private List<KeyPairFile> pairs;
  private @Nullable ClientVerifier clientCertificates;
  private long ticketWindow;
  private volatile ServerContext current;
  private volatile List<ServedCertificate> certificates;

  private ServerTls(
      String listener, ListenerConfig.Tls config, List<String> protocols, InstantSource clock) {
    this.listener = listener;
    this.config = config;
    this.protocols = List.copyOf(protocols);
    this.clock = clock;
    var tickets = config.tickets();
    var secrets = tickets.secrets();
    this.ticketKeys =
        new TicketKeys(
            secrets == null ? ownSecret() : secrets, NANOSECONDS.toMillis(tickets.windowNanos()));
    this.files = new FileWatch(watched(config));
    this.staples = config.certificates().stream().map(c -> Staple.of(c.ocsp(), clock)).toList();
    this.ticketWindow = ticketKeys.window(clock.millis());
    this.pairs = loadPairs();
    this.clientCertificates = loadClientCertificates();
    this.current = newContext();
    this.certificates = served();
    for (KeyPairFile pair : pairs) {
      if (pair.dnsNames().isEmpty()) {
        log.atWarn()
            .addKeyValue("certificate", pair.name())
            .log("certificate has no DNS name: it is served by default only");
      }
    }
  }

  /**
   * Reads and checks everything.
   *
   * @param listener its name
   * @param protocols offered by ALPN, the best first
   * @throws IllegalArgumentException if a file can't be used; the message names it and says why
   */
  public static ServerTls load(
      String listener, ListenerConfig.Tls config, List<String> protocols, InstantSource clock) {
    OpenSsl.ensureAvailability();
    if (config.certificates().isEmpty()) {
      throw new IllegalArgumentException("certificates: none (expected: at least one)");
    }
    return new ServerTls(listener, config, protocols, clock);
  }

  private static TicketSecrets ownSecret() {
    var secret = new byte[TicketSecrets.MIN_BYTES];
    new SecureRandom().nextBytes(secret);
    return new TicketSecrets(List.of(secret));
  }

  private static List<Path> watched(ListenerConfig.Tls config) {
    List<Path> files = new ArrayList<>();
    for (ListenerConfig.Certificate certificate : config.certificates()) {
      files.add(certificate.chain());
      files.add(certificate.key());
    }
    var clients = config.clientCertificates();
    if (clients != null) {
      Stream.of(clients.authorities(), clients.revocations())
          .flatMap(Stream::ofNullable)
          .forEach(files::add);
    }
    return files;
  }

  /** The server's end of a new connection. */
  TlsEngine accept() {
    while (true) {
      var context = current;
      if (context.tryRetain()) {
        return new TlsEngine(context);
      }
    }
  }

  /** The certificates in use, in the order of the configuration. */
  public List<ServedCertificate> certificates() {
    return certificates;
  }

  /** What became of the files since the last look. */
  enum Reload {
    NOTHING_NEW,
    DONE,
    REFUSED
  }

  /** Takes over what has changed: files, proofs, ticket keys. Called about once a second. */
  Reload upkeep() {
    rotateTicketKeys();
    var reload = files.haveChanged() ? reload() : Reload.NOTHING_NEW;
    if (freshenStaples()) {
      publish(newContext());
    }
    return reload;
  }

  private void rotateTicketKeys() {
    long window = ticketKeys.window(clock.millis());
    if (window != ticketWindow) {
      ticketWindow = window;
      current.setTicketKeys(ticketKeys.keys(window));
    }
  }

  private Reload reload() {
    var oldPairs = pairs;
    var oldClientCertificates = clientCertificates;
    try {
      pairs = loadPairs();
      clientCertificates = loadClientCertificates();
      publish(newContext());
      log.atInfo()
          .addKeyValue("listener", listener)
          .addKeyValue("certificates", certificates)
          .log("certificates replaced");
      return Reload.DONE;
    } catch (IllegalArgumentException e) {
      pairs = oldPairs;
      clientCertificates = oldClientCertificates;
      log.atError()
          .addKeyValue("listener", listener)
          .addKeyValue("fault", e.getMessage())
          .log("changed certificate files are refused; what was read before stays in use");
      return Reload.REFUSED;
    }
  }

  private boolean freshenStaples() {
    boolean changed = false;
    for (int i = 0; i < pairs.size(); i++) {
      changed |= staples.get(i).freshen(pairs.get(i));
    }
    return changed;
  }

  private List<KeyPairFile> loadPairs() {
    var now = clock.instant();
    return config.certificates().stream().map(c -> KeyPairFile.load(c, now)).toList();
  }

  private @Nullable ClientVerifier loadClientCertificates() {
    var clients = config.clientCertificates();
    return clients == null ? null : ClientVerifier.load(clients, clock);
  }

  private ServerContext newContext() {
    List<Credential> credentials = new ArrayList<>();
    try {
      for (int i = 0; i < pairs.size(); i++) {
        credentials.add(new Credential(pairs.get(i), staples.get(i).response(pairs.get(i))));
      }
    } catch (IllegalArgumentException e) {
      credentials.forEach(Credential::close);
      throw e;
    }
    var context =
        new ServerContext(
            listener,
            config,
            new CredentialsByName(pairs, credentials),
            clientCertificates,
            protocols);
    if (config.tickets().issued()) {
      context.setTicketKeys(ticketKeys.keys(ticketWindow));
    }
    return context;
  }

  private void publish(ServerContext context) {
    var old = current;
    current = context;
    certificates = served();
    old.release();
  }

  private List<ServedCertificate> served() {
    return pairs.stream()
        .map(
            pair ->
                new ServedCertificate(
                    pair.name(), pair.dnsNames(), pair.leaf().getNotAfter().toInstant()))
        .toList();
  }

  /** Gives everything back; connections that use it keep what they need until they end. */
  @Override
  public void close() {
    current.release();
  }
}
