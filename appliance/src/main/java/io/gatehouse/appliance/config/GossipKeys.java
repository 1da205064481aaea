package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Gossip;
import io.gatehouse.membership.GossipKey;
import io.gatehouse.membership.KeyRing;
import io.gatehouse.membership.RingKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Where the ring's keys come from: the key file, else the cluster's secrets, else nowhere, which
 * the file has to say in so many words unless nobody else can reach the ring anyway.
 */
final class GossipKeys {
  private static final byte[] PURPOSE =
      "gatehouse gossip ring key".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 32;

  private final FrontDoor frontDoor;
  private final Path folder;
  private final Findings findings;
  private final Origins origins;

  /**
   * @param folder that file names are relative to
   */
  GossipKeys(FrontDoor frontDoor, Path folder, Findings findings, Origins origins) {
    this.frontDoor = frontDoor;
    this.folder = folder;
    this.findings = findings;
    this.origins = origins;
  }

  /**
   * @param secrets of the cluster, the one that signs first
   */
  RingKeys choose(List<byte[]> secrets) {
    Gossip gossip = frontDoor.cluster().gossip();
    if (gossip.keys().isPresent()) {
      return inFile(gossip, gossip.keys().get());
    }
    if (gossip.unencrypted()) {
      return new RingKeys.None();
    }
    if (!secrets.isEmpty()) {
      return new RingKeys.Fixed(
          secrets.stream().limit(RingKeys.MAX_KEYS).map(GossipKeys::derived).toList(),
          "cluster.secret");
    }
    if (frontDoor.cluster().secret().isEmpty() && !isOutOfReach(frontDoor)) {
      findings.error(
          origins.of(frontDoor.cluster()),
          "unencrypted-ring",
          "the gossip ring of these nodes has no key",
          "give the cluster a secret (openssl rand -base64 32 > cluster.secret), or write"
              + " cluster: { gossip: { unencrypted: true } }");
    }
    return new RingKeys.None();
  }

  private RingKeys inFile(Gossip gossip, Path name) {
    Path file = folder.resolve(name);
    try {
      KeyRing.read(file);
    } catch (IOException e) {
      findings.error(
          origins.of(gossip, GossipSection.KEYS.name()),
          "bad-key-file",
          String.valueOf(e.getMessage()),
          "make one with: printf '[\"%s\"]\\n' \"$(openssl rand -base64 32)\"");
    }
    return new RingKeys.InFile(file);
  }

  /** HKDF (RFC 5869) with SHA-256, so that neither the key nor a signature tells of the other. */
  private static GossipKey derived(byte[] secret) {
    try {
      var parameters = HKDFParameterSpec.ofExtract().addIKM(secret).thenExpand(PURPOSE, KEY_BYTES);
      return GossipKey.of(KDF.getInstance("HKDF-SHA256").deriveData(parameters));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("the JDK has HKDF-SHA256", e);
    }
  }

  /** Whether the ring never leaves the machine. */
  private static boolean isOutOfReach(FrontDoor frontDoor) {
    return keepsToItself(frontDoor)
        || frontDoor.nodes().stream().allMatch(node -> node.address().isLoopbackAddress());
  }

  /** Whether there is nobody whom the file's one node could meet in the ring. */
  static boolean keepsToItself(FrontDoor frontDoor) {
    return frontDoor.nodes().size() == 1
        && frontDoor.cluster().seeds().isEmpty()
        && frontDoor.cluster().secret().isEmpty()
        && frontDoor.cluster().gossip().keys().isEmpty()
        && !frontDoor.cluster().gossip().unencrypted();
  }
}
