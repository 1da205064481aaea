package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l4.ClientHello.Hello;
import io.gatehouse.l4.ClientHello.NeedMore;
import io.gatehouse.l4.ClientHello.NotTls;
import io.gatehouse.l4.ClientHello.Reason;
import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import io.gatehouse.l4.SniRouting.Unmatched;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {
  private static final List<SniRouting.Route> SNI =
      List.of(
          new SniRouting.Route(List.of("*.example.com"), "wild", ProxyHeader.V1),
          new SniRouting.Route(List.of("a.example.com", "b.example.com"), "exact", ProxyHeader.V2),
          new SniRouting.Route(List.of("*.deep.example.com"), "deep", ProxyHeader.NONE),
          new SniRouting.Route(List.of("own.example.org"), "own", ProxyHeader.NONE));

  @ParameterizedTest
  @CsvSource({
    "a.example.com, exact",
    "b.example.com, exact",
    "c.example.com, wild",
    "x.a.example.com, wild",
    "x.deep.example.com, deep",
    "deep.example.com, wild",
    "own.example.org, own",
    "example.com, own",
    "example.net, own",
    "com, own",
  })
  void anExactNameComesBeforeTheLongestWildcardBeforeTheDefault(String name, String pool) {
    var route = routes(Unmatched.DEFAULT).of(new Hello(name, List.of()));
    assertThat(route).isNotNull();
    assertThat(route.pool()).isEqualTo(pool);
    assertThat(config(Unmatched.DEFAULT).pools().get(route.table())).isEqualTo(pool);
  }

  @Test
  void aRouteHasAHeaderOfItsOwn() {
    var routes = routes(Unmatched.DEFAULT);
    assertThat(header(routes.of(new Hello("c.example.com", List.of())))).isEqualTo(ProxyHeader.V1);
    // The same pool by another way.
    assertThat(header(routes.of(new Hello("own.example.org", List.of()))))
        .isEqualTo(ProxyHeader.NONE);
    assertThat(header(routes.own())).isEqualTo(ProxyHeader.V2);
  }

  @Test
  void whatNamesNothingGoesToTheDefaultOrNowhere() {
    for (var hello :
        List.of(
            new Hello(null, List.of("h2")),
            new NotTls(Reason.OTHER_PROTOCOL),
            new NeedMore(),
            new Hello("example.net", List.of()))) {
      var route = routes(Unmatched.DEFAULT).of(hello);
      assertThat(route).isEqualTo(routes(Unmatched.DEFAULT).own());
      assertThat(routes(Unmatched.CLOSE).of(hello)).isNull();
    }
  }

  @Test
  void withoutSniNothingDependsOnTheHello() {
    assertThat(routes(Unmatched.DEFAULT).needHello()).isTrue();
    assertThat(new Routes(config(SniRouting.NONE)).needHello()).isFalse();
    assertThat(config(SniRouting.NONE).pools()).containsExactly("own");
    assertThat(config(Unmatched.DEFAULT).pools()).containsExactly("own", "wild", "exact", "deep");
  }

  @Test
  void refusesANameThatIsRoutedTwice() {
    var twice = List.of(SNI.getFirst(), SNI.getFirst());
    assertThatThrownBy(() -> new SniRouting(twice, Unmatched.DEFAULT))
        .hasMessageContaining("*.example.com: routed twice");
  }

  private static ProxyHeader header(@Nullable Route route) {
    assertThat(route).isNotNull();
    return route.proxyProtocol();
  }

  private static Routes routes(Unmatched unmatched) {
    return new Routes(config(unmatched));
  }

  private static ServiceConfig config(Unmatched unmatched) {
    return config(new SniRouting(SNI, unmatched));
  }

  private static ServiceConfig config(SniRouting sni) {
    return new ServiceConfig(
        "tls",
        List.of(new InetSocketAddress("127.0.0.1", 0)),
        "own",
        HashKey.FIVE_TUPLE,
        ProxyHeader.V2,
        11,
        Timeouts.DEFAULT,
        Limits.DEFAULT,
        0,
        sni,
        ServiceConfig.WhenNodeRemoved.LEAVE,
        HeaderTlv.DEFAULT);
  }
}
