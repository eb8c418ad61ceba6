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

    private static final int BATCH = 1_000;
    private static final int TURNS = 30;
    private static final int WARM_UP = 50;
    /** Interval of the erased user's messages from which a note and an entity are derived. */
    private static final int DERIVED_INTERVAL = 10;

    private final Consumer<String> out;
    private final SyntheticWords words = new SyntheticWords(11);

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
            for (int i = 0; i < erasures + WARM_UP; i++) {
                derive(memory, "ana", "a" + i);
            }
            for (int i = 0; i < ofUser; i += DERIVED_INTERVAL) {
                derive(memory, "ben", "b" + i);
            }
            memory.runMaintenance();
            var micros = new long[erasures];
            for (int i = -WARM_UP; i < erasures; i++) {
                long began = System.nanoTime();
                Erased erased = memory.deleteMessage("a" + (i + WARM_UP));
                if (i >= 0) {
                    micros[i] = (System.nanoTime() - began) / 1_000;
                }
                if (erased.notes() != 1) {
                    throw new IllegalStateException("what was derived is not erased");
                }
            }
            Arrays.sort(micros);
            long began = System.nanoTime();
            Erased erased = memory.users().forget("ben");
            double user = (System.nanoTime() - began) / 1e6;
            began = System.nanoTime();
            memory.runMaintenance();
            double scrub = (System.nanoTime() - began) / 1e6;
            out.accept(String.format(
                    Locale.ROOT,
                    "%,d messages: one erased with its note and entity p50 %.1f ms, p99 %.1f ms; a user with %,d messages and %,d"
                            + " notes %.0f ms; removal of bytes %.0f ms",
                    items,
                    micros[erasures / 2] / 1e3,
                    micros[Math.min(erasures - 1, erasures * 99 / 100)] / 1e3,
                    erased.messages(),
                    erased.notes(),
                    user,
                    scrub));
        } finally {
            TempDirectories.delete(data);
        }
    }

    private void fill(AgentMemory memory, String user, String prefix, int count) {
        for (int from = 0; from < count; from += BATCH) {
            var drafts = new ArrayList<MessageDraft>();
            for (int i = from; i < Math.min(count, from + BATCH); i++) {
                drafts.add(MessageDraft.user(user + "-" + i / TURNS, user, words.next(15))
                        .withId(prefix + i));
            }
            memory.remember(drafts);
        }
    }

    private static void derive(AgentMemory memory, String user, String message) {
        memory.notes()
                .create(NoteDraft.of("fact", "what " + message + " says")
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
