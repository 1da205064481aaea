package io.gatehouse.appliance;

import io.gatehouse.appliance.config.ProductVersion;
import io.gatehouse.appliance.demo.DemoBackendCommand;
import io.gatehouse.appliance.demo.DemoCommand;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. What a node is made of reads from {@link Node}; what it is told, from {@code
 * config.FrontDoorFile}.
 */
@Command(
    name = "gatehouse",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "A two-tier load balancer: L4 in front of L7, kept in step by gossip.",
    footerHeading = "%nAlso:%n",
    footer = {
      "  verify  Build, run every test, and end with counts.",
      "",
      "Exit codes:",
      "  0   done; a node: drained after SIGTERM, or a check that passed",
      "  1   failed: a node could not start, or a check did not pass",
      "  2   the command line or the configuration file is wrong; nothing was started",
      "  3   a node was stopped by a second SIGTERM before its drain was over",
      "  85  a node has handed over; a successor is to be started at once",
      "",
      "Begin with:  gatehouse demo"
    })
public final class Main {
  static final int EXIT_FAILED = 1;
  static final int EXIT_INVALID = 2;
  static final int EXIT_CUT_SHORT = 3;

  /** In the order of the help. */
  private static final Map<String, Class<?>> COMMANDS = commands();

  private Main() {}

  private static Map<String, Class<?>> commands() {
    var commands = new LinkedHashMap<String, Class<?>>();
    commands.put("demo", DemoCommand.class);
    commands.put("run", RunCommand.class);
    commands.put("keep", KeepCommand.class);
    commands.put("check", CheckCommand.class);
    commands.put("status", StatusCommand.class);
    commands.put("gossip-keys", GossipKeysCommand.class);
    commands.put("drain", DrainCommand.class);
    commands.put("schema", SchemaCommand.class);
    commands.put("demo-backend", DemoBackendCommand.class);
    commands.put("rehearse", RehearseCommand.class);
    return commands;
  }

  public static void main(String[] args) {
    System.exit(commandLine(args).execute(args));
  }

  /** Reads one command's annotations if these arguments name it: all of them take 0.1 s. */
  static CommandLine commandLine(String... args) {
    var line = new CommandLine(new Main());
    Class<?> one = args.length == 0 ? null : COMMANDS.get(args[0]);
    if (one == null) {
      COMMANDS.forEach(line::addSubcommand);
    } else {
      line.addSubcommand(args[0], one);
    }
    return line.setUsageHelpAutoWidth(true).setParameterExceptionHandler(Main::explain);
  }

  /** One line that says what is wrong, one with what was probably meant, one that leads on. */
  private static int explain(ParameterException wrong, String[] args) {
    PrintWriter err = wrong.getCommandLine().getErr();
    err.println("gatehouse: " + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
    err.printf("try: %s --help%n", wrong.getCommandLine().getCommandSpec().qualifiedName());
    return EXIT_INVALID;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"gatehouse " + ProductVersion.text()};
    }
  }
}
