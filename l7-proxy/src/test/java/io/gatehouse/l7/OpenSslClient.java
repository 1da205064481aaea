package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** The command {@code openssl s_client}, which asks for one page and says what it saw. */
public final class OpenSslClient {
  private OpenSslClient() {}

  /** Connects with these options, sends one request, and gives everything that was printed. */
  static String get(InetSocketAddress address, String... options) throws Exception {
    return run(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", options);
  }

  /** The same with other input. */
  static String run(InetSocketAddress address, String input, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("s_client", "-ign_eof"));
    command.addAll(List.of("-connect", "127.0.0.1:" + address.getPort()));
    command.addAll(List.of(options));
    return openssl(input, true, command);
  }

  /** Types commands of s_client's own, such as {@code R}, and waits until the server ends it. */
  static String type(InetSocketAddress address, String commands, String... options)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("s_client"));
    command.addAll(List.of("-connect", "127.0.0.1:" + address.getPort()));
    command.addAll(List.of(options));
    return openssl(commands, false, command);
  }

  /** Runs any command of openssl's, at most for 20 seconds. */
  public static String openssl(String input, boolean thenEnd, List<String> arguments)
      throws Exception {
    assumeTrue(isInstalled(), "openssl is not installed");
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(arguments);
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new FutureTask<>(process.getInputStream()::readAllBytes);
    Thread.ofVirtual().start(output);
    try {
      type(process.getOutputStream(), input, thenEnd);
      String text = new String(output.get(20, SECONDS), StandardCharsets.ISO_8859_1);
      assertThat(process.waitFor(5, SECONDS)).isTrue();
      return text;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void type(OutputStream in, String input, boolean thenEnd) {
    try {
      in.write(input.getBytes(StandardCharsets.ISO_8859_1));
      in.flush();
      if (thenEnd) {
        in.close();
      }
    } catch (IOException e) {
      // It has ended before it read its input: what it printed says why.
    }
  }

  static boolean isInstalled() {
    for (String folder : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(folder, "openssl"))) {
        return true;
      }
    }
    return false;
  }
}
