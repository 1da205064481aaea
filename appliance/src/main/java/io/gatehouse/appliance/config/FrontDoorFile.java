package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.appliance.config.FrontDoor.Listener;
import io.gatehouse.appliance.config.FrontDoor.Pool;
import io.gatehouse.appliance.config.FrontDoor.PoolTls;
import io.gatehouse.appliance.config.FrontDoor.Role;
import io.gatehouse.appliance.config.FrontDoor.Tls;
import io.gatehouse.appliance.config.SourceText.UnreadableException;
import io.gatehouse.appliance.config.YamlNode.Mapping;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.ListenerConfig.Certificate;
import io.gatehouse.l7.ListenerConfig.ClientCertificates;
import io.gatehouse.l7.ListenerConfig.Ocsp;
import io.gatehouse.l7.TicketSecrets;
import io.gatehouse.membership.RingKeys;
import io.gatehouse.proxyprotocol.SignedOrigin;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the configuration file of a front door and judges it as a whole. */
public final class FrontDoorFile {
  private final Path file;
  private final Instant now;

  private FrontDoorFile(Path file, Instant now) {
    this.file = file;
    this.now = now;
  }

  /** What became of a file. */
  public sealed interface Result {
    /** What was found, in the order of the file. */
    List<Diagnostic> diagnostics();
  }

  /**
   * The file can be used.
   *
   * @param frontDoor with its warnings
   */
  public record Loaded(FrontDoor frontDoor) implements Result {
    @Override
    public List<Diagnostic> diagnostics() {
      return frontDoor.warnings();
    }
  }

  /**
   * The file cannot be used.
   *
   * @param diagnostics at least one error, and the warnings
   */
  public record Invalid(List<Diagnostic> diagnostics) implements Result {
    public Invalid {
      diagnostics = List.copyOf(diagnostics);
    }

    /** All of them as compilers print them; ends with a newline. */
    public String text() {
      return diagnostics.stream().map(Diagnostic::text).collect(Collectors.joining());
    }
  }

  /** Reads a file as a whole, with every certificate that it names. */
  public static Result read(Path file) {
    return read(file, null, InstantSource.system());
  }

  /**
   * Reads a file for one of its nodes: that there is no such node is an error, and the certificates
   * are read only if the node serves them. L4 nodes need not have the keys.
   */
  public static Result read(Path file, String node) {
    return read(file, node, InstantSource.system());
  }

  static Result read(Path file, @Nullable String node, InstantSource clock) {
    try {
      return new FrontDoorFile(file, clock.instant()).judge(SourceText.read(file), node);
    } catch (UnreadableException e) {
      return new Invalid(List.of(e.diagnostic));
    }
  }

  private Result judge(SourceText source, @Nullable String node) {
    var findings = new Findings(source);
    YamlNode root = YamlTree.parse(source, findings);
    var origins = new Origins();
    FrontDoor frontDoor = root == null ? null : bind(root, node, findings, origins);
    List<byte[]> secrets =
        frontDoor == null
            ? List.of()
            : new ClusterSecret(frontDoor.cluster(), folder(), findings, origins).read();
    RingKeys ringKeys =
        frontDoor == null
            ? new RingKeys.None()
            : new GossipKeys(frontDoor, folder(), findings, origins).choose(secrets);
    if (root == null || frontDoor == null || findings.hasErrors()) {
      return new Invalid(findings.inOrder());
    }
    return new Loaded(
        new FrontDoor(
            ContentHash.of(root),
            frontDoor.cluster(),
            frontDoor.process(),
            frontDoor.nodes(),
            frontDoor.services(),
            frontDoor.listeners().stream().map(this::resolved).toList(),
            frontDoor.certificates().stream().map(this::resolved).toList(),
            frontDoor.routes(),
            frontDoor.pools().stream().map(this::resolved).toList(),
            findings.inOrder(),
            secrets.isEmpty()
                ? Optional.empty()
                : Optional.of(
                    new SignedOrigin(
                        secrets, NANOSECONDS.toMillis(frontDoor.cluster().maxClockSkewNanos()))),
            secrets.isEmpty() ? Optional.empty() : Optional.of(new TicketSecrets(secrets)),
            ringKeys));
  }

