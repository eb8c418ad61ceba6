package dev.stele.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.TaskDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever followed a memory from change to change answers like one who comes and reads it now. */
@Tag("long")
class RecallAfterChangesTest {

    private static final int OPERATIONS = 120;
    private static final List<String> WORDS = List.of(
            "tea", "piano", "boat", "river", "lamp", "novel", "cat", "harbour", "bread", "winter", "May", "Ana");

    @TempDir
    Path data;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void updatedIndexReturnsTheHitsOfAFreshIndex(long seed) {
        var random = new Random(seed);
        SteleConfig config = Stores.at(data).withRetention(45, true);
        try (Stele stele = Stele.open(config, Optional.of(new WordEmbedder()))) {
            stele.tasks().start(1); // for maintenance, which archives
            AgentMemory memory = stele.agent("kira");
            memory.remember(IntStream.range(0, 40)
                    .mapToObj(i -> MessageDraft.user("s" + i % 4, "ana", words(random)))
                    .toList());
            var ids = new ArrayList<String>();
            var notes = new ArrayList<String>();
            for (int i = 0; i < OPERATIONS; i++) {
                change(stele, memory, random, ids, notes);
                if (random.nextInt(3) > 0) {
                    same(memory, config, words(random));
                }
            }
            Awaitility.await()
                    .untilAsserted(() -> assertThat(memory.stats().archived()).isPositive());
        }
    }

    private static void change(Stele stele, AgentMemory memory, Random random, List<String> ids, List<String> notes) {
        switch (random.nextInt(11)) {
            // Its vector comes later, at a time of its own.
            case 0, 1, 2 ->
                ids.add(memory.rememberAsync(MessageDraft.user("s" + random.nextInt(5), "ana", words(random)))
                        .id());
            case 3, 4 ->
                ids.add(memory.remember(MessageDraft.assistant("s" + random.nextInt(5), words(random)))
                        .id());
            case 5 -> latest(ids, random).ifPresent(id -> memory.editMessage(id, words(random)));
            case 6 ->
                latest(ids, random).ifPresent(id -> {
                    memory.deleteMessage(id);
                    ids.remove(id);
                });
            case 7 ->
                notes.add(memory.notes()
                        .create(NoteDraft.of("fact", words(random)))
                        .id());
            case 8 ->
                latest(notes, random)
                        .ifPresent(id -> memory.notes().update(id, note -> NoteDraft.of("fact", words(random))));
            case 9 ->
                latest(notes, random).ifPresent(id -> {
                    notes.remove(id); // it stays and has its words, but is out of recall
                    notes.add(memory.notes()
                            .supersede(id, NoteDraft.of("fact", words(random)))
                            .id());
                });
            default -> stele.tasks().submit(TaskDraft.of("maintenance").withAgent(new AgentName("kira")));
        }
    }

    /** One of the few that came last: what is new and changed again is where a follower may err. */
    private static Optional<String> latest(List<String> ids, Random random) {
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(Math.max(0, ids.size() - 1 - random.nextInt(4))));
    }

    private static String words(Random random) {
        return String.join(
                " ",
                IntStream.range(0, 2 + random.nextInt(6))
                        .mapToObj(_ -> WORDS.get(random.nextInt(WORDS.size())))
                        .toList());
    }

    private static void same(AgentMemory memory, SteleConfig config, String question) {
        RecallQuery query = RecallQuery.of(question).withLimit(60);
        while (true) {
            RecallResult followed = memory.recall(query);
            try (Stele other = Stele.open(config, Optional.of(new WordEmbedder()))) {
                RecallResult anew = other.agent("kira").recall(query);
                if (anew.change() == followed.change()) { // else a vector came in between
                    assertThat(followed.hits())
                            .usingRecursiveComparison()
                            .withComparatorForType(
                                    (a, b) -> Math.abs(a - b) < 1e-5 ? 0 : Double.compare(a, b), Double.class)
                            .isEqualTo(anew.hits());
                    assertThat(followed.hits()).extracting(Hit::id).doesNotHaveDuplicates();
                    return;
                }
            }
        }
    }
}
