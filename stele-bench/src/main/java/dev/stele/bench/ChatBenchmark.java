package dev.stele.bench;

import dev.stele.AgentMemory;
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
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What memory adds to a turn of a chat: the message kept, the context found, the answer kept. The model takes {@link #MODEL} for its answer
 * and the user {@link #THINKING} for the next message, which is quick for either. Once with nothing else going on, once while fifty others
 * talk with the same agent, one message each {@link #BETWEEN_OTHERS}, and once while the memory agent learns from them too, so that it is
 * seen what that alone costs.
 */
final class ChatBenchmark {

    private static final AgentName KIRA = new AgentName("kira");
    /** With whom is talked until all of it is compiled, so that the other remembers what it is said to. */
    private static final AgentName INES = new AgentName("ines");

    private static final int WARM_UP = 2_000;

    /** Milliseconds: memory's share of a turn, and until the first piece of the answer. */
    record Result(double memoryMedian, double memory95, double firstMedian, double first95) {}

    record Results(Result alone, Result besideOthers, Result besideLearning) {}

    private static final Duration MODEL = Duration.ofMillis(100);
    private static final Duration THINKING = Duration.ofMillis(200);
    private static final Duration BETWEEN_OTHERS = Duration.ofMillis(40);

    /** Never answers the same: memory folds what was said twice. */
    private static final class Quick implements LanguageModel {
        private final MadeUpSentences words = new MadeUpSentences(2);
        private volatile Duration takes = Duration.ZERO; // set by who measures, read by who answers

        @Override
        public String name() {
            return "quick";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            LockSupport.parkNanos(takes.toNanos());
            String answer = "I see: " + words.next();
            delta.accept(answer);
            return new Reply(answer, "quick", 1, 1);
        }
    }

    Results run(int turns, int before, Consumer<String> progress) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-chat");
        SteleConfig config = SteleConfig.at(data).withRetention(0, true);
        var model = new Quick();
        try (Stele stele =
                Stele.open(config, Engines.offline(Stele.findEmbedder(config)).withLanguage(model))) {
            var words = new MadeUpSentences(1);
            var chat = new Chat(stele, ChatSettings.DEFAULT);
            progress.accept("warming up");
            remember(stele.agent(INES), 1_000, words);
            talk(chat, INES, words, WARM_UP, Duration.ZERO);
            model.takes = MODEL;
            progress.accept("remembering " + before + " messages");
            remember(stele.agent(KIRA), before, words);
            progress.accept("talking");
            Result alone = talk(chat, KIRA, words, turns, THINKING);
            var stop = new AtomicBoolean();
            Thread others = Thread.ofVirtual().start(() -> {
                long began = System.nanoTime();
                for (int i = 0; !stop.get(); i++) {
                    // By the clock: what took long is made up for.
                    LockSupport.parkNanos(began + i * BETWEEN_OTHERS.toNanos() - System.nanoTime());
                    String user = "other" + i % 50;
                    stele.agent(KIRA)
                            .interact(
                                    user,
                                    List.of(MessageDraft.user("s-" + user, user, words.next() + " I love tea.")),
                                    Optional.of(InteractionDraft.of("chat", user)),
                                    Optional.empty());
                }
            });
            progress.accept("talking while others do");
            Result besideOthers = talk(chat, KIRA, words, turns, THINKING);
            progress.accept("talking while others do and the memory agent learns");
            stele.startLearning();
            Result besideLearning = talk(chat, KIRA, words, turns, THINKING);
            stop.set(true);
            others.join();
            return new Results(alone, besideOthers, besideLearning);
        } finally {
            Directories.delete(data);
        }
    }

    private static void remember(AgentMemory memory, int count, MadeUpSentences words) {
        for (int i = 0; i < count; i += 500) {
            memory.remember(IntStream.range(i, Math.min(count, i + 500))
                    .mapToObj(n -> MessageDraft.user("old-" + n / 40, "user" + n % 7, words.next()))
                    .toList());
        }
    }

    private static Result talk(Chat chat, AgentName agent, MadeUpSentences words, int turns, Duration thinking) {
        var memory = new double[turns];
        var first = new double[turns];
        for (int i = 0; i < turns; i++) {
            var at = new long[1];
            LockSupport.parkNanos(thinking.toNanos());
            long began = System.nanoTime();
            memory[i] = chat.reply(agent, ChatRequest.of("talk-" + i / 20, "ana", words.next()), new ChatListener() {
                        @Override
                        public void delta(String piece) {
                            at[0] = at[0] == 0 ? System.nanoTime() : at[0];
                        }
                    })
                    .memoryMillis();
            first[i] = (at[0] - began - MODEL.toNanos()) / 1e6;
        }
        Arrays.sort(memory);
        Arrays.sort(first);
        return new Result(memory[turns / 2], memory[turns * 95 / 100], first[turns / 2], first[turns * 95 / 100]);
    }
}
