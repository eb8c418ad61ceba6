package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.Erased;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Benchmark of erasure: the time until the answer when one message of many is erased, with a note and an entity that
 * were derived from it, then when a user with many messages is erased, and the time of the removal of bytes that
 * follows.
 */
final class ErasureBenchmark {

    private static final int BATCH_SIZE = 1_000;
    private static final int MESSAGES_PER_SESSION = 30;
    /** Number of erasures that warm up the JVM. */
    private static final int WARM_UP_ERASURES = 50;
    /** Interval of the erased user's messages from which a note and an entity are derived. */
    private static final int DERIVED_INTERVAL = 10;

    private final Consumer<String> out;
    private final SyntheticWords texts = new SyntheticWords(11);

    ErasureBenchmark(Consumer<String> out) {
        this.out = out;
    }

    /**
     * Runs the benchmark.
     *
     * @param items number of messages
     * @param ofUser number of messages of the erased user
     * @param erasures number of messages that are erased one by one
     */
    void run(int items, int ofUser, int erasures) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try (Stele stele =
                Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(new SyntheticEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            fill(memory, "ana", "a", items - ofUser);
            fill(memory, "ben", "b", ofUser);
            for (int i = 0; i < erasures + WARM_UP_ERASURES; i++) {
                derive(memory, "ana", "a" + i);
            }
            for (int i = 0; i < ofUser; i += DERIVED_INTERVAL) {
                derive(memory, "ben", "b" + i);
            }
            memory.runMaintenance();
            var micros = new long[erasures];
            for (int i = -WARM_UP_ERASURES; i < erasures; i++) {
                long start = System.nanoTime();
                Erased erased = memory.deleteMessage("a" + (i + WARM_UP_ERASURES));
                if (i >= 0) {
                    micros[i] = (System.nanoTime() - start) / 1_000;
                }
                if (erased.notes() != 1) {
                    throw new IllegalStateException("the note derived from an erased message still exists");
                }
            }
            Arrays.sort(micros);
            long start = System.nanoTime();
            Erased erased = memory.users().forget("ben");
            double userMillis = (System.nanoTime() - start) / 1e6;
            start = System.nanoTime();
            memory.runMaintenance();
            double removalMillis = (System.nanoTime() - start) / 1e6;
            out.accept(String.format(
                    Locale.ROOT,
                    "%,d messages: erasure of one message with its note and entity p50 %.1f ms, p99 %.1f ms; of a user with %,d"
                            + " messages and %,d notes %.0f ms; removal of the bytes %.0f ms",
                    items,
                    micros[erasures / 2] / 1e3,
                    micros[Math.min(erasures - 1, erasures * 99 / 100)] / 1e3,
                    erased.messages(),
                    erased.notes(),
                    userMillis,
                    removalMillis));
        } finally {
            TempDirectories.delete(data);
        }
    }

    private void fill(AgentMemory memory, String user, String prefix, int count) {
        for (int from = 0; from < count; from += BATCH_SIZE) {
            var drafts = new ArrayList<MessageDraft>();
            for (int i = from; i < Math.min(count, from + BATCH_SIZE); i++) {
                drafts.add(MessageDraft.user(user + "-" + i / MESSAGES_PER_SESSION, user, texts.next(15))
                        .withId(prefix + i));
            }
            memory.remember(drafts);
        }
    }

    private static void derive(AgentMemory memory, String user, String message) {
        memory.notes()
                .create(NoteDraft.of("fact", "fact of message " + message)
                        .withUser(user)
                        .withProvenance(List.of(message)));
        memory.graph()
                .put(new EntityDraft(
                        Optional.empty(),
                        "thing " + message,
                        "thing",
                        List.of(),
                        Map.of(),
                        List.of(),
                        List.of(message)));
    }
}
