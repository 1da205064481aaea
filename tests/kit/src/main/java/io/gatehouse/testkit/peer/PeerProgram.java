package io.gatehouse.testkit.peer;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A program that can be started as a peer. Placeholders in {@code command} and in the configuration
 * text: <code>${dir}</code> (a directory of its own), <code>${config}</code> (the configuration
 * file in it), <code>${port:NAME}</code> (a free TCP port on 127.0.0.1, whose answering makes the
 * peer ready), <code>${udp:NAME}</code> (a free port that is not waited for) and the names of
 * {@code snippets}.
 *
 * @param name of the binary and of its image's folder under {@code tests/images}
 * @param configFile name of its configuration file
 * @param command arguments that start it in the foreground; the binary itself comes first
 * @param versionCommand arguments that make it print its version
 * @param snippets further placeholders, so that a test's text stays short
 */
public record PeerProgram(
    String name,
    String configFile,
    List<String> command,
    List<String> versionCommand,
    Map<String, String> snippets) {
  private static final Pattern VERSION = Pattern.compile("\\d+(\\.\\d+)+[-.\\w]*");

  public PeerProgram {
    command = List.copyOf(command);
    versionCommand = List.copyOf(versionCommand);
    snippets = Map.copyOf(snippets);
  }

  /** HAProxy, one process; {@code ${dir}} is the place for a stats socket. */
  public static final PeerProgram HAPROXY =
      new PeerProgram(
          "haproxy",
          "haproxy.cfg",
          List.of("haproxy", "-db", "-f", "${config}"),
          List.of("haproxy", "-v"),
          Map.of());

  /**
   * nginx in the foreground. <code>${temp_paths}</code> belongs into the {@code http} block:
   * without it, nginx wants directories that only root may write. <code>${modules}</code> is the
   * folder of dynamic modules.
   */
  public static final PeerProgram NGINX =
      new PeerProgram(
          "nginx",
          "nginx.conf",
          List.of(
              "nginx",
              "-p",
              "${dir}",
              "-e",
              "stderr",
              "-c",
              "${config}",
              "-g",
              "daemon off; pid ${dir}/nginx.pid;"),
          List.of("nginx", "-v"),
          Map.of(
              "modules",
              "/usr/lib/nginx/modules",
              "temp_paths",
              """
              client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy;
              fastcgi_temp_path ${dir}/fastcgi; uwsgi_temp_path ${dir}/uwsgi;
              scgi_temp_path ${dir}/scgi;\
              """));

  /** Redis. */
  public static final PeerProgram REDIS =
      new PeerProgram(
          "redis-server",
          "redis.conf",
          List.of("redis-server", "${config}"),
          List.of("redis-server", "--version"),
          Map.of());

  /** A Serf agent, configured in JSON. */
  public static final PeerProgram SERF =
      new PeerProgram(
          "serf",
          "serf.json",
          List.of("serf", "agent", "-config-file=${config}"),
          List.of("serf", "version"),
          Map.of());

  /** The version in what {@code versionCommand} wrote. */
  String version(String output) {
    var version = VERSION.matcher(output);
    return version.find() ? version.group() : "of unknown version";
  }
}
