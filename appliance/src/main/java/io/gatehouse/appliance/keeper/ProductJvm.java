package io.gatehouse.appliance.keeper;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command that runs this product in another JVM. */
public final class ProductJvm {
  /** Made by {@code gatehouse rehearse}: classes of a start, loaded and linked (JEP 483). */
  private static final String START_CACHE = "start.aot";

  private ProductJvm() {}

  /**
   * The command line, from the Java and the build that this JVM runs from.
   *
   * @param files further option files of the build, such as {@code keeper.options}
   * @param options further JVM options
   * @param arguments of {@code gatehouse}
   * @throws IOException if this JVM does not run from a build
   */
  public static List<String> command(
      List<String> files, List<String> options, List<String> arguments) throws IOException {
    String dist = System.getProperty("gatehouse.dist", "");
    Path common = Path.of(dist, "jvm.options");
    if (dist.isEmpty() || !Files.exists(common)) {
      throw new IOException(
          "gatehouse.dist: '%s' (expected: the folder of the built product; start with ./gatehouse)"
              .formatted(dist));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + common);
    files.forEach(file -> command.add("@" + Path.of(dist, file)));
    Path cache = Path.of(dist, START_CACHE);
    if (files.isEmpty() && cache.toFile().length() > 0) { // the keeper's heap has no room for it
      command.add("-XX:AOTCache=" + cache);
    }
    command.addAll(options);
    command.addAll(List.of("-cp", Path.of(dist, "lib") + File.separator + "*"));
    command.addAll(List.of("-Dgatehouse.dist=" + dist, "io.gatehouse.appliance.Main"));
    command.addAll(arguments);
    return command;
  }
}
