package dev.stele.cli;

import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.cli.config.Settings;
import dev.stele.cli.config.SteleOpener;
import dev.stele.model.AgentName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Talks with an agent in the terminal. */
@Command(
        name = "chat",
        description =
                "Talk with an agent: with words on the command line once, else line by line until the end of input.",
        mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--agent", defaultValue = "default", description = "With whom (${DEFAULT-VALUE}).")
    String agent = "";

    @Option(names = "--user", defaultValue = "me", description = "Who you are (${DEFAULT-VALUE}).")
    String user = "";

    @Option(names = "--session", defaultValue = "terminal", description = "The conversation (${DEFAULT-VALUE}).")
    String session = "";

    @Option(names = "--no-learning", description = "Leave it to another time or process to learn from the talk.")
    boolean noLearning;

    @Parameters(arity = "0..*", paramLabel = "MESSAGE", description = "What to say.")
    List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = common.quietSettings();
        Output output = common.output();
        try (Stele stele = SteleOpener.open(settings)) {
            var chat = new Chat(stele, settings.chat());
            if (!words.isEmpty()) {
                say(chat, output, String.join(" ", words));
            } else {
                talk(stele, chat, output);
            }
            if (!noLearning) {
                stele.agent(agent).reflect();
            }
        }
        return 0;
    }

    private void talk(Stele stele, Chat chat, Output output) {
        if (Output.interactive()) {
            System.err.println(
                    stele.language().offline()
                            ? "No language model is set up (models.chain): memory answers alone. End with Ctrl-D."
                            : "Talking with " + agent + " through "
                                    + stele.language().name() + ". End with Ctrl-D.");
            stele.warmUp();
        }
        var in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        try {
            for (String line = prompt(in); line != null; line = prompt(in)) {
                if (!line.isBlank()) {
                    say(chat, output, line.strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("what you say cannot be read", e);
        }
    }

    private static @Nullable String prompt(BufferedReader in) throws IOException {
        if (Output.interactive()) {
            System.err.print("> ");
            System.err.flush();
        }
        return in.readLine();
    }

    private void say(Chat chat, Output output, String message) {
        boolean streamed = !common.json;
        ChatReply reply = chat.reply(new AgentName(agent), ChatRequest.of(session, user, message), new ChatListener() {
            @Override
            public void delta(String piece) {
                if (streamed) {
                    System.out.print(piece);
                    System.out.flush();
                }
            }
        });
        output.print(reply.toJson(), System.out::println);
        reply.error().ifPresent(why -> System.err.println("stele: the answer is not whole: " + why));
    }
}
