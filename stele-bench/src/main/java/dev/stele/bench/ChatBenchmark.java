package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatReply;
import dev.stele.chat.ChatRequest;
import dev.stele.chat.ChatSettings;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * What memory adds to a turn of a chat: the message kept, the context found, the answer kept. The model takes
 * {@link #MODEL} for its answer and the user {@link #THINKING} for the next message, which is quick for either. With
 * nothing else going on, while fifty others talk with the same agent, one message each {@link #BETWEEN_OTHERS}, and
 * while the memory agent learns from them and, as fast as it can, for another agent of which more waits than it can
 * learn meanwhile. Those three in turns, each with a memory newly opened, so that each has its share of what the
 * machine does besides.
 */
final class ChatBenchmark {

    private static final AgentName KIRA = new AgentName("kira");
    /** With whom is talked until all of it is compiled, and of whom there always is more to learn. */
    private static final AgentName INES = new AgentName("ines");

    private static final int WARM_UP = 2_000;
    private static final int ROUNDS = 4;
    /** Turns before those that are timed, after a memory was opened. */
    private static final int FIRST = 10;
    /** A second's interactions, at most. */
    private static final int LEARNT_IN_A_SECOND = 250;

    /** Milliseconds: memory's share of a turn, and until the first piece of the answer. */
    record Result(double memoryMedian, double memory95, double firstMedian, double first95) {}

    /** @param interactionsLeft that waited when all was measured: above 0, the memory agent was never without work */
    record Results(Result alone, Result besideOthers, Result besideLearning, long interactionsLeft) {}

    private static final Duration MODEL = Duration.ofMillis(100);
    private static final Duration THINKING = Duration.ofMillis(200);
    private static final Duration BETWEEN_OTHERS = Duration.ofMillis(40);

    /** Never answers the same: memory folds what was said twice. */
    private static final class Quick implements LanguageModel {
        private final SyntheticSentences words = new SyntheticSentences(2);
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

    /** What turns took, in milliseconds. For one thread. */
    private static final class Times {
        private final List<Double> memory = new ArrayList<>();
        private final List<Double> first = new ArrayList<>();

        Result result() {
            return new Result(of(memory, 50), of(memory, 95), of(first, 50), of(first, 95));
        }

        private static double of(List<Double> times, int percent) {
            return times.stream().sorted().toList().get(times.size() * percent / 100);
        }
    }

    /** Others who talk with the agent, until this is closed. */
    private static final class Others implements AutoCloseable {
        private final AtomicBoolean stop = new AtomicBoolean();
        private final ExecutorService talking = Executors.newVirtualThreadPerTaskExecutor();

        Others(AgentMemory memory) {
            var words = new SyntheticSentences(3);
            talking.execute(() -> {
                long began = System.nanoTime();
                for (int i = 0; !stop.get(); i++) {
                    // By the clock: what took long is made up for.
                    LockSupport.parkNanos(began + i * BETWEEN_OTHERS.toNanos() - System.nanoTime());
                    say(memory, i, words);
                }
            });
        }

        @Override
        public void close() {
            stop.set(true);
            talking.close();
        }
    }

    private static void say(AgentMemory memory, int i, SyntheticSentences words) {
        String user = "other" + i % 50;
        memory.recordInteraction(
                user,
                List.of(MessageDraft.user("s-" + user, user, words.next() + " I love tea.")),
                Optional.of(InteractionDraft.of("chat", user)),
                Optional.empty());
    }

    private final Path data;
    private final Quick model = new Quick();
    private final SyntheticSentences words = new SyntheticSentences(1);

    private ChatBenchmark(Path data) {
        this.data = data;
    }

    static Results run(int turns, int before, Consumer<String> progress) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-chat");
        try {
            return new ChatBenchmark(data).measure(Math.max(1, turns / ROUNDS), before, progress);
        } finally {
            TempDirectories.delete(data);
        }
    }

    private Results measure(int turns, int before, Consumer<String> progress) throws InterruptedException {
        try (Stele stele = open()) {
            AgentMemory ines = stele.agent(INES);
            progress.accept("warming up");
            remember(ines, 1_000);
            talk(stele, INES, WARM_UP, Duration.ZERO, new Times());
            ines.reflect();
            progress.accept("remembering " + before + " messages");
            remember(stele.agent(KIRA), before);
            Duration learning = MODEL.plus(THINKING).multipliedBy((long) ROUNDS * (turns + FIRST));
            long interactions = Math.ceilDiv(learning.toMillis() * LEARNT_IN_A_SECOND, 1_000L);
            progress.accept("saying " + interactions + " things to learn from");
            for (int i = 0; i < interactions; i++) {
                say(ines, i, words);
            }
        }
        model.takes = MODEL;
        var alone = new Times();
        var besideOthers = new Times();
        var besideLearning = new Times();
        for (int round = 1; round <= ROUNDS; round++) {
            progress.accept("round " + round + " of " + ROUNDS);
            try (Stele stele = open()) {
                talk(stele, turns, alone);
            }
            try (Stele stele = open();
                    var _ = new Others(stele.agent(KIRA))) {
                talk(stele, turns, besideOthers);
            }
            try (Stele stele = open();
                    var _ = new Others(stele.agent(KIRA))) {
                stele.startLearning();
                talk(stele, turns, besideLearning);
            }
        }
        try (Stele stele = open()) {
            return new Results(
                    alone.result(),
                    besideOthers.result(),
                    besideLearning.result(),
                    stele.agent(INES).stats().waiting());
        }
    }

    private Stele open() {
        SteleConfig config = SteleConfig.at(data).withRetention(0, true);
        return Stele.open(
                config, SteleModels.offline(Stele.findEmbedder(config)).withLanguage(model));
    }

    private void remember(AgentMemory memory, int count) {
        for (int i = 0; i < count; i += 500) {
            memory.remember(IntStream.range(i, Math.min(count, i + 500))
                    .mapToObj(n -> MessageDraft.user("old-" + n / 40, "user" + n % 7, words.next()))
                    .toList());
        }
    }

    /** Some turns that are not timed, and then some that are. */
    private void talk(Stele stele, int turns, Times times) {
        talk(stele, KIRA, FIRST, THINKING, new Times());
        talk(stele, KIRA, turns, THINKING, times);
    }

    private void talk(Stele stele, AgentName agent, int turns, Duration thinking, Times times) {
        var chat = new Chat(stele, ChatSettings.DEFAULT);
        for (int i = 0; i < turns; i++) {
            var at = new long[1];
            LockSupport.parkNanos(thinking.toNanos());
            long began = System.nanoTime();
            ChatReply reply =
                    chat.reply(agent, ChatRequest.of("talk-" + i / 20, "ana", words.next()), new ChatListener() {
                        @Override
                        public void delta(String piece) {
                            at[0] = at[0] == 0 ? System.nanoTime() : at[0];
                        }
                    });
            times.memory.add(reply.memoryMillis());
            times.first.add((at[0] - began - MODEL.toNanos()) / 1e6);
        }
    }
}
