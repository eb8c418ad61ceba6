package dev.stele.reflect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.config.ReflectionPolicy;
import dev.stele.config.SteleModels;
import dev.stele.document.Section;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.ConflictException;
import dev.stele.model.ConsolidationRecord;
import dev.stele.model.InteractionDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.profile.Persona;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Consolidating and forgetting notes: single operations that are checked, can be undone, and never cost what they do
 * not name.
 */
class ConsolidationsTest {

    private static final Optional<String> ANA = Optional.of("ana");

    @TempDir
    Path data;

    private final AtomicReference<String> answer = new AtomicReference<>("");
    private final AtomicInteger asked = new AtomicInteger();

    private final LanguageModel model = new LanguageModel() {
        @Override
        public String name() {
            return "test";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            asked.incrementAndGet();
            return new Reply(answer.get(), "test", 1, 1);
        }
    };

    private Stele open(boolean online) {
        SteleModels engines = SteleModels.offline(Optional.of(new WordEmbedder()));
        return Stele.open(Stores.at(data), online ? engines.withLanguage(model) : engines);
    }

    private static List<Note> fill(AgentMemory kira, int count) {
        var notes = new ArrayList<Note>();
        for (int i = 0; i < count; i++) {
            notes.add(kira.notes()
                    .create(NoteDraft.of("interest", "ana collects thing" + i + " from place" + i)
                            .withUser("ana")));
        }
        return notes;
    }

