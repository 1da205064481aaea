package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.SniRoute;
import io.gatehouse.appliance.config.FrontDoor.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An item of {@code services.NAME.sni}: where TLS connections for some names go. */
final class SniRouteSection {
  static final Key<List<String>> NAMES =
      Key.required(
          "names",
          ListType.orSingle(Addresses.HOST_PATTERN),
          "Server names; `*.example.com` matches every name below. An exact name comes before the"
              + " longest wildcard, whatever the order.");

  static final ObjectType<SniRoute> TYPE =
      ObjectType.of(
              "an SNI route",
              SniRouteSection::build,
              NAMES,
              TargetKeys.TO,
              TargetKeys.TO_POOL,
              TargetKeys.PROXY_PROTOCOL)
          .withExample("{ names: app.example.com, to: web }");

  private SniRouteSection() {}

  private static @Nullable SniRoute build(Fields fields) {
    Target target = TargetKeys.find(fields);
    if (target == null) {
      if (!TargetKeys.has(fields)) {
        fields.error(
            fields.at(),
            "missing-key",
            "an SNI route needs the key 'to' or 'toPool'",
            "'to' names a listener of the L7 tier, 'toPool' a pool");
      }
      return null;
    }
    return new SniRoute(fields.get(NAMES), target);
  }
}
