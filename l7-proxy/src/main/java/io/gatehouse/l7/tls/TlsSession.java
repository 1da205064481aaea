package io.gatehouse.l7.tls;

import io.netty.internal.tcnative.SSL;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake agreed on.
 *
 * @param version {@code TLSv1.3} or {@code TLSv1.2}
 * @param cipher by its name at IANA
 * @param serverName that the client asked for; empty if none
 * @param protocol chosen by ALPN; empty if none
 * @param resumed whether an earlier session was taken up again
 * @param clientChain DER, the client's own first; empty if it showed none
 */
public record TlsSession(
    String version,
    String cipher,
    String serverName,
    String protocol,
    boolean resumed,
    List<byte[]> clientChain) {
  private static final Map<String, String> IANA_NAMES =
      Map.of(
          "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
  private static final int TLS_1_3 = 0x0304;

  static TlsSession of(long ssl, boolean mayHaveClientChain) {
    String cipher = SSL.getCipherForSSL(ssl);
    return new TlsSession(
        SSL.getVersionInt(ssl) == TLS_1_3 ? "TLSv1.3" : "TLSv1.2",
        IANA_NAMES.getOrDefault(cipher, cipher),
        orEmpty(SSL.getSniHostname(ssl)),
        orEmpty(SSL.getAlpnSelected(ssl)),
        SSL.isSessionReused(ssl),
        mayHaveClientChain ? clientChain(ssl) : List.of());
  }

  private static List<byte[]> clientChain(long ssl) {
    byte @Nullable [] own = SSL.getPeerCertificate(ssl);
    byte @Nullable [][] above = SSL.getPeerCertChain(ssl); // without the client's own
    return Stream.concat(
            Stream.ofNullable(own), above == null ? Stream.empty() : Arrays.stream(above))
        .toList();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