    private static List<Note> inForce(AgentMemory kira) {
        return kira.notes().list(NoteFilter.ALL, 1000, Optional.empty()).items().stream()
                .filter(note -> note.body().validTo().isEmpty())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "I would merge some.",
                "{}",
                "{\"consolidated\": []}",
                "{\"operations\": []}",
                "{\"operations\": [{\"action\": \"retire\", \"note\": 1",
                "{\"operations\": [{\"action\": \"retire\", \"note\": 99}, {\"action\": \"burn\", \"note\": 1}, {\"action\": \"merge\", \"notes\": [1, 1], \"content\": \"x\"}, {\"action\": \"merge\", \"notes\": [1, 2], \"content\": \"  \"}]}"
            })
    void invalidModelAnswerChangesNoNotes(String text) {
        answer.set(text);
        try (Stele stele = open(true)) {
            AgentMemory kira = stele.agent("kira");
            List<Note> before = fill(kira, 21);
            assertThat(kira.consolidations().consolidate(ANA)).isEmpty();
            assertThat(inForce(kira)).containsExactlyInAnyOrderElementsOf(before);
            assertThat(kira.consolidations().list(ANA, 10, Optional.empty()).items())
                    .isEmpty();
            assertThat(asked).hasValue(1);
        }
    }

    @Test
    void consolidationIsAppliedRecordedAndUndone() throws Exception {
        try (Stele stele = open(true)) {
            AgentMemory kira = stele.agent("kira");
            List<Note> notes = fill(kira, 6);
            Note pinned = kira.notes()
                    .create(NoteDraft.fromJson(JsonObject.of(
                            "note", Map.of("content", "ana is allergic to nuts", "user", "ana", "pinned", true))));
            // Newest first: the pinned one is number 1, then notes 5, 4, 3, 2, 1, 0.
            answer.set(
                    "{\"operations\": [{\"action\": \"merge\", \"notes\": [2, 3], \"content\": \"ana collects thing5 and thing4\", \"reason\": \"alike\"},"
                            + " {\"action\": \"rewrite\", \"note\": 4, \"content\": \"ana collects old thing3\", \"reason\": \"clearer\"},"
                            + " {\"action\": \"retire\", \"note\": 5, \"reason\": \"outdated\"},"
                            + " {\"action\": \"retire\", \"note\": 1, \"reason\": \"no\"}, {\"action\": \"retire\", \"note\": 2, \"reason\": \"twice\"}]}");
            ConsolidationPlanner.Plan plan = kira.consolidations().plan(ANA);
            assertThat(plan.operations()).hasSize(3);
            assertThat(plan.refused()).hasSize(2).anyMatch(why -> why.contains("pinned"));
            assertThat(inForce(kira)).hasSize(7); // a plan does nothing

            ConsolidationRecord done = kira.consolidations().consolidate(ANA).orElseThrow();
            assertThat(done.before()).isEqualTo(7);
            assertThat(done.after()).isEqualTo(5);
            assertThat(inForce(kira))
                    .extracting(Note::content)
                    .contains("ana collects thing5 and thing4", "ana collects old thing3", pinned.content())
                    .hasSize(5);
            // What gave way is kept, and found by those who ask for it.
            assertThat(kira.notes().get(notes.get(5).id()).orElseThrow().supersededBy())
                    .isPresent();
            assertThat(kira.verify().problems()).isEmpty();
            assertThat(kira.stats().embedded()).isEqualTo(kira.stats().notes());

            // What was changed since is left alone.
            kira.notes()
                    .update(
                            notes.get(3).id(),
                            note -> NoteDraft.of("interest", "mine now").withUser("ana"));
            assertThat(kira.consolidations().undo(done.id()))
                    .containsExactly(notes.get(3).id());
            assertThat(inForce(kira))
                    .extracting(Note::content)
                    .containsExactlyInAnyOrder(
                            "ana collects thing0 from place0",
                            "ana collects thing1 from place1",
                            "ana collects thing2 from place2",
                            "mine now",
                            "ana collects thing4 from place4",
                            "ana collects thing5 from place5",
                            pinned.content());
            assertThatThrownBy(() -> kira.consolidations().undo(done.id())).isInstanceOf(ConflictException.class);
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    @Test
    void excessNotesAreConsolidatedOnceAndReflectionContinues() throws Exception {
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent("kira");
            fill(kira, 20);
            kira.notes().create(NoteDraft.of("interest", "ana collects thing0").withUser("ana"));
            for (String text : List.of("I live in Lisbon.", "I love tea.", "My dog is called Rex.")) {
                kira.recordInteraction(
                        "ana",
                        List.of(MessageDraft.user("s", "ana", text)),
                        Optional.of(InteractionDraft.of("chat", "ana")),
                        Optional.empty());
                kira.reflect();
            }
            List<ConsolidationRecord> done =
                    kira.consolidations().list(ANA, 10, Optional.empty()).items();
            assertThat(done).hasSize(1);
            assertThat(done.getFirst().trigger()).isEqualTo("category");
            assertThat(inForce(kira))
                    .extracting(Note::content)
                    .contains("ana lives in Lisbon.", "ana loves tea.", "ana's dog is called Rex.")
                    .doesNotContain("ana collects thing0");
        }
    }

    @Test
    void unusedNotesExpireByImportanceAndPinnedNotesAreKept() {
        var soon = new ReflectionPolicy(
                4,
                5,
                100,
                0.65,
                Map.of(),
                0.8,
                0.3,
                0.6,
                30,
                50,
                15,
                20,
                Duration.ofDays(365),
                Duration.ofMillis(1),
                Duration.ofMillis(1));
        try (Stele stele = Stele.open(Stores.at(data).withReflection(soon), Optional.of(new WordEmbedder()))) {
            AgentMemory kira = stele.agent("kira");
            for (Map<String, Object> note : List.<Map<String, Object>>of(
                    Map.of("id", "a", "content", "kept for a year", "importance", 0.5),
                    Map.of("id", "b", "content", "hardly worth it", "importance", 0.1),
                    Map.of("id", "c", "content", "hardly worth it but pinned", "importance", 0.1, "pinned", true),
                    Map.of("id", "d", "content", "for today", "category", "ephemeral"))) {
                kira.notes().create(NoteDraft.fromJson(JsonObject.of("note", note)));
            }
            Awaitility.await().pollDelay(Duration.ofMillis(20)).until(() -> true);
            kira.runMaintenance();
            assertThat(inForce(kira)).extracting(Note::id).containsExactlyInAnyOrder("a", "c");
            Note faded = kira.notes().get("b").orElseThrow();
            assertThat(faded.body().metadata()).containsKey("retired");
            assertThat(kira.recall("worth").hits()).extracting(hit -> hit.id()).containsExactly("c");
            assertThat(kira.notes().history("b")).hasSize(1);
        }
    }

    @Test
    void exportContainsReflectionResultsDocumentsAndProfile() throws Exception {
        var file = new StringWriter();
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent("kira");
            kira.recordInteraction(
                    "ana",
                    List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                    Optional.of(InteractionDraft.of("chat", "ana")),
                    Optional.empty());
            kira.reflect();
            kira.interactions().record(InteractionDraft.of("feedback", "ana").withId("waiting"));
            kira.profile().persona(Persona.plain("Kira"), OptionalLong.empty());
            kira.documents()
                    .add(Documents.Draft.of(
                            "sea",
                            Optional.of("tides"),
                            "Tides",
                            List.of(new Section("Moon", "The moon pulls the sea."))));
            fill(kira, 3);
            kira.notes().create(NoteDraft.of("interest", "ana collects thing0").withUser("ana"));
            kira.consolidations().consolidate(ANA);
            kira.export(file);

            AgentMemory copy = stele.agent("copy");
            var report = copy.importFrom(new StringReader(file.toString()), _ -> {});
            assertThat(report.problems()).isEmpty();
            assertThat(report.others()).isEqualTo(5);
            assertThat(copy.profile().persona().value().name()).isEqualTo("Kira");
            assertThat(copy.documents().search("sea", "moon", 5)).hasSize(1);
            assertThat(copy.consolidations().list(ANA, 10, Optional.empty()).items())
                    .hasSize(1);
            assertThat(copy.reflect()).isZero();
            assertThat(copy.interactions()
                            .list(ANA, Optional.empty(), 10, Optional.empty())
                            .items())
                    .hasSize(2)
                    .allMatch(one -> one.outcome().isPresent());
            assertThat(copy.importFrom(new StringReader(file.toString()), _ -> {})
                            .others())
                    .isZero();
            assertThat(copy.verify().problems()).isEmpty();
        }
    }
}
