package io.gatehouse.appliance.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NotifyMessageTest {
  @Test
  void readsWhatIsToBeHeld() {
    var message = NotifyMessage.parse("FDSTORE=1\nFDNAME=flow\nFDPOLL=0");
    assertThat(message.stores()).isTrue();
    assertThat(message.name()).isEqualTo("flow");
    assertThat(message.polled()).isFalse();
    assertThat(NotifyMessage.parse("FDSTOREREMOVE=1\nFDNAME=flow").removes()).isTrue();
  }

  @Test
  void readsHowTheServiceFares() {
    var message = NotifyMessage.parse("READY=1\nSTATUS=a=b\nSTOPPING=1\n");
    assertThat(message.ready()).isTrue();
    assertThat(message.stopping()).isTrue();
    assertThat(message.status()).hasValue("a=b");
    assertThat(message.stores()).isFalse();
    assertThat(message.polled()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"FDSTORE=1", "FDSTORE=1\nFDNAME=", "FDSTORE=1\nFDNAME=a:b"})
  void givesSystemdsNameToWhatHasNone(String text) {
    assertThat(NotifyMessage.parse(text).name()).isEqualTo("stored");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "=", "READY", "READY=yes", "FDSTORE=0", "X=1\u0000READY=1"})
  void takesNothingFromWhatIsNoMessage(String text) {
    var message = NotifyMessage.parse(text);
    assertThat(message.ready()).isFalse();
    assertThat(message.stores()).isFalse();
  }
}
