package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.config.ReflectionPolicy;
import dev.stele.config.SteleConfig;
import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.RetentionPreview;
import dev.stele.reflect.NoteDecay;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The preview of retention names exactly what the next run removes, and removes nothing. */
class RetentionPreviewTest {

    private static final int KEPT = 5;
    private static final int WRITTEN = 12;
    private static final Instant START = Instant.parse("2026-05-04T08:30:00Z");

    @TempDir
    Path data;

    private static ReflectionPolicy soon() {
        ReflectionPolicy policy = ReflectionPolicy.DEFAULT;
        return new ReflectionPolicy(
                policy.workers(),
                policy.attempts(),
                policy.waiting(),
                policy.similarity(),
                policy.similarities(),
                policy.similarityAcross(),
                policy.leastConfidence(),
                policy.sureToReplace(),
                policy.knownShown(),
                policy.notes(),
                policy.notesOfCategory(),
                policy.weeklyNotes(),
                policy.keep(),
                Duration.ofMillis(1),
                Duration.ofMillis(1));
    }

    private static List<String> liveIds(AgentMemory memory) {
        return memory.sessions().messages("s", 100, Optional.empty(), false).items().stream()
                .map(Message::id)
                .toList();
    }

    private static List<String> idsInForce(AgentMemory memory) {
        return memory.notes().list(NoteFilter.ALL, 100, Optional.empty()).items().stream()
                .filter(note -> note.body().validTo().isEmpty())
                .map(Note::id)
                .toList();
    }

    private static <T> List<T> without(List<T> all, List<T> removed) {
        var rest = new ArrayList<>(all);
        rest.removeAll(removed);
        return rest;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void previewNamesWhatTheRunRemoves(boolean archive) {
        SteleConfig config = Stores.at(data).withRetention(KEPT, archive).withReflection(soon());
        try (Stele stele = Stele.open(config, Optional.of(new WordEmbedder()))) {
            AgentMemory kira = stele.agent("kira");
            // The order of times is not that of writing: retention goes by time.
            kira.remember(IntStream.range(0, WRITTEN)
                    .mapToObj(number -> MessageDraft.user("s", "ana", "message " + number)
                            .withId("m" + number)
                            .withAt(START.plusSeconds(number * 7 % WRITTEN)))
                    .toList());
            for (Map<String, Object> note : List.<Map<String, Object>>of(
                    Map.of("id", "a", "content", "kept for a year", "importance", 0.5),
                    Map.of("id", "b", "content", "hardly worth it", "importance", 0.1),
                    Map.of("id", "c", "content", "hardly worth it but pinned", "importance", 0.1, "pinned", true),
                    Map.of("id", "d", "content", "for today", "category", "ephemeral"))) {
                kira.notes().create(NoteDraft.fromJson(JsonObject.of("note", note)));
            }
            Awaitility.await().until(() -> kira.previewRetention(1).expired() == 2);
            long change = kira.lastChange();
            List<String> messages = liveIds(kira);
            List<String> notes = idsInForce(kira);

            RetentionPreview preview = kira.previewRetention(50);
            assertThat(preview.messages()).isEqualTo(WRITTEN);
            assertThat(preview.maxMessages()).isEqualTo(KEPT);
            assertThat(preview.excess()).isEqualTo(WRITTEN - KEPT);
            assertThat(preview.archive()).isEqualTo(archive);
            assertThat(preview.until()).contains(START.plusSeconds(WRITTEN - KEPT - 1));
            assertThat(kira.lastChange()).isEqualTo(change);
            RetentionPreview few = kira.previewRetention(1);
            assertThat(few.excess()).isEqualTo(preview.excess());
            assertThat(few.oldest()).containsExactly(preview.oldest().getFirst());
            assertThat(few.notes()).hasSize(1);
            assertThat(few.expired()).isEqualTo(2);

            kira.runMaintenance();
            assertThat(liveIds(kira))
                    .containsExactlyInAnyOrderElementsOf(without(
                            messages, preview.oldest().stream().map(Message::id).toList()));
            assertThat(idsInForce(kira))
                    .containsExactlyInAnyOrderElementsOf(without(
                            notes, preview.notes().stream().map(Note::id).toList()));
            assertThat(kira.stats().archived()).isEqualTo(archive ? WRITTEN - KEPT : 0);
            RetentionPreview after = kira.previewRetention(50);
            assertThat(after.excess()).isZero();
            assertThat(after.oldest()).isEmpty();
            assertThat(after.until()).isEmpty();
            assertThat(after.notes()).isEmpty();
            assertThat(after.notesFrom()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
        }
    }

    @Test
    void usesThatAreNotStoredYetCountInThePreview() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            AgentMemory kira = stele.agent("kira");
            kira.notes().create(NoteDraft.of("fact", "The kettle is green.").withId("kettle"));
            assertThat(kira.recall("kettle green").hits()).isNotEmpty();
            kira.notes().create(NoteDraft.of("fact", "The bicycle has a bell.").withId("bicycle"));
            Engine engine = stele.engine();
            Instant later = Instant.now().plus(Duration.ofDays(400));
            var faded = new ArrayList<String>();
            var pending = engine.noteUsage().pending(new AgentName("kira"));
            engine.<Void>read(new AgentName("kira"), view -> {
                new NoteDecay(engine).forEachFaded(view, later, pending, note -> faded.add(note.id()));
                return null;
            });
            assertThat(pending).containsKey("kettle").doesNotContainKey("bicycle");
            assertThat(faded).containsExactly("bicycle");
        }
    }

    @Test
    void previewHasALimit() {
        try (Stele stele = Stele.open(Stores.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            kira.remember(MessageDraft.user("s", "ana", "hello"));
            assertThatThrownBy(() -> kira.previewRetention(0)).isInstanceOf(InvalidInputException.class);
            RetentionPreview preview = kira.previewRetention(1);
            assertThat(preview.excess()).isZero();
            assertThat(preview.maxMessages()).isEqualTo(5_000);
        }
    }
}
