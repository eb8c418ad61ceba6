package dev.stele.cli;

import dev.stele.model.SteleException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Where the command begins. Clients start {@code stele mcp} for every window and wait for it, and people wait for {@code stele serve}:
 * these two, given plainly, go straight to work, for the parser of all commands takes a tenth of a second to load. Whatever is not
 * plain, a mistake among it, goes to the parser.
 */
public final class Start {

    private Start() {}

    public static void main(String[] arguments) {
        Callable<Integer> plain = plain(arguments);
        System.exit(plain == null ? SteleCommand.run(arguments) : run(plain));
    }

    private static int run(Callable<Integer> command) {
        try {
            return command.call();
        } catch (SteleException e) {
            return ExitCodes.told(e);
        } catch (Exception e) {
            return ExitCodes.defect(e);
        }
    }

    /** The command with its options, or null if not all of them are known here. */
    static @Nullable Callable<Integer> plain(String... arguments) {
        if (arguments.length == 0) {
            return null;
        }
        return switch (arguments[0]) {
            case "mcp" -> {
                var command = new McpCommand();
                yield takes(command, command.common, arguments) ? command : null;
            }
            case "serve" -> {
                var command = new ServeCommand();
                yield takes(command, command.common, arguments) ? command : null;
            }
            default -> null;
        };
    }

    private static boolean takes(Callable<Integer> command, CommonOptions common, String... arguments) {
        for (int i = 1; i < arguments.length; i++) {
            String[] option = arguments[i].split("=", 2);
            boolean flag = option.length == 1 && flag(command, option[0]);
            if (flag) {
                continue;
            }
            String value = option.length == 2 ? option[1] : i + 1 < arguments.length ? arguments[++i] : null;
            if (value == null || value.startsWith("-") || !value(command, common, option[0], value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean flag(Callable<Integer> command, String name) {
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

    private static boolean value(Callable<Integer> command, CommonOptions common, String name, String value) {
        switch (name) {
            case "--data" -> common.data = value;
            case "--store" -> common.store = value;
            case "--config" -> common.config = Path.of(value);
            case "--set" -> {
                int at = value.indexOf('=');
                if (at < 1) {
                    return false;
                }
                common.set.put(value.substring(0, at), value.substring(at + 1));
            }
            case "--agent" -> {
                if (!(command instanceof McpCommand mcp)) {
                    return false;
                }
                mcp.agent = value;
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
