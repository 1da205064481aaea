package io.gatehouse.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Searches for inputs that break the fuzz tests of a class: Jazzer, in a JVM of its own, led by the
 * coverage of all of Gatehouse. A few seconds for each in an ordinary run; {@code
 * -Dgatehouse.fuzz.seconds=3600} makes it long.
 *
 * <p>It starts from the committed inputs and from those that earlier searches on this machine have
 * left under {@code .cifuzz-corpus}. What breaks a test is written beside the committed inputs, so
 * that an ordinary run replays it from then on.
 */
public final class FuzzSearch {
  private static final int RUN_SECONDS = Integer.getInteger("gatehouse.fuzz.seconds", 2);
  private static final int START_SECONDS = 120;
  private static final int OUTPUT_LINES = 80;

  private FuzzSearch() {}

  /** A test for each fuzz test of the class; as many search at once as there are processors. */
  public static Stream<DynamicTest> of(Class<?> fuzzTests) {
    var searches = new LinkedHashMap<String, Future<?>>();
    try (var searchers = newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      for (var method : fuzzTests.getDeclaredMethods()) {
        if (isFuzzTest(method)) {
          searches.put(method.getName(), searchers.submit(() -> search(fuzzTests, method)));
        }
      }
    }
    return searches.entrySet().stream()
        .map(search -> DynamicTest.dynamicTest(search.getKey(), () -> search.getValue().get()));
  }

  private static boolean isFuzzTest(Method method) {
    return Arrays.stream(method.getAnnotations())
        .anyMatch(each -> each.annotationType().getSimpleName().equals("FuzzTest"));
  }

  private static Method search(Class<?> fuzzTests, Method method)
      throws IOException, InterruptedException {
    var module = Path.of(System.getProperty("basedir", "."));
    var found =
        Files.createDirectories(
            module
                .resolve(".cifuzz-corpus")
                .resolve(fuzzTests.getName())
                .resolve(method.getName()));
    var committed =
        module
            .resolve("src/test/resources")
            .resolve(fuzzTests.getName().replace('.', '/') + "Inputs")
            .resolve(method.getName());
    var output = Files.createTempFile("fuzz-", ".log");
    try (var child =
        ChildProcess.start(
            new ProcessBuilder(command(fuzzTests, method, found, committed))
                .directory(module.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile()))) {
      boolean ended = child.process().waitFor(RUN_SECONDS + START_SECONDS, SECONDS);
      if (!ended || child.process().exitValue() != 0) {
        var lines = Files.readString(output, UTF_8).lines().toList();
        throw new AssertionError(
            "an input breaks the test, or Jazzer does not run; it lies in %s:%n%s"
                .formatted(committed, String.join("\n", tail(lines))));
      }
      return method;
    } finally {
      Files.delete(output);
    }
  }

  private static List<String> tail(List<String> lines) {
    return lines.subList(Math.max(0, lines.size() - OUTPUT_LINES), lines.size());
  }

  private static List<String> command(
      Class<?> fuzzTests, Method method, Path found, Path committed) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+EnableDynamicAgentLoading",
            "-Xshare:off",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + fuzzTests.getName(),
            "--target_method=" + method.getName(),
            "--instrumentation_includes=io.gatehouse.**",
            "-max_total_time=" + RUN_SECONDS,
            "-artifact_prefix=" + committed.toAbsolutePath() + File.separator,
            found.toAbsolutePath().toString(),
            committed.toAbsolutePath().toString()));
    return command;
  }
}
