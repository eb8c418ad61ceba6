package dev.stele.cli;

import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.io.PercentEncoding;
import dev.stele.model.InvalidInputException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Subcommand that passes a hook of a coding agent to the running server. It never ends with an exit code of 2, which
 * would make the client refuse the prompt of its user: wrong arguments and failures of any kind are exit code 1.
 */
@Command(
        name = "hook",
        description = {
            "Process a hook of a coding agent: the client's JSON on standard input, its answer on standard output.",
            "Prints nothing if there is nothing to recall, or no server runs. integrations/ has a faster script."
        },
        mixinStandardHelpOptions = true,
        exitCodeOnInvalidInput = HookCommand.FAILED,
        footer = {"  stele hook prompt --agent kira < input.json"})
final class HookCommand implements Callable<Integer> {

    /** Exit code of every failure. */
    static final int FAILED = 1;

    /** Names of the hooks. */
    static final List<String> EVENTS = List.of("session-start", "prompt", "post-tool", "pre-compact", "stop");

    /** Name of the environment variable with the API key, as in the scripts of {@code integrations}. */
    private static final String KEY_VARIABLE = "STELE_KEY";

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "EVENT", description = "session-start, prompt, post-tool, pre-compact or stop.")
    String event = "";

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "default";

    @Option(names = "--user", paramLabel = "USER", description = "User whose prompts these are.")
    @Nullable
    String user;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "API key of the server; by default that of the variable STELE_KEY.")
    @Nullable
    String key;

    @Override
    public Integer call() {
        try {
            pass();
            return 0;
        } catch (Exception e) {
            ExitCodes.report(e);
            return FAILED;
        }
    }

    private void pass() throws IOException {
        if (!EVENTS.contains(event)) {
            throw new InvalidInputException(
                    "There is no hook " + event + "; use one of " + String.join(", ", EVENTS) + ".");
        }
        byte[] input = System.in.readAllBytes();
        Settings settings = common.settings(Map.of(Setting.LOG_LEVEL.key(), "error"));
        String query = user == null ? "" : "?user=" + PercentEncoding.of(user);
        String path = "/v1/agents/" + PercentEncoding.of(agent) + "/hooks/" + event + query;
        new RunningServer(settings, Optional.ofNullable(key == null ? System.getenv(KEY_VARIABLE) : key))
                .postIfRunning(path, input)
                .ifPresent(answer -> common.output().line("%s", answer));
    }
}
