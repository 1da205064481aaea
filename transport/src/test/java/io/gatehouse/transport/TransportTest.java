package io.gatehouse.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransportTest {

  @ParameterizedTest
  @EnumSource(Transport.Choice.class)
  void everyChoiceStartsTheNumberOfLoopsAskedFor(Transport.Choice choice) {
    var transport = Transport.choose(choice);
    var group = transport.eventLoops("test", 2);
    try {
      assertThat(Transport.loops(group)).hasSize(2);
    } finally {
      group.shutdownGracefully().syncUninterruptibly();
    }
  }

  @Test
  void saysWhyItWasChosen() {
    assertThat(Transport.choose(Transport.Choice.EPOLL).reason()).contains("configuration");
  }
}
