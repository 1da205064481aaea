package io.gatehouse.appliance.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeGateTest {
  private static final InetSocketAddress HERE = new InetSocketAddress("127.0.0.1", 9901);

  private static Headers headers(String host) {
    var headers = new Headers();
    headers.add("Host", host);
    headers.add(ChangeGate.HEADER, "yes");
    return headers;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1:9901", "localhost:9901", "localhost", "[::1]:9901", "10.1.2.3"})
  void takesAnAddressAsHost(String host) {
    assertThat(ChangeGate.refusal(HERE, HERE, headers(host))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rebound.example:9901", "127.0.0.1.example", "localhost.example", ""})
  void refusesANameAsHostThatMayHaveBeenMadeToPointHere(String host) {
    assertThat(ChangeGate.refusal(HERE, HERE, headers(host)))
        .hasValueSatisfying(why -> assertThat(why).startsWith("Host: "));
  }

  @Test
  void refusesTwoHosts() {
    var headers = headers("127.0.0.1");
    headers.add("Host", "127.0.0.1");
    assertThat(ChangeGate.refusal(HERE, HERE, headers)).isPresent();
  }

  @Test
  void refusesWhoComesFromAnotherHost() {
    var elsewhere = new InetSocketAddress("192.0.2.7", 40_000);
    var bound = new InetSocketAddress("192.0.2.1", 9901);
    assertThat(ChangeGate.refusal(elsewhere, bound, headers("192.0.2.1:9901")))
        .hasValueSatisfying(why -> assertThat(why).contains("192.0.2.7"));
    assertThat(ChangeGate.refusal(bound, bound, headers("192.0.2.1:9901")))
        .as("a program of this host, by its address")
        .isEmpty();
  }
}
