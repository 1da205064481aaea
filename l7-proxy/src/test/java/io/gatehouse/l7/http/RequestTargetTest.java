package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.HeadResult.Progress.DONE;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PathPolicy;
import io.gatehouse.testkit.SeededCases;
import java.net.URI;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTargetTest {
  static final Set<HttpViolation> REASONS =
      EnumSet.of(
          HttpViolation.PERCENT_ENCODING_INVALID,
          HttpViolation.ENCODED_SEPARATOR,
          HttpViolation.ENCODED_NUL,
          HttpViolation.BACKSLASH_IN_PATH,
          HttpViolation.DOT_SEGMENT_PARAMETER,
          HttpViolation.PATH_ABOVE_ROOT,
          HttpViolation.DOT_SEGMENT,
          HttpViolation.EMPTY_SEGMENT);

  private static HeaderBlock head(String target) {
    return Heads.request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/a/b, /a/b",
    "/a/b/, /a/b/",
    "//a//b//, //a//b//",
    "/a.b/.c/..d/...., /a.b/.c/..d/....",
    "/%41%7a%30%2D%2e%5f%7E, /Az0-._~",
    "/%20%c3%a9%25%3f%3B, /%20%C3%A9%25%3F%3B",
    "/%252e%252e/, /%252e%252e/",
    "/., /",
    "/./, /",
    "/a/., /a/",
    "/a/./b, /a/b",
    "/a/.., /",
    "/a/../, /",
    "/a/b/.., /a/",
    "/a/b/../../c, /c",
    "/a/b/../../c/./d/.., /c/",
    "/a//../b, /a/b",
    "/a/%2e%2E/b, /b",
    "/a/.%2e/b, /b",
    "/%2e/b, /b",
    "/a;p/b;q, /a;p/b;q",
    "/a/b;../c, /a/b;../c",
    "/a/...;/c, /a/...;/c",
    "/a/./b?q=/../%2f\\%zz, /a/b?q=/../%2f\\%zz",
    "/a?, /a?",
    "/./?, /?",
  })
  void bringsAPathIntoNormalForm(String target, String normal) {
    HeaderBlock head = head(target);
    assertThat(RequestTarget.normalise(head, PathPolicy.DEFAULT)).isEqualTo(DONE);
    assertThat(head.targetString()).isEqualTo(normal);
    int question = normal.indexOf('?');
    assertThat(head.pathLength()).isEqualTo(question < 0 ? normal.length() : question);
    assertThat(head.queryLength()).isEqualTo(question < 0 ? -1 : normal.length() - question - 1);
  }

  @ParameterizedTest
  @CsvSource({
    "/%, PERCENT_ENCODING_INVALID",
    "/%4, PERCENT_ENCODING_INVALID",
    "/%4?a, PERCENT_ENCODING_INVALID",
    "/%?41, PERCENT_ENCODING_INVALID",
    "/%4g, PERCENT_ENCODING_INVALID",
    "/%u002e, PERCENT_ENCODING_INVALID",
    "/a%2fb, ENCODED_SEPARATOR",
    "/a%2Fb, ENCODED_SEPARATOR",
    "/a%5cb, ENCODED_SEPARATOR",
    "/a%5Cb, ENCODED_SEPARATOR",
    "/..%2f, ENCODED_SEPARATOR",
    "/a%00, ENCODED_NUL",
    "/a\\b, BACKSLASH_IN_PATH",
    "/..\\a, BACKSLASH_IN_PATH",
    "/a/..;/b, DOT_SEGMENT_PARAMETER",
    "/a/.;x=y/b, DOT_SEGMENT_PARAMETER",
    "/a/%2e%2e;/b, DOT_SEGMENT_PARAMETER",
    "/.., PATH_ABOVE_ROOT",
    "/../a, PATH_ABOVE_ROOT",
    "/a/../../b, PATH_ABOVE_ROOT",
    "/./../b, PATH_ABOVE_ROOT",
    "/%2e%2e/b, PATH_ABOVE_ROOT",
  })
  void refusesWhatServersReadDifferently(String target, HttpViolation violation) {
    assertThat(RequestTarget.normalise(head(target), PathPolicy.DEFAULT)).isEqualTo(violation);
    assertThat(REASONS).contains(violation);
    assertThat(violation.status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({
    // dot segments, repeated slashes, escaped slashes, target, its form or why it is refused
    "NORMALISE, MERGE, REJECT, //a///b/, /a/b/",
    "NORMALISE, MERGE, REJECT, /a//../b, /b",
    "NORMALISE, MERGE, REJECT, //.., PATH_ABOVE_ROOT",
    "NORMALISE, MERGE, REJECT, /a?b//c, /a?b//c",
    "NORMALISE, MERGE, REJECT, /%2e//a, /a",
    "NORMALISE, REJECT, REJECT, /a/b/, /a/b/",
    "NORMALISE, REJECT, REJECT, /a//b, EMPTY_SEGMENT",
    "NORMALISE, REJECT, REJECT, //, EMPTY_SEGMENT",
    "REJECT, KEEP, REJECT, /a/.b/..c, /a/.b/..c",
    "REJECT, KEEP, REJECT, /a/./b, DOT_SEGMENT",
    "REJECT, KEEP, REJECT, /a/%2e%2E, DOT_SEGMENT",
    "REJECT, KEEP, REJECT, /.., DOT_SEGMENT",
    "NORMALISE, KEEP, KEEP, /a%2fb%5cc/../d%2F, /d%2F",
    "NORMALISE, KEEP, KEEP, /a/..%2fb, ENCODED_SEPARATOR",
    "NORMALISE, KEEP, KEEP, /a%2F%2e%2e/b, ENCODED_SEPARATOR",
    "NORMALISE, KEEP, KEEP, /a%5c..%5cb, ENCODED_SEPARATOR",
    "NORMALISE, KEEP, KEEP, /a%2f..;/b, ENCODED_SEPARATOR",
    "NORMALISE, KEEP, KEEP, /a%2f...b/.c%2f, /a%2F...b/.c%2F",
    "NORMALISE, KEEP, KEEP, /%252e%252e%252f, /%252e%252e%252f",
    "NORMALISE, KEEP, DECODE, /a%2fb, /a/b",
    "NORMALISE, KEEP, DECODE, /a%2f..%2Fb, /b",
    "NORMALISE, KEEP, DECODE, /..%2fb, PATH_ABOVE_ROOT",
    "NORMALISE, KEEP, DECODE, /a%5cb, ENCODED_SEPARATOR",
    "NORMALISE, MERGE, DECODE, /a%2f%2F/b, /a/b",
    "NORMALISE, REJECT, DECODE, /a%2f/b, EMPTY_SEGMENT",
    "REJECT, KEEP, DECODE, /a%2f.%2Fb, DOT_SEGMENT",
  })
  void followsItsPolicy(
      PathPolicy.DotSegments dots,
      PathPolicy.RepeatedSlashes repeated,
      PathPolicy.EscapedSlashes escaped,
      String target,
      String expected) {
    HeaderBlock head = head(target);
    HeadResult result = RequestTarget.normalise(head, new PathPolicy(dots, repeated, escaped));
    assertThat(result instanceof HttpViolation violation ? violation.name() : head.targetString())
        .isEqualTo(expected);
  }

  @Test
  void anAsteriskIsItsOwnPath() {
    HeaderBlock head = Heads.request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(RequestTarget.normalise(head, PathPolicy.DEFAULT)).isEqualTo(DONE);
    assertThat(head.pathString()).isEqualTo("*");
    assertThat(head.queryLength()).isEqualTo(-1);
  }

  @Test
  void theNormalFormIsStable() {
    SeededCases.check(
        5_000,
        random -> {
          String target = randomTarget(random);
          var policy = randomPolicy(random);
          HeaderBlock first = head(target);
          if (RequestTarget.normalise(first, policy) != DONE) {
            return;
          }
          String normal = first.targetString();
          assertThat(first.pathString()).as(target).startsWith("/").doesNotContain("/../", "/./");
          HeaderBlock second = head(normal);
          assertThat(RequestTarget.normalise(second, policy)).isEqualTo(DONE);
          assertThat(second.targetString()).as(target).isEqualTo(normal);
        });
  }

  @Test
  void agreesWithTheJdkOnDotSegments() {
    SeededCases.check(
        5_000,
        random -> {
          var path = new StringBuilder();
          int segments = 1 + random.nextInt(8);
          for (int i = 0; i < segments; i++) {
            path.append('/').append(new String[] {"a", "bc", ".", "..", "..."}[random.nextInt(5)]);
          }
          HeaderBlock head = head(path.toString());
          if (RequestTarget.normalise(head, PathPolicy.DEFAULT) == DONE) {
            String expected = URI.create("http://h" + path + "/").normalize().getRawPath();
            String normal = head.targetString();
            assertThat(normal.endsWith("/") ? normal : normal + "/")
                .as("%s", path)
                .isEqualTo(expected);
          }
        });
  }

  private static PathPolicy randomPolicy(SplittableRandom random) {
    return new PathPolicy(
        PathPolicy.DotSegments.values()[random.nextInt(2)],
        PathPolicy.RepeatedSlashes.values()[random.nextInt(3)],
        PathPolicy.EscapedSlashes.values()[random.nextInt(3)]);
  }

  private static String randomTarget(SplittableRandom random) {
    String[] pieces = {
      "/", "/", ".", "..", "a", "%2e", "%41", "%20", "%c3", ";", "?", "b", "%2f", "%5C", "//"
    };
    var target = new StringBuilder("/");
    int count = random.nextInt(12);
    for (int i = 0; i < count; i++) {
      target.append(pieces[random.nextInt(pieces.length)]);
    }
    return target.toString();
  }
}
