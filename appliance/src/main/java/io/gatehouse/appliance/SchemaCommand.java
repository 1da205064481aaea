package io.gatehouse.appliance;

import io.gatehouse.appliance.config.JsonSchema;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code gatehouse schema}: for editors. */
@Command(
    name = "schema",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the JSON Schema (2020-12) of the configuration file, for editors that complete.",
      "",
      "With a YAML language server, the first line of the file can name it:",
      "  # yaml-language-server: $$schema=gatehouse.schema.json"
    })
final class SchemaCommand implements Callable<Integer> {
  private final PrintStream out;

  SchemaCommand() {
    this(System.out);
  }

  SchemaCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    out.print(JsonSchema.text());
    return 0;
  }
}
