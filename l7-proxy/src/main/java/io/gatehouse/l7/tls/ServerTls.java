package io.gatehouse.l7.tls;

import io.gatehouse.l7.ListenerConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS side of a listener: one BoringSSL context per certificate, chosen by the name that the
 * client asks for. Immutable; used by all event loops.
 *
 * <p>TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only. A wildcard stands for
 * exactly one label (RFC 9525 section 6.3); an exact name beats it; a name that two certificates
 * hold belongs to the one listed first.
 */
public final class ServerTls implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private final List<SslContext> contexts = new ArrayList<>();
  private final Map<String, SslContext> exact = new HashMap<>();
  private final Map<String, SslContext> wildcards = new HashMap<>();
  private final List<ServedCertificate> certificates = new ArrayList<>();

  private ServerTls() {}

  /**
   * Reads and checks all certificates.
   *
   * @throws IllegalArgumentException if one can't be used; the message names it and says why
   */
  public static ServerTls load(ListenerConfig.Tls config, Instant now) {
    OpenSsl.ensureAvailability();
    if (config.certificates().isEmpty()) {
      throw new IllegalArgumentException("certificates: none (expected: at least one)");
    }
    var tls = new ServerTls();
    try {
      for (var certificate : config.certificates()) {
        tls.add(KeyPairFile.load(certificate, now));
      }
      return tls;
    } catch (RuntimeException e) {
      tls.close();
      throw e;
    }
  }

  private void add(KeyPairFile pair) {
    var context = newContext(pair);
    contexts.add(context);
    var names = pair.dnsNames();
    if (names.isEmpty()) {
      log.atWarn()
          .addKeyValue("certificate", pair.name())
          .log("certificate has no DNS name: it is served by default only");
    }
    for (String name : names) {
      if (name.startsWith("*.")) {
        wildcards.putIfAbsent(name.substring(1), context);
      } else {
        exact.putIfAbsent(name, context);
      }
    }
    var notAfter = pair.leaf().getNotAfter().toInstant();
    certificates.add(new ServedCertificate(pair.name(), names, notAfter));
  }

  private static SslContext newContext(KeyPairFile pair) {
    try {
      return SslContextBuilder.forServer(pair.key(), pair.chain().toArray(X509Certificate[]::new))
          .sslProvider(SslProvider.OPENSSL_REFCNT)
          .protocols(PROTOCOLS)
          .ciphers(CIPHERS)
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  ApplicationProtocolConfig.Protocol.ALPN,
                  ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                  ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                  ApplicationProtocolNames.HTTP_1_1))
          .build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(
          "certificate %s: BoringSSL refuses it: %s".formatted(pair.name(), e.getMessage()), e);
    }
  }

  /** The context for a name that a client asked for; the first one if null or unknown. */
  public SslContext forName(@Nullable String serverName) {
    if (serverName != null) {
      String name = serverName.toLowerCase(Locale.ROOT);
      var context = exact.get(name);
      int dot = name.indexOf('.');
      if (context == null && dot > 0) {
        context = wildcards.get(name.substring(dot));
      }
      if (context != null) {
        return context;
      }
    }
    return contexts.getFirst();
  }

  /** The certificates, in the order of the configuration. */
  public List<ServedCertificate> certificates() {
    return List.copyOf(certificates);
  }

  /** Gives the contexts back; connections that use one keep it until they end. */
  @Override
  public void close() {
    contexts.forEach(ReferenceCountUtil::release);
    contexts.clear();
  }
}
