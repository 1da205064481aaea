package io.gatehouse.linux;

import static io.gatehouse.linux.Capabilities.Capability.CAP_BPF;
import static io.gatehouse.linux.Capabilities.Capability.CAP_NET_ADMIN;
import static io.gatehouse.linux.Capabilities.Capability.CAP_NET_BIND_SERVICE;
import static io.gatehouse.linux.Capabilities.Capability.CAP_SYS_ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CapabilitiesTest {
  @Test
  void readsTheEffectiveOnesAndNotThePermitted() {
    var capabilities =
        Capabilities.parse(
            "Name:\tjava\nCapPrm:\t000001ffffffffff\nCapEff:\t0000008000001400\nCapBnd:\t0\n");
    assertThat(capabilities.has(CAP_BPF)).isTrue();
    assertThat(capabilities.has(CAP_NET_ADMIN)).isTrue();
    assertThat(capabilities.has(CAP_NET_BIND_SERVICE)).isTrue();
    assertThat(capabilities.has(CAP_SYS_ADMIN)).isFalse();
    assertThatThrownBy(() -> Capabilities.parse("Name:\tjava\n"))
        .hasMessage("process status: no CapEff line");
  }

  @Test
  void agreesWithTheKernelOnWhatThisProcessMayDo() throws Exception {
    int socket = Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM);
    try {
      assertThat(Capabilities.ofThisProcess().has(CAP_NET_ADMIN))
          .isEqualTo(SocketOption.SO_RCVBUFFORCE.set(socket, 4096) == 0);
    } finally {
      Libc.close(socket);
    }
  }
}
