package io.gatehouse.tests.architecture;

import java.util.List;
import java.util.stream.Stream;

/**
 * What each module may use; nothing else. Every module also uses itself, the JDK's public packages,
 * slf4j and JSpecify. Maven's dependencies say the same, but let through what comes transitively.
 */
enum Module {
  LINUX("linux", uses(), "jnr.ffi"),
  TRANSPORT("transport", uses(), "io.netty"),
  PROXY_PROTOCOL("proxyprotocol", uses(), "io.netty.buffer", "io.netty.util"),
  MEMBERSHIP("membership", uses(TRANSPORT), "io.netty", "org.msgpack"),
  HEALTH(
      "health",
      uses(MEMBERSHIP, TRANSPORT),
      "io.netty",
      "com.fasterxml.jackson.core",
      "com.google.re2j"),
  L4("l4", uses(LINUX, TRANSPORT, PROXY_PROTOCOL, HEALTH)),
  L7("l7", uses(TRANSPORT, PROXY_PROTOCOL, HEALTH), "io.netty"),
  APPLIANCE(
      "appliance",
      uses(LINUX, TRANSPORT, PROXY_PROTOCOL, MEMBERSHIP, HEALTH, L4, L7),
      "io.netty",
      "io.micrometer",
      "io.prometheus",
      "picocli",
      "org.snakeyaml.engine",
      "org.bouncycastle",
      "ch.qos.logback",
      "com.google.re2j",
      "com.sun.net.httpserver");

  private static final List<String> EVERYWHERE =
      List.of("java..", "javax..", "org.slf4j..", "org.jspecify..");

  private final String packageName;
  private final List<Module> modules;
  private final List<String> libraries;

  Module(String lastPart, Module[] modules, String... libraries) {
    this.packageName = "io.gatehouse." + lastPart;
    this.modules = List.of(modules);
    this.libraries = List.of(libraries);
  }

  private static Module[] uses(Module... modules) {
    return modules;
  }

  /** Its façade's package. */
  String facade() {
    return packageName;
  }

  /** All its packages, in ArchUnit's notation. */
  String packages() {
    return packageName + "..";
  }

  /** Its packages but the façade's, in ArchUnit's notation. */
  String inner() {
    return packageName + ".(**)";
  }

  /** Packages that it may use, in ArchUnit's notation. */
  String[] allowed() {
    return Stream.of(
            EVERYWHERE.stream(),
            Stream.of(packages()),
            modules.stream().map(Module::packages),
            libraries.stream().map(library -> library + ".."))
        .flatMap(packages -> packages)
        .toArray(String[]::new);
  }
}
