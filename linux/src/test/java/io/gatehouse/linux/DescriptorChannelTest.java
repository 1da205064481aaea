package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DescriptorChannelTest {
  @Test
  void passesTextAndDescriptorsBothWays() throws Exception {
    var pair = DescriptorChannel.open();
    try (var near = pair.near();
        var far = DescriptorChannel.of(pair.far())) {
      int socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM);
      near.send("here it is", new int[] {socket}, 1);
      far.send("thank you", new int[0], 0);
      var got = far.receive();
      assertThat(got).isNotNull();
      assertThat(got.text()).isEqualTo("here it is");
      assertThat(got.fds()).hasSize(1);
      assertThat(target(got.fds()[0])).isEqualTo(target(socket));
      var answer = near.receive();
      assertThat(answer).isNotNull();
      assertThat(answer.text()).isEqualTo("thank you");
      assertThat(answer.fds()).isEmpty();
      Libc.close(got.fds()[0]);
      Libc.close(socket);
    }
  }

  @Test
  void endsWhenTheOtherEndDoes() throws Exception {
    var pair = DescriptorChannel.open();
    try (var near = pair.near()) {
      Libc.close(pair.far());
      assertThat(near.receive()).isNull();
      assertThatThrownBy(() -> near.send("?", new int[0], 0)).hasMessage("sendmsg: EPIPE (32)");
    }
  }

  @Test
  void refusesATextThatIsNone() throws Exception {
    var pair = DescriptorChannel.open();
    try (var near = pair.near()) {
      assertThatThrownBy(() -> near.send("", new int[0], 0))
          .hasMessage("text: 0 bytes (expected: 1 to 16384)");
    } finally {
      Libc.close(pair.far());
    }
  }

  private static Path target(int fd) throws Exception {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd));
  }
}
