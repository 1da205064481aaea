package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.PoolTls;
import io.gatehouse.l7.PoolConfig.Tls;
import io.gatehouse.l7.PoolConfig.TlsVersion;
import java.nio.file.Path;
import java.util.Optional;

/** {@code pools.NAME.tls}: TLS to the backends. */
final class PoolTlsSection {
  static final Key<Boolean> VERIFY =
      Key.of(
          "verify",
          Scalars.BOOLEAN,
          Tls.DEFAULT.verify(),
          "Whether a backend must show a certificate of a trusted authority, in force now, for its"
              + " name. With `false` anybody on the way can read and answer.");

  private static final Key<String> SERVER_NAME =
      Key.optional(
          "serverName",
          Addresses.HOST_NAME,
          "the endpoint's own name or address",
          "Name that is asked for (SNI) and that the certificate must hold.");

  static final Key<Path> AUTHORITIES =
      Key.optional(
          "ca",
          Scalars.FILE,
          "the authorities that the JDK trusts",
          "PEM file of the authorities that are trusted, and no others; relative to the folder of"
              + " this file.");

  static final Key<String> CERTIFICATE =
      Key.optional(
          "certificate",
          Scalars.NAME,
          "none",
          "Name of the certificate under `certificates` that is shown to a backend that asks for"
              + " one (mTLS).");

  private static final Key<TlsVersion> MIN_VERSION =
      Key.of(
          "minVersion",
          Scalars.choice(TlsVersion.class, PoolTlsSection::word),
          Tls.DEFAULT.minVersion(),
          "Oldest version of TLS that is spoken.");

  static final ObjectType<PoolTls> TYPE =
      ObjectType.of(
          "the TLS of a pool",
          fields ->
              new PoolTls(
                  fields.get(VERIFY),
                  Optional.ofNullable(fields.find(SERVER_NAME)),
                  Optional.ofNullable(fields.find(AUTHORITIES)),
                  Optional.ofNullable(fields.find(CERTIFICATE)),
                  fields.get(MIN_VERSION)),
          VERIFY,
          SERVER_NAME,
          AUTHORITIES,
          CERTIFICATE,
          MIN_VERSION);

  private PoolTlsSection() {}

  private static String word(TlsVersion version) {
    return switch (version) {
      case TLS_1_2 -> "1.2";
      case TLS_1_3 -> "1.3";
    };
  }
}
