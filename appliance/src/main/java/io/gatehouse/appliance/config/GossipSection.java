package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Gossip;
import io.gatehouse.membership.RingSecurity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** {@code cluster.gossip}: who may be in the ring. */
final class GossipSection {
  static final Key<Path> KEYS =
      Key.optional(
          "keys",
          Scalars.FILE,
          "made from `secret`",
          "File with the ring's keys, relative to the folder of this file, as Serf's"
              + " `-keyring-file` has them: a JSON array of one to sixteen keys of 16, 24 or 32"
              + " bytes in Base64, of which the first encrypts and all decrypt. The node writes"
              + " back what `serf keys` changes while it runs, so it must be its own to write."
              + " Without it the keys are made from `secret`, one of each, and change with it.");

  static final Key<Boolean> UNENCRYPTED =
      Key.of(
          "unencrypted",
          Scalars.BOOLEAN,
          false,
          "`true` leaves the ring without encryption: whoever reaches the gossip port may join it,"
              + " and say of nodes what he likes. Without `secret` and `keys`, a file whose nodes"
              + " are not all on loopback has to say so.");

  static final Key<String> LABEL =
      Key.of(
          "label",
          Scalars.string(
              "a text of at most 255 bytes", "front-door-1", GossipSection::label, text -> text),
          "",
          "Put before every gossip packet and stream, and authenticated with it; what carries"
              + " another is dropped. Keeps two rings apart that reach each other and share a key."
              + " Serf's agents have none, so a ring that they join has none either.");

  static final ObjectType<Gossip> TYPE =
      ObjectType.of("the gossip options", GossipSection::build, KEYS, UNENCRYPTED, LABEL);

  static final Gossip DEFAULT = new Gossip(Optional.empty(), false, "");

  private GossipSection() {}

  private static String label(String text) throws ScalarType.WrongWordException {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > RingSecurity.MAX_LABEL_BYTES) {
      throw new ScalarType.WrongWordException(
          "out-of-range", "has %d bytes, more than 255".formatted(bytes), null);
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new ScalarType.WrongWordException("wrong-type", "holds a control character", null);
    }
    return text;
  }

  private static Gossip build(Fields fields) {
    Path keys = fields.find(KEYS);
    if (keys != null && fields.get(UNENCRYPTED)) {
      fields.error(
          fields.at(UNENCRYPTED),
          "contradiction",
          "the ring has keys and is to be unencrypted",
          "remove one of the two");
    }
    return new Gossip(Optional.ofNullable(keys), fields.get(UNENCRYPTED), fields.get(LABEL));
  }
}
