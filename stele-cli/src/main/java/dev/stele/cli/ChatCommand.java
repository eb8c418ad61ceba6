package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.Ids;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommand for a chat with an agent in the terminal. */
@Command(
        name = "chat",
        description = "Chat with an agent: one message from the command line, or line by line until the end of input.",
        mixinStandardHelpOptions = true,
        footer = {"  stele chat --user ana", "  stele chat --user ana \"Where do I live?\""})
final class ChatCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--agent",
            paramLabel = "AGENT",
            defaultValue = "default",
            description = "Name of the agent (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(
            names = "--user",
            paramLabel = "USER",
            defaultValue = "me",
            description = "Name of the user (${DEFAULT-VALUE}).")
    String user = "";

    @Option(names = "--session", paramLabel = "SESSION", description = "Session (one for each user).")
    @Nullable
    String session;

    @Option(names = "--no-learning", description = "Leave the extraction of notes from the chat to another process.")
    boolean noLearning;

    @Parameters(arity = "0..*", paramLabel = "MESSAGE", description = "The message.")
    List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = common.quietSettings();
        Output output = common.output();
        try (Stele stele = SteleOpener.open(settings)) {
            var chat = new Chat(stele, settings.chat());
            if (!words.isEmpty()) {
                send(chat, output, String.join(" ", words));
            } else {
                chatLoop(stele, chat, output);
            }
            if (!noLearning) {
                stele.agent(agent).reflect();
            }
        }
        return 0;
    }

    private void chatLoop(Stele stele, Chat chat, Output output) {
        if (Output.isInteractive()) {
            System.err.println(
                    stele.language().offline()
                            ? "No language model is configured (models.chain), so the agent answers with quotations from memory."
                                    + " End with Ctrl-D."
                            : "Chat with agent " + agent + " and model "
                                    + stele.language().name() + ". End with Ctrl-D.");
            stele.warmUp();
        }
        var in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        try {
            for (String line = prompt(in); line != null; line = prompt(in)) {
                if (!line.isBlank()) {
                    send(chat, output, line.strip());
                }
            }
        } catch (IOException e) {
            throw FileErrors.of("Standard input cannot be read", e);
        }
    }

    private static @Nullable String prompt(BufferedReader in) throws IOException {
        if (Output.isInteractive()) {
            System.err.print("> ");
            System.err.flush();
        }
        return in.readLine();
    }

    private void send(Chat chat, Output output, String message) {
        boolean isStreamed = !common.json;
        String sessionId = session == null ? Ids.derived("terminal-", user) : session;
        ChatReply reply =
                chat.reply(new AgentName(agent), ChatRequest.of(sessionId, user, message), new ChatListener() {
                    @Override
                    public void delta(String piece) {
                        if (isStreamed) {
                            output.text(Output.isInteractive() ? Output.withoutControls(piece) : piece);
                        }
                    }
                });
        output.print(reply.toJson(), () -> output.line(""));
        reply.error().ifPresent(reason -> System.err.println("stele: The answer is incomplete: " + reason));
    }
}
