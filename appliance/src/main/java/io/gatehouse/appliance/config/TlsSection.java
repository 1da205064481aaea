package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Tls;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.ListenerConfig.ClientCertificates;
import io.gatehouse.l7.ListenerConfig.ClientCertificates.Forward;
import io.gatehouse.l7.ListenerConfig.Handshakes;
import io.gatehouse.l7.ListenerConfig.Tickets;
import io.gatehouse.l7.TlsProfile;
import java.nio.file.Path;
import java.util.List;

/** {@code listeners.NAME.tls}: TLS termination. */
final class TlsSection {
  private enum Demand {
    REQUIRED,
    OPTIONAL
  }

  static final Key<List<String>> CERTIFICATES =
      Key.required(
          "certificates",
          ListType.orSingle(Scalars.NAME),
          "Names of certificates, chosen by SNI from the names that each holds. Of several for one"
              + " name, such as one with an ECDSA and one with an RSA key, the client gets the"
              + " first that it can verify, ECDSA before RSA. The first of the list, and what"
              + " shares a name with it, also serves clients without SNI or with an unknown name.");

  private static final Key<TlsProfile> PROFILE =
      Key.of(
          "profile",
          Scalars.choice(TlsProfile.class, Scalars::dashed),
          TlsProfile.INTERMEDIATE,
          "What is spoken, as in version 6.0 of Mozilla's guideline: `modern` is TLS 1.3 only,"
              + " `intermediate` also TLS 1.2 with forward secrecy and AEAD ciphers. Both prefer"
              + " the key exchange X25519MLKEM768.");

  private static final Key<Boolean> STRICT_SNI =
      Key.of(
          "strictSni",
          Scalars.BOOLEAN,
          false,
          "Whether a client that asks for a name that no certificate holds is refused, with the"
              + " alert `unrecognized_name`. One that asks for none gets the default.");

  private static final Key<Boolean> SESSION_TICKETS =
      Key.of(
          "sessionTickets",
          Scalars.BOOLEAN,
          true,
          "Whether clients may resume a session without a full handshake. With a `cluster.secret`"
              + " every L7 node resumes what any of them began.");

  private static final Key<Long> TICKET_ROTATION =
      Key.of(
          "ticketRotation",
          Scalars.duration("1m", "168h"),
          Tickets.DEFAULT.windowNanos(),
          "How long a ticket key issues; it accepts for as long again. The keys follow from the"
              + " secret and the time, so they change everywhere at once. Lower limits what a"
              + " stolen key opens, higher saves full handshakes.");

  private static final Key<Demand> DEMAND =
      Key.of(
          "demand",
          Scalars.choice(Demand.class, Scalars::dashed),
          Demand.REQUIRED,
          "`required`: a client without a certificate is refused. `optional`: it is served, and the"
              + " backend sees no `Client-Cert`.");

  static final Key<Path> AUTHORITIES =
      Key.required(
          "authorities",
          Scalars.FILE,
          "PEM file of the authorities whose certificates are accepted, and no others; relative to"
              + " the folder of this file.");

  static final Key<Path> REVOCATIONS =
      Key.optional(
          "revocations",
          Scalars.FILE,
          "revocation is not looked at",
          "PEM file of revocation lists, one of each authority; a certificate whose authority has"
              + " none there, or one that is past its time, is refused.");

  private static final Key<Forward> FORWARD =
      Key.of(
          "forward",
          Scalars.choice(Forward.class, Scalars::dashed),
          Forward.CERTIFICATE,
          "What the backend is told (RFC 9440): `certificate` in `Client-Cert`, `chain` also the"
              + " others that the client showed, in `Client-Cert-Chain`. What a client sends in"
              + " these fields is always removed.");

  private static final Key<ClientCertificates> CLIENT_CERTIFICATES =
      Key.optional(
          "clientCertificates",
          ObjectType.of(
              "the client certificates of a listener",
              f ->
                  new ClientCertificates(
                      f.get(DEMAND) == Demand.REQUIRED,
                      f.get(AUTHORITIES),
                      f.find(REVOCATIONS),
                      f.get(FORWARD)),
              DEMAND,
              AUTHORITIES,
              REVOCATIONS,
              FORWARD),
          "clients are not asked for one",
          "Certificates that clients show (mutual TLS).");

  private static final Key<Integer> MAX_CONCURRENT =
      Key.of(
          "maxConcurrent",
          Scalars.whole(1, 10_000_000),
          Handshakes.DEFAULT.maxConcurrent(),
          "Handshakes under way at once on one L7 node; more are closed at once and counted.");

  private static final Key<Integer> MAX_PER_SECOND =
      Key.of(
          "maxPerSecond",
          Scalars.whole(0, 1_000_000),
          Handshakes.DEFAULT.maxPerSecond(),
          "Handshakes begun per second on one L7 node; more are closed at once and counted. `0`:"
              + " any number. Choose it below what the node's cores can do, so that a flood of"
              + " handshakes leaves them time for requests.");

  private static final Key<Handshakes> HANDSHAKES =
      Key.of(
          "handshakes",
          ObjectType.of(
              "the handshakes of a listener",
              f -> new Handshakes(f.get(MAX_CONCURRENT), f.get(MAX_PER_SECOND)),
              MAX_CONCURRENT,
              MAX_PER_SECOND),
          Handshakes.DEFAULT,
          "Bounds on the work of handshakes. A connection counts from its first byte to the end of"
              + " its handshake.");

  private static final Key<Long> HANDSHAKE_TIMEOUT =
      Key.of(
          "handshakeTimeout",
          Scalars.duration("100ms", "5m"),
          ListenerConfig.Tls.DEFAULT_HANDSHAKE_TIMEOUT_NANOS,
          "From accept (or the PROXY header) to the end of the handshake.");

  static final ObjectType<Tls> TYPE =
      ObjectType.of(
          "the TLS of a listener",
          TlsSection::build,
          CERTIFICATES,
          PROFILE,
          STRICT_SNI,
          SESSION_TICKETS,
          TICKET_ROTATION,
          CLIENT_CERTIFICATES,
          HANDSHAKES,
          HANDSHAKE_TIMEOUT);

  private TlsSection() {}

  private static Tls build(Fields f) {
    return new Tls(
        f.get(CERTIFICATES),
        new ListenerConfig.Tls(
            List.of(),
            f.get(PROFILE),
            f.get(STRICT_SNI),
            new Tickets(f.get(SESSION_TICKETS), null, f.get(TICKET_ROTATION)),
            f.find(CLIENT_CERTIFICATES),
            f.get(HANDSHAKES),
            f.get(HANDSHAKE_TIMEOUT)));
  }
}
