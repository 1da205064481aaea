package io.gatehouse.proxyprotocol;

import static io.gatehouse.proxyprotocol.SignedOrigin.Verdict.FORGED;
import static io.gatehouse.proxyprotocol.SignedOrigin.Verdict.MALFORMED;
import static io.gatehouse.proxyprotocol.SignedOrigin.Verdict.MISSING;
import static io.gatehouse.proxyprotocol.SignedOrigin.Verdict.OUTSIDE_CLOCK_SKEW;
import static io.gatehouse.proxyprotocol.SignedOrigin.Verdict.VALID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.testkit.SeededCases;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignedOriginTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final long SKEW = 30_000;
  private static final SignedOrigin CLUSTER = signer(1);
  private static final ProxyHeader HEADER =
      ProxyHeader.tcp(
          new InetSocketAddress("192.0.2.7", 55555),
          new InetSocketAddress("198.51.100.2", 443),
          new Tlv.UniqueId(ByteString.utf8("c-1")),
          new Tlv.Crc32c());

  private static SignedOrigin signer(int... keys) {
    var all = new ArrayList<byte[]>();
    for (int key : keys) {
      var bytes = new byte[32];
      bytes[0] = (byte) key;
      all.add(bytes);
    }
    return new SignedOrigin(all, SKEW);
  }

  @Test
  void believesWhatANodeOfTheClusterSignedAfterACrossingOfTheWire() {
    SeededCases.check(
        500,
        random -> {
          var header = new RandomHeaders(random).any();
          if (header.version() == Version.V2) {
            var received = Wire.header(Wire.encode(CLUSTER.sign(header, NOW)));
            assertThat(CLUSTER.verify(received, NOW)).isEqualTo(VALID);
          }
        });
  }

  @Test
  void seesEveryChangeOfASignedHeader() {
    var signed = Wire.encode(CLUSTER.sign(HEADER.withTlvs(HEADER.tlvs().subList(0, 1)), NOW));
    int believed = 0;
    for (int at = 0; at < signed.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        var changed = signed.clone();
        changed[at] ^= (byte) (1 << bit);
        if (Wire.decode(changed) instanceof Decoding.Complete(var header, var length)
            && CLUSTER.verify(header, NOW) == VALID) {
          believed++;
        }
      }
    }
    assertThat(believed).isZero();
  }

  @Test
  void believesOnlyWithinTheClockSkew() {
    var signed = CLUSTER.sign(HEADER, NOW);
    assertThat(CLUSTER.verify(signed, NOW + SKEW)).isEqualTo(VALID);
    assertThat(CLUSTER.verify(signed, NOW - SKEW)).isEqualTo(VALID);
    assertThat(CLUSTER.verify(signed, NOW + SKEW + 1)).isEqualTo(OUTSIDE_CLOCK_SKEW);
    assertThat(CLUSTER.verify(signed, NOW - SKEW - 1)).isEqualTo(OUTSIDE_CLOCK_SKEW);
  }

  @Test
  void believesAnyOfItsKeysSoThatOneCanBeReplaced() {
    var byOld = signer(1).sign(HEADER, NOW);
    var byNew = signer(2, 1).sign(HEADER, NOW);
    assertThat(signer(2, 1).verify(byOld, NOW)).isEqualTo(VALID);
    assertThat(signer(1, 2).verify(byNew, NOW)).isEqualTo(VALID);
    assertThat(signer(2).verify(byOld, NOW)).isEqualTo(FORGED);
  }

  @Test
  void tellsWhatIsMissingFromWhatIsMalformed() {
    assertThat(CLUSTER.verify(HEADER, NOW)).isEqualTo(MISSING);
    var signature = CLUSTER.sign(HEADER, NOW).tlvs().getLast();
    assertThat(CLUSTER.verify(ProxyHeader.local(signature, signature), NOW)).isEqualTo(MALFORMED);
    var tooShort = new Tlv.Other(SignedOrigin.TLV_TYPE, ByteString.of((byte) 1));
    assertThat(CLUSTER.verify(ProxyHeader.local(tooShort), NOW)).isEqualTo(MALFORMED);
    var unknownFormat = ((Tlv.Other) signature).value().toByteArray();
    unknownFormat[0] = 2;
    assertThat(
            CLUSTER.verify(
                ProxyHeader.local(
                    new Tlv.Other(SignedOrigin.TLV_TYPE, ByteString.of(unknownFormat))),
                NOW))
        .isEqualTo(MALFORMED);
  }

  @Test
  void doesNotBelieveASignatureMovedToAnotherHeader() {
    var signature = CLUSTER.sign(HEADER, NOW).tlvs().getLast();
    var other =
        ProxyHeader.tcp(
            new InetSocketAddress("192.0.2.8", 55555),
            new InetSocketAddress("198.51.100.2", 443),
            new Tlv.UniqueId(ByteString.utf8("c-1")),
            signature);
    assertThat(CLUSTER.verify(other, NOW)).isEqualTo(FORGED);
  }

  @Test
  void replacesASignatureRatherThanAddASecond() {
    var again = CLUSTER.sign(CLUSTER.sign(HEADER, NOW - 10 * SKEW), NOW);
    assertThat(CLUSTER.verify(again, NOW)).isEqualTo(VALID);
  }

  @Test
  void refusesKeysThatAreTooShort() {
    assertThatThrownBy(() -> new SignedOrigin(List.of(new byte[31]), SKEW))
        .hasMessage("cluster key: 31 bytes (expected: >= 32)");
    assertThatThrownBy(() -> new SignedOrigin(List.of(), SKEW)).hasMessageContaining("none");
  }
}
