package io.gatehouse.l7.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcHeadTest {
  private static HeaderBlock with(String name, String value) {
    var head = new HeaderBlock(1024);
    head.append(HeaderName.of(name), value.getBytes(StandardCharsets.US_ASCII));
    return head;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/grpc",
        "application/grpc+proto",
        "Application/gRPC; charset=utf-8",
        "application/grpc;a=b"
      })
  void knowsACall(String contentType) {
    assertThat(Grpc.isCall(with("content-type", contentType))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/grpc-web", "application/grp", "text/html", "application/grpcx"})
  void knowsWhatIsNone(String contentType) {
    assertThat(Grpc.isCall(with("content-type", contentType))).isFalse();
    assertThat(Grpc.isCall(with("accept", "application/grpc"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1H, 3600000000000",
    "2M, 120000000000",
    "3S, 3000000000",
    "200m, 200000000",
    "7u, 7000",
    "99999999n, 99999999",
    "0S, 0",
    "99999999H, 9223372036854775807",
    "123456789S, 9223372036854775807",
    "S, 9223372036854775807",
    "1, 9223372036854775807",
    "-1S, 9223372036854775807",
    "1s, 9223372036854775807"
  })
  void readsTheDeadline(String timeout, long nanos) {
    assertThat(Grpc.timeoutNanos(with("grpc-timeout", timeout))).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "16, 16", "17, -1", "x, -1", "100, -1"})
  void readsTheStatus(String text, int status) {
    assertThat(Grpc.statusIn(with("grpc-status", text))).isEqualTo(status);
  }

  @Test
  void mapsTheStatusOfHttp() {
    int[][] cases = {
      {400, 13}, {401, 16}, {403, 7}, {404, 12}, {429, 14}, {502, 14}, {503, 14}, {504, 14},
      {413, 2}, {500, 2}
    };
    for (int[] each : cases) {
      assertThat(Grpc.statusFor(each[0], false)).as("%d", each[0]).isEqualTo(each[1]);
    }
    assertThat(Grpc.statusFor(504, true)).isEqualTo(4);
  }
}
