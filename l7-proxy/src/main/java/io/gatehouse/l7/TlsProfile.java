package io.gatehouse.l7;

import java.util.List;

/**
 * What is spoken, by the names and in the version 6.0 of Mozilla's guideline [1]. In both the
 * client's order of ciphers decides, since all are good and it knows which its processor does fast.
 * Key exchange begins with X25519MLKEM768, the hybrid that a later quantum computer doesn't break.
 *
 * <p>BoringSSL's three ciphers for TLS 1.3 are those of the guideline and can't be changed.
 *
 * <ol>
 *   <li>https://ssl-config.mozilla.org/guidelines/6.0.json
 * </ol>
 */
public enum TlsProfile {
  /** TLS 1.3 only. */
  MODERN(List.of()),
  /** TLS 1.3 and 1.2, with forward secrecy and authenticated encryption only. */
  INTERMEDIATE(
      List.of(
          "ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305",
          "ECDHE-RSA-CHACHA20-POLY1305"));

  private static final String[] GROUPS = {"X25519MLKEM768", "X25519", "P-256", "P-384"};

  private final List<String> tls12Ciphers;

  TlsProfile(List<String> tls12Ciphers) {
    this.tls12Ciphers = tls12Ciphers;
  }

  /** Ciphers for TLS 1.2 by OpenSSL's names; empty if that version isn't spoken. */
  public List<String> tls12Ciphers() {
    return tls12Ciphers;
  }

  /** Groups for the key exchange, the best first. */
  public String[] groups() {
    return GROUPS.clone();
  }
}
