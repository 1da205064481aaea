package io.gatehouse.l7.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HeaderBlockTest {
  private static byte[] ascii(String text) {
    return Syntax.ascii(text);
  }

  @Test
  void findsTokensInListsWhateverTheirCase() {
    HeaderBlock head =
        Heads.request("GET / HTTP/1.1\r\nHost: a\r\nA: Bc ,\tde,,f-g\r\nA: h\r\n\r\n");
    HeaderName name = HeaderName.of("a");
    for (String token : new String[] {"bc", "DE", "f-g", "h"}) {
      assertThat(head.containsToken(name, token)).as(token).isTrue();
    }
    for (String token : new String[] {"b", "c", "bc ,", "f", "g"}) {
      assertThat(head.containsToken(name, token)).as(token).isFalse();
    }
    assertThat(head.valueContainsToken(1, "h")).isFalse();
    assertThat(head.valueEqualsIgnoreCase(2, "H")).isTrue();
  }

  @Test
  void namesOfOneHashAreToldApart() {
    HeaderBlock head = Heads.request("GET / HTTP/1.1\r\nHost: a\r\na~: 1\r\nb_: 2\r\n\r\n");
    assertThat(HeaderName.of("a~").hash()).isEqualTo(HeaderName.of("b_").hash());
    assertThat(head.valueString(head.find(HeaderName.of("a~")))).isEqualTo("1");
    assertThat(head.valueString(head.find(HeaderName.of("b_")))).isEqualTo("2");
  }

  @Test
  void takesNoInvalidFieldFromElsewhere() {
    HeaderBlock head = Heads.block();
    head.startRequest(HttpVersion.HTTP_2, ascii("GET"), ascii("/a"));
    assertThat(checked(head, "x-a", "b c")).isTrue();
    assertThat(checked(head, "x-a", "")).isTrue();
    for (String name : new String[] {"", "X-A", ":path", "a b", "a:", "a\r\nb"}) {
      assertThat(checked(head, name, "b")).as(name).isFalse();
    }
    for (String value : new String[] {"a\r\nb: c", "a\nb", "a\0", " a", "a\t"}) {
      assertThat(checked(head, "a", value)).as(value).isFalse();
    }
    assertThat(Heads.written(head)).isEqualTo("GET /a HTTP/1.1\r\nx-a: b c\r\nx-a: \r\n\r\n");
  }

  private static boolean checked(HeaderBlock head, String name, String value) {
    byte[] n = ascii(name);
    byte[] v = ascii(value);
    return head.appendChecked(n, 0, n.length, v, 0, v.length) == null;
  }

  @Test
  void anAuthorityFromElsewhereObeysTheRulesOfHost() {
    HeaderBlock head = Heads.block();
    head.startRequest(HttpVersion.HTTP_2, ascii("GET"), ascii("/"));
    assertThat(authority(head, "A.example:8443")).isEqualTo(HeadResult.Progress.DONE);
    assertThat(head.hostName()).isEqualTo("a.example");
    assertThat(authority(head, "b.example")).isEqualTo(HeadResult.Progress.DONE);
    assertThat(Heads.written(head)).isEqualTo("GET / HTTP/1.1\r\nhost: b.example\r\n\r\n");
    for (String invalid : new String[] {"", "u@a", "a\r\nb: c", "a".repeat(262)}) {
      assertThat(authority(head, invalid)).as(invalid).isEqualTo(HttpViolation.HOST_INVALID);
    }
    assertThat(authority(head, "a\r\nb: c")).isEqualTo(HttpViolation.HOST_INVALID);
    assertThat(head.contains(HeaderName.HOST)).isFalse();
  }

  private static HeadResult authority(HeaderBlock head, String authority) {
    return RequestAuthority.set(head, ascii(authority), 0, authority.length());
  }

  @Test
  void growsToItsBoundAndNoFurther() {
    var head = new HeaderBlock(1024);
    byte[] value = new byte[1000];
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 20; i++) {
                head.append(HeaderName.VIA, value);
              }
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("head: ");
    assertThat(head.count()).isGreaterThan(15);
  }

  @Test
  void givesBackTheMemoryOfALargeHead() {
    HeaderBlock head = Heads.block();
    head.append(HeaderName.COOKIE, new byte[60_000]);
    assertThat(head.bytes()).hasSizeGreaterThan(60_000);
    head.reset();
    assertThat(head.bytes()).hasSizeLessThan(2_000);
    assertThat(head.count()).isZero();
  }

  @Test
  void decimalsAreWrittenWhole() {
    HeaderBlock head = Heads.block();
    for (long value : new long[] {0, 9, 10, 99, 100, 1_000_000_007L, Long.MAX_VALUE}) {
      head.reset();
      head.appendDecimal(HeaderName.CONTENT_LENGTH, value);
      assertThat(head.valueString(0)).isEqualTo(Long.toString(value));
    }
  }

  @Test
  void headerNamesMustBeTokens() {
    assertThat(HeaderName.of("X-Foo")).hasToString("x-foo");
    for (String name : new String[] {"", "a b", "a:", "\u00e9", "\u0141"}) {
      assertThatThrownBy(() -> HeaderName.of(name)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void behavesAsAListOfFieldsUnderAnyEdits() {
    SeededCases.check(2_000, HeaderBlockTest::checkEdits);
  }

  private static final String[] NAMES = {"a", "b", "x-c", "accept", "cookie", "a~", "b_"};

  /** Parses a random head, edits it beside a plain list, and compares what is written. */
  private static void checkEdits(SplittableRandom random) {
    List<String[]> model = new ArrayList<>();
    model.add(new String[] {"host", "h"});
    var text = new StringBuilder("GET / HTTP/1.1\r\nHost:h\r\n");
    int fields = random.nextInt(12);
    for (int i = 0; i < fields; i++) {
      String name = NAMES[random.nextInt(NAMES.length)];
      String value = "v".repeat(random.nextInt(30));
      text.append(name).append(':').append(" ".repeat(random.nextInt(3))).append(value);
      text.append(" ".repeat(random.nextInt(10) / 8)).append("\r\n");
      model.add(new String[] {name, value});
    }
    HeaderBlock head = Heads.request(text + "\r\n");
    int edits = random.nextInt(10);
    for (int i = 0; i < edits; i++) {
      String name = NAMES[random.nextInt(NAMES.length)];
      HeaderName header = HeaderName.of(name);
      String value = "w" + i;
      int kind = random.nextInt(3);
      if (kind > 0) {
        model.removeIf(field -> field[0].equals(name));
      }
      if (kind != 1) {
        model.add(new String[] {name, value});
      }
      switch (kind) {
        case 0 -> head.append(header, ascii(value));
        case 1 -> head.removeAll(header);
        default -> head.set(header, ascii(value));
      }
    }
    var expected = new StringBuilder("GET / HTTP/1.1\r\n");
    model.forEach(f -> expected.append(f[0]).append(": ").append(f[1]).append("\r\n"));
    String written = Heads.written(head);
    assertThat(written).isEqualTo(expected + "\r\n");
    assertThat(Heads.written(Heads.request(written))).isEqualTo(written);
  }
}