  private @Nullable FrontDoor bind(
      YamlNode root, @Nullable String node, Findings findings, Origins origins) {
    FrontDoor frontDoor = FrontDoorSection.TYPE.bind(root, Scope.of(findings, origins));
    if (frontDoor == null || !(root instanceof Mapping mapping)) {
      return null;
    }
    var declared = new DeclaredNames(mapping);
    if (node != null) {
      requireNode(node, mapping, declared, findings);
    }
    new CrossChecks(frontDoor, declared, findings, origins).run();
    if (readsCertificates(frontDoor, node)) {
      for (Certificate certificate : frontDoor.certificates()) {
        new CertificateFiles(certificate, resolved(certificate), now, findings, origins).check();
      }
      frontDoor.listeners().stream()
          .flatMap(listener -> listener.tls().stream())
          .map(tls -> tls.settings().clientCertificates())
          .flatMap(Stream::ofNullable)
          .forEach(
              clients ->
                  new AuthorityFiles(clients, resolved(clients), now, findings, origins).check());
      frontDoor.pools().stream()
          .flatMap(pool -> pool.tls().stream())
          .forEach(tls -> checkAuthorities(tls, findings, origins));
    }
    return frontDoor;
  }

  private void checkAuthorities(PoolTls tls, Findings findings, Origins origins) {
    tls.authorities()
        .map(path -> folder().resolve(path))
        .map(path -> new NamedFile(path, origins.of(tls, PoolTlsSection.AUTHORITIES.name())))
        .ifPresent(file -> new AuthorityFile(file, now, findings).check());
  }

  private static void requireNode(
      String node, Mapping root, DeclaredNames declared, Findings findings) {
    List<String> names = declared.in(FrontDoorSection.NODES);
    YamlNode.Entry nodes = root.entries().get(FrontDoorSection.NODES.name());
    if (nodes != null && !names.contains(node)) {
      findings.error(
          nodes.key().at(),
          "unknown-node",
          "there is no node '%s' in the file".formatted(node),
          Nearest.hint(node, names));
    }
  }

  private static boolean readsCertificates(FrontDoor frontDoor, @Nullable String node) {
    return node == null || frontDoor.nodes(Role.L7).stream().anyMatch(l7 -> l7.name().equals(node));
  }

  private Certificate resolved(Certificate certificate) {
    return new Certificate(
        certificate.name(),
        folder().resolve(certificate.chain()),
        folder().resolve(certificate.key()),
        certificate.ocsp() instanceof Ocsp.FromFile(Path response)
            ? new Ocsp.FromFile(folder().resolve(response))
            : certificate.ocsp());
  }

  private Listener resolved(Listener listener) {
    return new Listener(
        listener.name(),
        listener.port(),
        listener.bind(),
        listener.proxyProtocol(),
        listener.tls().map(this::resolved),
        listener.http2(),
        listener.paths(),
        listener.timeouts(),
        listener.limits());
  }

  private Tls resolved(Tls tls) {
    var settings = tls.settings();
    var clients = settings.clientCertificates();
    return new Tls(
        tls.certificates(),
        new ListenerConfig.Tls(
            List.of(),
            settings.profile(),
            settings.strictSni(),
            settings.tickets(),
            clients == null ? null : resolved(clients),
            settings.handshakes(),
            settings.handshakeTimeoutNanos()));
  }

  private ClientCertificates resolved(ClientCertificates clients) {
    Path revocations = clients.revocations();
    return new ClientCertificates(
        clients.required(),
        folder().resolve(clients.authorities()),
        revocations == null ? null : folder().resolve(revocations),
        clients.forward());
  }

  private Pool resolved(Pool pool) {
    return new Pool(
        pool.config(),
        pool.protocol(),
        pool.tls()
            .map(
                tls ->
                    new PoolTls(
                        tls.verify(),
                        tls.serverName(),
                        tls.authorities().map(folder()::resolve),
                        tls.certificate(),
                        tls.minVersion())),
        pool.endpoints(),
        pool.check());
  }

  /** Files are named relative to the folder of the configuration file. */
  private Path folder() {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? Path.of("") : folder;
  }
}
