package io.gatehouse.l7.tls;

import io.gatehouse.l7.PoolConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The TLS side of a pool: one BoringSSL context with its trusted authorities, its own certificate
 * and the sessions that endpoints offered to resume. Used by all event loops.
 *
 * <p>TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only. A resumed session is
 * not verified again: it was when it began, by this same context and for the same name (RFC 8446
 * section 4.6.1).
 */
public final class ClientTls implements AutoCloseable {
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

  /** Sessions kept to be resumed, over all endpoints of the pool. */
  private static final int MAX_SESSIONS = 1024;

  private static final int SESSION_SECONDS = 3600;

  private final PoolConfig.Tls config;
  private final SslContext context;
  private final AtomicInteger peers = new AtomicInteger();

  private ClientTls(PoolConfig.Tls config, SslContext context) {
    this.config = config;
    this.context = context;
  }

  /**
   * Reads and checks the files.
   *
   * @param protocols offered by ALPN, the preferred one first
   * @throws IllegalArgumentException if one can't be used; the message names it and says why
   */
  public static ClientTls load(PoolConfig.Tls config, List<String> protocols, Instant now) {
    OpenSsl.ensureAvailability();
    try {
      var builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.OPENSSL_REFCNT)
              .protocols(versions(config.minVersion()))
              .ciphers(CIPHERS)
              .sessionCacheSize(MAX_SESSIONS)
              .sessionTimeout(SESSION_SECONDS)
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      ApplicationProtocolConfig.Protocol.ALPN,
                      ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                      ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                      protocols));
      if (config.verify()) {
        builder.trustManager(BackendTrust.of(authorities(config.authorities())));
        builder.endpointIdentificationAlgorithm("HTTPS");
      } else {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        builder.endpointIdentificationAlgorithm(null);
      }
      if (config.certificate() != null) {
        var pair = KeyPairFile.load(config.certificate(), now);
        builder.keyManager(pair.key(), pair.chain().toArray(X509Certificate[]::new));
      }
      return new ClientTls(config, builder.build());
    } catch (SSLException e) {
      throw new IllegalArgumentException("BoringSSL refuses it: " + e.getMessage(), e);
    }
  }

  private static List<String> versions(PoolConfig.TlsVersion least) {
    return switch (least) {
      case TLS_1_2 -> List.of("TLSv1.3", "TLSv1.2");
      case TLS_1_3 -> List.of("TLSv1.3");
    };
  }

  private static List<X509Certificate> authorities(@Nullable Path file) {
    if (file == null) {
      return List.of();
    }
    try (var in = Files.newInputStream(file)) {
      var found =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (found.isEmpty()) {
        throw new IllegalArgumentException(file + " holds no certificate (expected: PEM)");
      }
      return found;
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " can't be read: " + e, e);
    } catch (CertificateException e) {
      throw new IllegalArgumentException(file + " isn't a list of certificates in PEM", e);
    }
  }

  /**
   * A number for one endpoint: sessions that one endpoint offered are resumed with it alone, even
   * where several go by one name.
   */
  public int newPeer() {
    return peers.incrementAndGet();
  }

  /**
   * A handler for one connection, without a time limit of its own.
   *
   * @param host name or literal address of the endpoint, unless the pool has a server name
   * @param peer of {@link #newPeer}
   */
  public SslHandler newHandler(ByteBufAllocator allocator, String host, int peer) {
    String configured = config.serverName();
    String name = configured == null ? host : configured;
    // The "port" is but the second half of the key of the session cache.
    var engine = context.newEngine(allocator, name, peer);
    boolean isAddress = NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
    if (!isAddress) { // RFC 6066 section 3: no literal addresses
      var parameters = engine.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      engine.setSSLParameters(parameters);
    }
    var handler = new SslHandler(engine);
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /** Gives the context back; connections that use it keep it until they end. */
  @Override
  public void close() {
    ReferenceCountUtil.release(context);
  }
}
