package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Target;
import io.gatehouse.appliance.config.FrontDoor.Target.Kind;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import org.jspecify.annotations.Nullable;

/** The keys that say where connections of the L4 tier go: of a service, and of an SNI route. */
final class TargetKeys {
  static final Key<String> TO =
      Key.optional(
          "to",
          Scalars.NAME,
          "`toPool` says where",
          "Name of the listener of the L7 tier that it leads to.");

  static final Key<String> TO_POOL =
      Key.optional(
          "toPool",
          Scalars.NAME,
          "`to` says where",
          "Name of the pool that it leads to, passing by the L7 tier: plain TCP, or TLS that the"
              + " backends terminate. Of the pool, `endpoints` and `healthCheck` count.");

  static final Key<ProxyHeader> PROXY_PROTOCOL =
      Key.optional(
          "proxyProtocol",
          Scalars.choice(ProxyHeader.class, Scalars::dashed),
          "`v2` with `to`, `none` with `toPool`",
          "PROXY protocol header before the first byte. With `none` the other side sees the L4 node"
              + " as the client.");

  private TargetKeys() {}

  /** The target; null if there is none. */
  static @Nullable Target find(Fields fields) {
    String listener = fields.find(TO);
    String pool = fields.find(TO_POOL);
    ProxyHeader header = fields.find(PROXY_PROTOCOL);
    if (listener != null && pool != null) {
      fields.error(
          fields.at(TO_POOL),
          "conflicting-keys",
          "'to' and 'toPool' cannot both say where connections go",
          "'to' names a listener of the L7 tier, 'toPool' a pool that is reached without it");
    }
    if (listener != null) {
      return new Target(Kind.LISTENER, listener, header == null ? ProxyHeader.V2 : header);
    }
    return pool == null
        ? null
        : new Target(Kind.POOL, pool, header == null ? ProxyHeader.NONE : header);
  }

  /** Whether a key of the target stands in the file, valid or not. */
  static boolean has(Fields fields) {
    return fields.has(TO) || fields.has(TO_POOL);
  }
}
