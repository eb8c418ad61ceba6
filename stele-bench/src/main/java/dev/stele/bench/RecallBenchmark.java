package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.recall.RecallQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How long a question takes in a memory of many messages, without the embedding of the question: vectors are made up, words
 * are drawn so that few are frequent, and no question is asked twice. Then how soon a new message is found.
 */
final class RecallBenchmark {

    private static final int BATCH = 1_000;
    private static final int TURNS = 30;
    private static final int WRITES = 100;
    /** Questions before those that count, so that what is measured is compiled. */
    private static final int WARM_UP = 3_000;
    /** Writes before those that count. */
    private static final int WARM_UP_WRITES = 300;

    private final int questions;
    private final Consumer<String> out;
    private final SyntheticWords made = new SyntheticWords(7);

    RecallBenchmark(int questions, Consumer<String> out) {
        this.questions = questions;
        this.out = out;
    }

    void run(int items) throws IOException {
        Path data = Files.createTempDirectory("stele-bench");
        try (Stele stele =
                Stele.open(SteleConfig.at(data).withRetention(0, true), Optional.of(new SyntheticEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            for (int from = 0; from < items; from += BATCH) {
                var drafts = new ArrayList<MessageDraft>();
                for (int i = from; i < Math.min(items, from + BATCH); i++) {
                    drafts.add(MessageDraft.user("session-" + i / TURNS, "ana", made.next(15)));
                }
                memory.remember(drafts);
            }
            var micros = new long[questions];
            for (int i = -WARM_UP; i < questions; i++) {
                RecallQuery query = RecallQuery.of(made.next(6));
                long began = System.nanoTime();
                memory.recall(query);
                if (i >= 0) {
                    micros[i] = (System.nanoTime() - began) / 1_000;
                }
            }
            Arrays.sort(micros);
            var visible = new long[WRITES];
            for (int i = -WARM_UP_WRITES; i < WRITES; i++) {
                String word = "brandnew" + (i + WARM_UP_WRITES);
                memory.remember(MessageDraft.user("last", "ana", "a " + word));
                long began = System.nanoTime();
                boolean found = !memory.recall(RecallQuery.of(word)).hits().isEmpty();
                if (i >= 0) {
                    visible[i] = (System.nanoTime() - began) / 1_000;
                }
                if (!found) {
                    throw new IllegalStateException("what was written is not found");
                }
            }
            Arrays.sort(visible);
            out.accept(String.format(
                    Locale.ROOT,
                    "%,d messages: p50 %.2f ms, p99 %.2f ms; from a write's answer to its being found: p50 %.2f ms, p99 %.2f ms",
                    items,
                    micros[questions / 2] / 1e3,
                    micros[Math.min(questions - 1, questions * 99 / 100)] / 1e3,
                    visible[WRITES / 2] / 1e3,
                    visible[WRITES * 99 / 100] / 1e3));
        } finally {
            TempDirectories.delete(data);
        }
    }
}
