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
 * Benchmark of the share of memory in a turn of a chat: storing the message, building the context, and storing the
 * answer.
 *
 * <p>The language model takes {@link #MODEL_TIME} for an answer and the user {@link #USER_PAUSE} before the next
 * message. Turns are measured in three situations:
 *
 * <ol>
 *   <li>without other load;
 *   <li>while 50 other users send one message each {@link #OTHERS_INTERVAL} in total to the same agent;
 *   <li>the same, while reflection processes those messages and the backlog of another agent, which is larger than
 *       reflection can process during the measurement.
 * </ol>
 *
 * <p>The situations alternate, each with a newly opened memory, so that other load of the machine affects all of them.
 */
final class ChatBenchmark {

    /** Agent whose turns are measured. */
    private static final AgentName MEASURED_AGENT = new AgentName("kira");
    /** Agent of the turns that warm up the JVM, and of the interactions that keep reflection busy. */
    private static final AgentName BACKLOG_AGENT = new AgentName("ines");

    private static final Duration MODEL_TIME = Duration.ofMillis(100);
    private static final Duration USER_PAUSE = Duration.ofMillis(200);
    /** Interval between two messages of all other users together. */
    private static final Duration OTHERS_INTERVAL = Duration.ofMillis(40);

    private static final int OTHER_USERS = 50;
    /** Number of turns that warm up the JVM. */
    private static final int WARM_UP_TURNS = 2_000;

    private static final int ROUNDS = 4;
    /** Number of turns without measurement after a memory was opened. */
    private static final int UNMEASURED_TURNS = 10;
    /** Maximum number of interactions that reflection processes per second. */
    private static final int MAX_REFLECTIONS_PER_SECOND = 250;

    /**
     * Times of one situation, in milliseconds.
     *
     * @param memoryMedian median of the share of memory in a turn
     * @param memoryP95 95th percentile of the share of memory in a turn
     * @param firstWordMedian median of the time until the first chunk of the answer, without {@link #MODEL_TIME}
     * @param firstWordP95 95th percentile of the time until the first chunk, without {@link #MODEL_TIME}
     */
    record Result(double memoryMedian, double memoryP95, double firstWordMedian, double firstWordP95) {}

    /**
     * Results of all situations.
     *
     * @param alone without other load
     * @param withOthers beside other users
     * @param withReflection beside other users and reflection
     * @param pendingInteractions number of unprocessed interactions at the end; reflection was busy all the time if
     *     above 0
     */
    record Results(Result alone, Result withOthers, Result withReflection, long pendingInteractions) {}

    /** Language model that answers after a set time. All answers differ, because recall folds near duplicates. */
    private static final class DelayedModel implements LanguageModel {
        private final SyntheticSentences sentences = new SyntheticSentences(2);
        private volatile Duration delay = Duration.ZERO; // set by the benchmark, read by the threads of the chats

        @Override
        public String name() {
            return "delayed";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            LockSupport.parkNanos(delay.toNanos());
            String answer = "I see: " + sentences.next();
            delta.accept(answer);
            return new Reply(answer, "delayed", 1, 1);
        }
    }

    /** Times of turns, in milliseconds. Not thread-safe. */
    private static final class TurnTimes {
        private final List<Double> memory = new ArrayList<>();
        private final List<Double> firstWord = new ArrayList<>();

        Result result() {
            return new Result(
                    percentile(memory, 50),
                    percentile(memory, 95),
                    percentile(firstWord, 50),
                    percentile(firstWord, 95));
        }

        private static double percentile(List<Double> times, int percent) {
            return times.stream().sorted().toList().get(times.size() * percent / 100);
        }
    }

    /** Load of other users on an agent, from construction until it is closed. */
    private static final class OtherUsers implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

        OtherUsers(AgentMemory memory) {
            var sentences = new SyntheticSentences(3);
            executor.execute(() -> {
                long start = System.nanoTime();
                for (int i = 0; !stopped.get(); i++) {
                    // The due time of each message is fixed, so that the rate does not fall after a slow write.
                    LockSupport.parkNanos(start + i * OTHERS_INTERVAL.toNanos() - System.nanoTime());
                    recordInteraction(memory, i, sentences);
                }
            });
        }

        @Override
        public void close() {
            stopped.set(true);
            executor.close();
        }
    }

    private static void recordInteraction(AgentMemory memory, int i, SyntheticSentences sentences) {
        String user = "other" + i % OTHER_USERS;
        memory.recordInteraction(
                user,
                List.of(MessageDraft.user("s-" + user, user, sentences.next() + " I love tea.")),
                Optional.of(InteractionDraft.of("chat", user)),
                Optional.empty());
    }

    private final Path data;
    private final DelayedModel model = new DelayedModel();
    private final SyntheticSentences sentences = new SyntheticSentences(1);

    private ChatBenchmark(Path data) {
        this.data = data;
    }

    /**
     * Runs the benchmark.
     *
     * @param turns number of measured turns in each situation
     * @param earlierMessages number of messages stored before the first turn
     * @param progress receives one line per step
     */
    static Results run(int turns, int earlierMessages, Consumer<String> progress)
            throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("stele-chat");
        try {
            return new ChatBenchmark(data).measure(Math.max(1, turns / ROUNDS), earlierMessages, progress);
        } finally {
            TempDirectories.delete(data);
        }
    }

    private Results measure(int turnsPerRound, int earlierMessages, Consumer<String> progress)
            throws InterruptedException {
        try (Stele stele = open()) {
            AgentMemory backlog = stele.agent(BACKLOG_AGENT);
            progress.accept("warming up");
            remember(backlog, 1_000);
            chat(stele, BACKLOG_AGENT, WARM_UP_TURNS, Duration.ZERO, new TurnTimes());
            backlog.reflect();
            progress.accept("storing " + earlierMessages + " messages");
            remember(stele.agent(MEASURED_AGENT), earlierMessages);
            Duration reflectionTime =
                    MODEL_TIME.plus(USER_PAUSE).multipliedBy((long) ROUNDS * (turnsPerRound + UNMEASURED_TURNS));
            long interactions = Math.ceilDiv(reflectionTime.toMillis() * MAX_REFLECTIONS_PER_SECOND, 1_000L);
            progress.accept("recording " + interactions + " interactions for reflection");
            for (int i = 0; i < interactions; i++) {
                recordInteraction(backlog, i, sentences);
            }
        }
        model.delay = MODEL_TIME;
        var alone = new TurnTimes();
        var withOthers = new TurnTimes();
        var withReflection = new TurnTimes();
        for (int round = 1; round <= ROUNDS; round++) {
            progress.accept("round " + round + " of " + ROUNDS);
            try (Stele stele = open()) {
                chat(stele, turnsPerRound, alone);
            }
            try (Stele stele = open();
                    var _ = new OtherUsers(stele.agent(MEASURED_AGENT))) {
                chat(stele, turnsPerRound, withOthers);
            }
            try (Stele stele = open();
                    var _ = new OtherUsers(stele.agent(MEASURED_AGENT))) {
                stele.startLearning();
                chat(stele, turnsPerRound, withReflection);
            }
        }
        try (Stele stele = open()) {
            return new Results(
                    alone.result(),
                    withOthers.result(),
                    withReflection.result(),
                    stele.agent(BACKLOG_AGENT).stats().waiting());
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
                    .mapToObj(n -> MessageDraft.user("old-" + n / 40, "user" + n % 7, sentences.next()))
                    .toList());
        }
    }

    /** Runs turns without measurement, then measured turns. */
    private void chat(Stele stele, int turns, TurnTimes times) {
        chat(stele, MEASURED_AGENT, UNMEASURED_TURNS, USER_PAUSE, new TurnTimes());
        chat(stele, MEASURED_AGENT, turns, USER_PAUSE, times);
    }

    private void chat(Stele stele, AgentName agent, int turns, Duration pause, TurnTimes times) {
        var chat = new Chat(stele, ChatSettings.DEFAULT);
        for (int i = 0; i < turns; i++) {
            var firstChunkAt = new long[1];
            LockSupport.parkNanos(pause.toNanos());
            long start = System.nanoTime();
            ChatRequest request = ChatRequest.of("talk-" + i / 20, "ana", sentences.next());
            ChatReply reply = chat.reply(agent, request, new ChatListener() {
                @Override
                public void delta(String piece) {
                    firstChunkAt[0] = firstChunkAt[0] == 0 ? System.nanoTime() : firstChunkAt[0];
                }
            });
            times.memory.add(reply.memoryMillis());
            times.firstWord.add((firstChunkAt[0] - start - MODEL_TIME.toNanos()) / 1e6);
        }
    }
}
