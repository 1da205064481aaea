package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l4.ClientHello.Hello;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.proxyprotocol.Decoding;
import io.gatehouse.proxyprotocol.ProxyHeaderDecoder;
import io.gatehouse.proxyprotocol.SignedOrigin;
import io.gatehouse.proxyprotocol.Tlv;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeaderWriterTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("2001:db8::7", 51_000);
  private static final InetSocketAddress LOCAL = new InetSocketAddress("2001:db8::1", 443);
  private static final long NOW_MILLIS = 1_700_000_000_000L;

  private final SignedOrigin origin = new SignedOrigin(List.of(new byte[32]), 1000);
  private final HeaderWriter writer = new HeaderWriter(origin);

  @Test
  void saysWhatTheRouteAsksFor() {
    var hello = new Hello("app.example.com", List.of("h2", "http/1.1"));
    var all = written(EnumSet.allOf(HeaderTlv.class), "l4-a/1-2", hello);
    assertThat(all.client()).contains(CLIENT);
    assertThat(all.first(Tlv.Authority.class)).contains(new Tlv.Authority("app.example.com"));
    assertThat(all.first(Tlv.Alpn.class).orElseThrow().value().asUtf8()).contains("h2");
    assertThat(all.first(Tlv.UniqueId.class).orElseThrow().value().asUtf8()).contains("l4-a/1-2");
    assertThat(all.first(Tlv.Crc32c.class)).isPresent();
    assertThat(origin.verify(all, NOW_MILLIS)).isEqualTo(SignedOrigin.Verdict.VALID);
    var usual = written(HeaderTlv.DEFAULT, "l4-a/1-2", hello);
    assertThat(usual.tlvs()).hasSize(2);
    assertThat(origin.verify(usual, NOW_MILLIS)).isEqualTo(SignedOrigin.Verdict.MISSING);
    assertThat(written(Set.of(), "l4-a/1-2", hello).tlvs()).isEmpty();
  }

  @Test
  void leavesOutWhatTheClientDidNotSay() {
    var none = written(EnumSet.allOf(HeaderTlv.class), "a", new Hello(null, List.of()));
    assertThat(none.first(Tlv.Authority.class)).isEmpty();
    assertThat(none.first(Tlv.Alpn.class)).isEmpty();
  }

  @Test
  void theGreatestHeaderFits() {
    var hello = new Hello("x".repeat(255), List.of("p".repeat(255)));
    var into = ByteBuffer.allocateDirect(HeaderWriter.MAX_BYTES);
    var route = new Route(0, "l7", ProxyHeader.V2, EnumSet.allOf(HeaderTlv.class));
    int length = writer.write(route, CLIENT, LOCAL, "n".repeat(128), hello, NOW_MILLIS, into);
    assertThat(length).isEqualTo(734).isEqualTo(into.position());
  }

  @Test
  void writesVersion1AndNothing() {
    var into = ByteBuffer.allocate(HeaderWriter.MAX_BYTES);
    var v1 = new Route(0, "l7", ProxyHeader.V1, HeaderTlv.DEFAULT);
    int length = writer.write(v1, CLIENT, LOCAL, "a", null, NOW_MILLIS, into);
    assertThat(new String(into.array(), 0, length, StandardCharsets.US_ASCII))
        .startsWith("PROXY TCP6 2001:db8")
        .endsWith(" 51000 443\r\n");
    var none = new Route(0, "db", ProxyHeader.NONE, HeaderTlv.DEFAULT);
    assertThat(writer.write(none, CLIENT, LOCAL, "a", null, NOW_MILLIS, into)).isZero();
    assertThat(into.position()).isEqualTo(length);
  }

  @Test
  void aNodeThatIsToSignNeedsASecret() {
    var signs =
        new ServiceConfig(
            "web",
            List.of(LOCAL),
            "l7",
            ServiceConfig.HashKey.FIVE_TUPLE,
            ProxyHeader.V2,
            11,
            ServiceConfig.Timeouts.DEFAULT,
            ServiceConfig.Limits.DEFAULT,
            0,
            SniRouting.NONE,
            ServiceConfig.WhenNodeRemoved.LEAVE,
            Set.of(HeaderTlv.SIGNED_ORIGIN));
    assertThatThrownBy(() -> new L4Config("n", List.of(signs)))
        .hasMessageContaining("signedOrigin: none");
  }

  private io.gatehouse.proxyprotocol.ProxyHeader written(
      Set<HeaderTlv> tlvs, String uniqueId, Hello hello) {
    var into = ByteBuffer.allocate(HeaderWriter.MAX_BYTES);
    var route = new Route(0, "l7", ProxyHeader.V2, tlvs);
    writer.write(route, CLIENT, LOCAL, uniqueId, hello, NOW_MILLIS, into);
    var decoding = new ProxyHeaderDecoder().decode(Unpooled.wrappedBuffer(into.flip()));
    assertThat(decoding).isInstanceOf(Decoding.Complete.class);
    return ((Decoding.Complete) decoding).header();
  }
}
