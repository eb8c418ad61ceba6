package dev.stele.bench;

import dev.stele.Engines;
import dev.stele.Stele;
import dev.stele.SteleConfig;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatRequest;
import dev.stele.chat.ChatSettings;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionDraft;
import dev.stele.model.MessageDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What memory adds to a turn of a chat, with a model that answers at once: the message kept, the context found, the answer kept. Once with
 * nothing else going on and once while the memory agent learns from as many other users as it will take.
 */
final class ChatBenchmark {

    private static final AgentName KIRA = new AgentName("kira");

    /** Milliseconds: memory's share of a turn, and until the first piece of the answer. */
    record Result(double memoryMedian, double memory95, double firstMedian, double first95) {}

    record Both(Result alone, Result besideLearning) {}

    private static final class Instant implements LanguageModel {
        @Override
        public String name() {
            return "instant";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            delta.accept("I see.");
            return new Reply("I see.", "instant", 1, 1);
        }
    }

    Both run(int turns, int before, Consumer<String> progress) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-chat");
        SteleConfig config = SteleConfig.at(data).withRetention(0, true);
        try (Stele stele =
                Stele.open(config, Engines.offline(Stele.findEmbedder(config)).withLanguage(new Instant()))) {
            var words = new MadeUpWords(1);
            progress.accept("remembering " + before + " messages");
            for (int i = 0; i < before; i += 500) {
                stele.agent(KIRA)
                        .remember(IntStream.range(i, Math.min(before, i + 500))
                                .mapToObj(n -> MessageDraft.user("old-" + n / 40, "user" + n % 7, words.next(12)))
                                .toList());
            }
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            talk(chat, words, 50); // warm
            progress.accept("talking");
            Result alone = talk(chat, words, turns);
            stele.startLearning();
            var stop = new AtomicBoolean();
            Thread others = Thread.ofVirtual().start(() -> {
                for (int i = 0; !stop.get(); i++) {
                    String user = "other" + i % 50;
                    stele.agent(KIRA)
                            .interact(
                                    user,
                                    List.of(MessageDraft.user(
                                            "s-" + user,
                                            user,
                                            "I visited " + words.next(2) + " and I love " + words.next(1) + ".")),
                                    Optional.of(InteractionDraft.of("chat", user)),
                                    Optional.empty());
                }
            });
            progress.accept("talking while the memory agent learns");
            Result beside = talk(chat, words, turns);
            stop.set(true);
            others.join();
            return new Both(alone, beside);
        } finally {
            Directories.delete(data);
        }
    }

    private static Result talk(Chat chat, MadeUpWords words, int turns) {
        var memory = new double[turns];
        var first = new double[turns];
        for (int i = 0; i < turns; i++) {
            var at = new long[1];
            long began = System.nanoTime();
            memory[i] = chat.reply(KIRA, ChatRequest.of("talk-" + i / 20, "ana", words.next(10)), new ChatListener() {
                        @Override
                        public void delta(String piece) {
                            at[0] = at[0] == 0 ? System.nanoTime() : at[0];
                        }
                    })
                    .memoryMillis();
            first[i] = (at[0] - began) / 1e6;
        }
        Arrays.sort(memory);
        Arrays.sort(first);
        return new Result(memory[turns / 2], memory[turns * 95 / 100], first[turns / 2], first[turns * 95 / 100]);
    }
}
