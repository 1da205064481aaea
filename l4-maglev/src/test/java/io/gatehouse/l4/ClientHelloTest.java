package io.gatehouse.l4;

import static io.gatehouse.l4.Hellos.alpn;
import static io.gatehouse.l4.Hellos.ascii;
import static io.gatehouse.l4.Hellos.bytes;
import static io.gatehouse.l4.Hellos.concat;
import static io.gatehouse.l4.Hellos.message;
import static io.gatehouse.l4.Hellos.records;
import static io.gatehouse.l4.Hellos.serverName;
import static io.gatehouse.l4.Hellos.vector;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l4.ClientHello.Hello;
import io.gatehouse.l4.ClientHello.NeedMore;
import io.gatehouse.l4.ClientHello.NotTls;
import io.gatehouse.l4.ClientHello.Reason;
import io.gatehouse.l4.Hellos.Extension;
import io.gatehouse.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientHelloTest {
  private static final int ONE_RECORD = 1 << 14;

  @Test
  void readsWhatTheJdkSends() throws Exception {
    assertThat(parse(Hellos.ofJdk("App.Example.com", "h2", "http/1.1")))
        .isEqualTo(new Hello("app.example.com", List.of("h2", "http/1.1")));
    assertThat(parse(Hellos.ofJdk(""))).isEqualTo(new Hello(null, List.of()));
  }

  @Test
  void readsAHelloHoweverItIsCut() {
    SeededCases.check(
        60,
        random -> {
          var extensions = new ArrayList<Extension>();
          extensions.add(serverName("a.example.com"));
          extensions.add(alpn("h2", "spdy/3"));
          for (int i = random.nextInt(5); i > 0; i--) {
            extensions.add(Hellos.grease(random));
          }
          Collections.shuffle(extensions, new Random(random.nextLong()));
          // A type of GREASE may come twice by chance; it is skipped all the same.
          byte[] stream = records(message(extensions), random.nextInt(1, 500));
          assertThat(parse(stream)).isEqualTo(new Hello("a.example.com", List.of("h2", "spdy/3")));
          assertThat(parse(concat(stream, new byte[random.nextInt(50)]))).isEqualTo(parse(stream));
          AnyHello.check(stream);
        });
  }

  @Test
  void readsAHelloWithoutExtensions() {
    byte[] withEmptyList = message(List.of());
    byte[] without = Arrays.copyOf(withEmptyList, withEmptyList.length - 2);
    without[3] = (byte) (without[3] - 2);
    assertThat(parse(records(without, ONE_RECORD))).isEqualTo(new Hello(null, List.of()));
    assertThat(parse(records(withEmptyList, ONE_RECORD))).isEqualTo(new Hello(null, List.of()));
  }

  @Test
  void takesTheOuterNameOfAnEncryptedHello() {
    var encrypted = new Extension(0xfe0d, new byte[200]);
    assertThat(parse(hello(encrypted, serverName("outer.example"))))
        .isEqualTo(new Hello("outer.example", List.of()));
  }

  @Test
  void takesANameWithADotAtItsEndForTheNameWithout() {
    assertThat(parse(hello(serverName("a.example.")))).isEqualTo(new Hello("a.example", List.of()));
  }

  @Test
  void skipsNamesOfUnknownTypes() {
    var names = concat(bytes(9), vector(2, ascii("?")), bytes(0), vector(2, ascii("a.example")));
    assertThat(parse(hello(new Extension(0, vector(2, names)))))
        .isEqualTo(new Hello("a.example", List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\0\0\0\0", "x"})
  void tellsOtherProtocolsByTheirFirstByte(String text) {
    assertThat(parse(ascii(text))).isEqualTo(new NotTls(Reason.OTHER_PROTOCOL));
    assertThat(parse(ascii(text.substring(0, 1)))).isEqualTo(new NotTls(Reason.OTHER_PROTOCOL));
  }

  @Test
  void tellsTheHelloOfSsl2() {
    assertThat(parse(bytes(0x80, 0x2e, 1, 3, 1, 0, 0x15))).isEqualTo(new NotTls(Reason.SSL2));
  }

  @Test
  void refusesAnotherHandshakeMessageOrVersion() {
    assertThat(parse(bytes(22, 2, 0, 0, 4, 1, 0, 0, 0)))
        .isEqualTo(new NotTls(Reason.OTHER_PROTOCOL));
    assertThat(parse(bytes(22, 3, 1, 0, 4, 2, 0, 0, 0)))
        .isEqualTo(new NotTls(Reason.OTHER_PROTOCOL));
  }

  @Test
  void refusesRecordsOfNoOrTooGreatLength() {
    assertThat(parse(bytes(22, 3, 1, 0, 0))).isEqualTo(new NotTls(Reason.MALFORMED));
    assertThat(parse(bytes(22, 3, 1, 0x40, 1))).isEqualTo(new NotTls(Reason.MALFORMED));
  }

  @Test
  void refusesAnotherRecordInTheMiddleOfAHello() {
    byte[] stream = records(message(List.of(serverName("a.example"))), 20);
    stream[25] = 23;
    assertThat(parse(stream)).isEqualTo(new NotTls(Reason.OTHER_PROTOCOL));
  }

  @Test
  void givesUpOnAHelloBeyondTheBound() {
    assertThat(parse(bytes(22, 3, 1, 0x10, 0, 1, 0, 0x40, 0)))
        .isEqualTo(new NotTls(Reason.TOO_LONG));
    // Each byte in a record of its own: most of the bytes are heads of records.
    byte[] tiny = records(message(List.of(new Extension(1, new byte[3000]))), 1);
    assertThat(tiny.length).isGreaterThan(ClientHello.MAX_BYTES);
    assertThat(parse(Arrays.copyOf(tiny, ClientHello.MAX_BYTES - 1))).isInstanceOf(NeedMore.class);
    assertThat(parse(tiny)).isEqualTo(new NotTls(Reason.TOO_LONG));
    byte[] greatest = hello(new Extension(1, new byte[16_200]), serverName("a.example"));
    assertThat(greatest.length).isLessThan(ClientHello.MAX_BYTES);
    assertThat(parse(greatest)).isEqualTo(new Hello("a.example", List.of()));
  }

  @Test
  void refusesWhatTheSpecificationForbids() {
    List<Extension[]> forbidden =
        List.of(
            new Extension[] {serverName("a.example"), serverName("a.example")},
            new Extension[] {alpn("h2"), alpn("h2")},
            new Extension[] {serverName("")},
            new Extension[] {serverName(".")},
            new Extension[] {serverName(".a.example")},
            new Extension[] {serverName("a\0.example")},
            new Extension[] {serverName("a/b")},
            new Extension[] {serverName("x".repeat(256))},
            new Extension[] {new Extension(0, new byte[0])},
            new Extension[] {new Extension(0, bytes(0, 0))},
            new Extension[] {new Extension(0, concat(serverName("a").body(), bytes(0)))},
            new Extension[] {alpn("")},
            new Extension[] {alpn()},
            new Extension[] {new Extension(16, concat(alpn("h2").body(), bytes(0)))});
    for (Extension[] extensions : forbidden) {
      assertThat(parse(hello(extensions)))
          .as("%s", (Object) extensions)
          .isEqualTo(new NotTls(Reason.MALFORMED));
    }
  }

  @Test
  void refusesBytesBehindTheExtensions() {
    byte[] message = concat(message(List.of(serverName("a.example"))), bytes(0));
    message[3]++;
    assertThat(parse(records(message, ONE_RECORD))).isEqualTo(new NotTls(Reason.MALFORMED));
  }

  @Test
  void readsOrRefusesAnyBytes() throws Exception {
    var samples = Hellos.samples();
    SeededCases.check(
        3000,
        random -> {
          byte[] stream = samples.get(random.nextInt(samples.size())).clone();
          for (int i = random.nextInt(1, 5); i > 0; i--) {
            int at = random.nextInt(Math.min(stream.length, random.nextBoolean() ? 60 : 4000));
            stream[at] = (byte) (random.nextBoolean() ? random.nextInt() : stream[at] + 1);
          }
          AnyHello.check(
              random.nextInt(4) == 0
                  ? Arrays.copyOf(stream, random.nextInt(stream.length))
                  : stream);
        });
  }

  private static byte[] hello(Extension... extensions) {
    return records(message(List.of(extensions)), ONE_RECORD);
  }

  private static ClientHello.Result parse(byte[] stream) {
    return ClientHello.parse(ByteBuffer.wrap(stream));
  }
}
