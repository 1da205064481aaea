package io.gatehouse.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectFailureTest {

  @ParameterizedTest
  @CsvSource({
    "113, FAILED_UNREACHABLE, no route to host",
    "101, FAILED_UNREACHABLE, network unreachable",
    "111, FAILED_REFUSED, connection refused",
    "110, FAILED_CONNECT_TIMEOUT, connect timeout",
  })
  void saysWhatTheSystemSaidOfTheEndpoint(int errno, HealthCounter counter, String cause) {
    assertThat(ConnectFailure.classify(new Errors.NativeIoException("connect", -errno)))
        .isEqualTo(new ProbeResult.Failed(counter, cause));
  }

  @ParameterizedTest
  @CsvSource({"23", "24", "98", "99", "105"})
  void aWantOfThisHostIsNoEvidence(int errno) {
    var failure = new ChannelException(new Errors.NativeIoException("newSocketStream", -errno));
    assertThat(ConnectFailure.classify(failure)).isInstanceOf(ProbeResult.Inconclusive.class);
  }

  @Test
  void aFailureWithoutANumberKeepsItsWords() {
    assertThat(ConnectFailure.classify(new IOException(new ConnectException("odd"))))
        .isEqualTo(
            new ProbeResult.Failed(
                HealthCounter.FAILED_UNREACHABLE,
                "connect failed: java.net.ConnectException: odd"));
  }
}
