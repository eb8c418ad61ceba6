package dev.stele.cli;

import dev.stele.model.SteleException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Main class of the command {@code stele}. Runs {@code stele mcp}, {@code stele hook} and {@code stele serve} with known
 * options directly, without the parser: a client starts {@code stele mcp} for each of its windows and {@code stele hook}
 * for each of its prompts and waits for them, and the parser takes a tenth of a second to load. All other arguments, wrong ones included, go to {@link SteleCommand}.
 */
public final class Start {

    private Start() {}

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param arguments arguments of the command line
     */
    public static void main(String[] arguments) {
        Callable<Integer> command = parseSimple(arguments);
        System.exit(command == null ? SteleCommand.run(arguments) : run(command));
    }

    private static int run(Callable<Integer> command) {
        try {
            return command.call();
        } catch (SteleException e) {
            return ExitCodes.report(e);
        } catch (Exception e) {
            return ExitCodes.reportDefect(e);
        }
    }

    /** Returns the command with its options set; null if the parser is needed. */
    static @Nullable Callable<Integer> parseSimple(String... arguments) {
        if (arguments.length == 0) {
            return null;
        }
        return switch (arguments[0]) {
            case "mcp" -> {
                var command = new McpCommand();
                yield setOptions(command, command.common, 1, arguments) ? command : null;
            }
            case "hook" -> {
                var command = new HookCommand();
                command.event = arguments.length > 1 ? arguments[1] : "";
                boolean isEvent = !command.event.isEmpty() && !command.event.startsWith("-");
                yield isEvent && setOptions(command, command.common, 2, arguments) ? command : null;
            }
            case "serve" -> {
                var command = new ServeCommand();
                yield setOptions(command, command.common, 1, arguments) ? command : null;
            }
            default -> null;
        };
    }

    /**
     * Sets all options. Returns whether each one is known here.
     *
     * @param from index of the first option
     */
    private static boolean setOptions(Callable<Integer> command, CommonOptions common, int from, String... arguments) {
        for (int i = from; i < arguments.length; i++) {
            String[] option = arguments[i].split("=", 2);
            if (option.length == 1 && setFlag(command, option[0])) {
                continue;
            }
            String value = option.length == 2 ? option[1] : i + 1 < arguments.length ? arguments[++i] : null;
            if (value == null || value.startsWith("-") || !setValue(command, common, option[0], value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean setFlag(Callable<Integer> command, String name) {
        if (!(command instanceof McpCommand mcp)) {
            return false;
        }
        switch (name) {
            case "--read-only" -> mcp.readOnly = true;
            case "--search-before-write" -> mcp.searchFirst = true;
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean setValue(Callable<Integer> command, CommonOptions common, String name, String value) {
        switch (name) {
            case "--data" -> common.data = value;
            case "--store" -> common.store = value;
            case "--config" -> common.config = Path.of(value);
            case "--set" -> {
                int separator = value.indexOf('=');
                if (separator < 1) {
                    return false;
                }
                common.set.put(value.substring(0, separator), value.substring(separator + 1));
            }
            case "--user", "--key" -> {
                if (!(command instanceof HookCommand hook)) {
                    return false;
                }
                if (name.equals("--user")) {
                    hook.user = value;
                } else {
                    hook.key = value;
                }
            }
            case "--agent", "--tools" -> {
                if (command instanceof HookCommand hook && name.equals("--agent")) {
                    hook.agent = value;
                    return true;
                }
                if (!(command instanceof McpCommand mcp)) {
                    return false;
                }
                if (name.equals("--agent")) {
                    mcp.agent = value;
                } else {
                    mcp.tools = value;
                }
            }
            case "--host", "--port" -> {
                if (!(command instanceof ServeCommand serve)) {
                    return false;
                }
                if (name.equals("--host")) {
                    serve.host = value;
                } else {
                    serve.port = value;
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }
}
