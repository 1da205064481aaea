package io.gatehouse.l7.tls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which certificates are offered for a name. A wildcard stands for exactly one label (RFC 9525
 * section 6.3); an exact name beats it. Certificates that hold the same name are offered together,
 * one of each kind of key: the client takes the first it can verify, ECDSA before RSA. Two of one
 * kind and name: the one listed first.
 *
 * <p>Immutable.
 */
final class CredentialsByName implements AutoCloseable {
  private record Offer(KeyPairFile.KeyType type, Credential credential) {}

  private final List<Credential> all = new ArrayList<>();
  private final Map<String, List<Credential>> exact = new HashMap<>();
  private final Map<String, List<Credential>> wildcards = new HashMap<>();
  private final List<Credential> fallback;

  /**
   * @param pairs in the order of the configuration; the first, and those that hold one of its
   *     names, serve clients that ask for none
   * @param credentials in the same order; closed with this
   */
  CredentialsByName(List<KeyPairFile> pairs, List<Credential> credentials) {
    all.addAll(credentials);
    Map<String, List<Offer>> byName = new HashMap<>();
    List<Offer> first = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      var offer = new Offer(pairs.get(i).keyType(), credentials.get(i));
      for (String name : pairs.get(i).dnsNames()) {
        add(byName.computeIfAbsent(name, n -> new ArrayList<>()), offer);
      }
      boolean sharesAName =
          pairs.get(i).dnsNames().stream().anyMatch(pairs.getFirst().dnsNames()::contains);
      if (i == 0 || sharesAName) {
        add(first, offer);
      }
    }
    byName.forEach(
        (name, offers) -> {
          if (name.startsWith("*.")) {
            wildcards.put(name.substring(1), inOrder(offers));
          } else {
            exact.put(name, inOrder(offers));
          }
        });
    fallback = inOrder(first);
  }

  private static void add(List<Offer> offers, Offer offer) {
    if (offers.stream().noneMatch(known -> known.type == offer.type)) {
      offers.add(offer);
    }
  }

  private static List<Credential> inOrder(List<Offer> offers) {
    return offers.stream()
        .sorted(Comparator.comparing(Offer::type))
        .map(Offer::credential)
        .toList();
  }

  /** What to offer a client; the default for one that asks for no name, or for one not known. */
  List<Credential> forName(@Nullable String serverName) {
    var found = serverName == null ? null : find(serverName);
    return found == null ? fallback : found;
  }

  /** Whether a certificate holds the name. */
  boolean knows(String serverName) {
    return find(serverName) != null;
  }

  /** Whether all clients are offered the same. */
  boolean isOne() {
    return Stream.concat(exact.values().stream(), wildcards.values().stream())
        .allMatch(fallback::equals);
  }

  private @Nullable List<Credential> find(String serverName) {
    String name = serverName.toLowerCase(Locale.ROOT);
    var found = exact.get(name);
    int dot = name.indexOf('.');
    return found == null && dot > 0 ? wildcards.get(name.substring(dot)) : found;
  }

  @Override
  public void close() {
    all.forEach(Credential::close);
  }
}
