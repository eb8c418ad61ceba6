package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.chat.DocumentBriefings;
import dev.stele.chat.DocumentBriefings.Primer;
import dev.stele.config.SteleModels;
import dev.stele.document.Section;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.ModelException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What memory says of a user as a whole. */
@Tag("long")
class InsightsTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private final AtomicReference<String> answer = new AtomicReference<>("");
    private final AtomicInteger asked = new AtomicInteger();

    private Stele open(boolean online) {
        SteleModels engines = SteleModels.offline(Optional.of(new WordEmbedder()));
        var model = new LanguageModel() {
            @Override
            public String name() {
                return "test";
            }

            @Override
            public Reply ask(Prompt prompt, Consumer<String> delta) {
                asked.incrementAndGet();
                if (answer.get().isEmpty()) {
                    throw new ModelException("the model is down", "", null);
                }
                return new Reply(answer.get(), "test", 1, 1);
            }
        };
        return Stele.open(Stores.at(data), online ? engines.withLanguage(model) : engines);
    }

    private static void say(AgentMemory kira, String user, String text) {
        kira.recordInteraction(
                user,
                List.of(MessageDraft.user("s-" + user, user, text)),
                Optional.of(InteractionDraft.of("chat", user)),
                Optional.empty());
    }

    private static void quiz(AgentMemory kira, String user, String topic, boolean correct) {
        kira.interactions()
                .record(InteractionDraft.of("quiz_result", user).withData(Map.of("topic", topic, "correct", correct)));
    }

    @Test
    void activityReportsNewNotesChangesAndTopics() throws Exception {
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent(KIRA);
            say(kira, "ana", "I live in Lisbon.");
            say(kira, "ana", "I moved to Porto.");
            say(kira, "ben", "I live in Oslo.");
            quiz(kira, "ana", "fractions", false);
            assertThat(kira.reflect()).isZero();
            quiz(kira, "ana", "decimals", true);

            Insights.Activity insights = kira.insights().activity("ana", 7);
            assertThat(insights.interactions()).isEqualTo(Map.of("chat", 2L, "quiz_result", 2L));
            assertThat(insights.waiting()).isEqualTo(1);
            assertThat(insights.days().values()).containsExactly(4L);
            assertThat(insights.newest()).extracting(Note::content).anyMatch(note -> note.contains("Porto"));
            assertThat(insights.newest()).extracting(Note::content).noneMatch(note -> note.contains("Oslo"));
            assertThat(insights.changed()).singleElement().satisfies(changed -> {
                assertThat(changed.before().content()).contains("Lisbon");
                assertThat(changed.now().orElseThrow().content()).contains("Porto");
            });
            assertThat(insights.topics()).containsKey("Porto");
            assertThat(kira.insights().activity("nobody", 7).interactions()).isEmpty();
            assertThatThrownBy(() -> kira.insights().activity("ana", 0))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("1 to 3660");
        }
    }

    @Test
    void lowResultLimitDoesNotTruncateInsights() throws Exception {
        Limits few = Limits.builder().results(20).build();
        try (Stele stele =
                Stele.open(Stores.at(data).withLimits(few), SteleModels.offline(Optional.of(new WordEmbedder())))) {
            AgentMemory kira = stele.agent(KIRA);
            for (int i = 0; i < 25; i++) {
                quiz(kira, "ana", "topic" + i, false);
                kira.notes()
                        .create(NoteDraft.of("interest", "ana likes thing" + i).withUser("ana"));
            }
            assertThat(kira.insights().activity("ana", 1).notes()).containsEntry("interest", 25L);
            assertThat(kira.insights().overview("ana").waiting()).isEqualTo(25);
        }
    }

    @Test
    void knowledgeGapIsClosedByACorrectAnswer() throws Exception {
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent(KIRA);
            quiz(kira, "ana", "fractions", false);
            quiz(kira, "ana", "medieval poetry", true);
            kira.reflect();
            assertThat(kira.insights()
                            .knowledge("ana", Optional.of("fractions"))
                            .state())
                    .isEqualTo("gap");
            assertThat(kira.insights()
                            .knowledge("ana", Optional.of("medieval poetry"))
                            .known())
                    .extracting(Note::content)
                    .first()
                    .asString()
                    .contains("medieval poetry");
            assertThat(kira.insights()
                            .knowledge("ben", Optional.of("fractions"))
                            .state())
                    .isEqualTo("unknown");
            assertThat(kira.insights().overview("ana").gaps()).hasSize(1);

            quiz(kira, "ana", "fractions", true);
            kira.reflect();
            Insights.Knowledge now = kira.insights().knowledge("ana", Optional.empty());
            assertThat(now.gaps()).isEmpty();
            assertThat(now.known()).extracting(Note::content).anyMatch(note -> note.contains("fractions"));
            Insights.Overview all = kira.insights().overview("ana");
            assertThat(all.gaps()).isEmpty();
            assertThat(all.counts()).containsEntry("knowledge", 2L);
            assertThat(all.waiting()).isZero();
        }
    }

    @Test
    void relatedConceptsAreRankedByDistanceAndRarity() {
        try (Stele stele = open(false)) {
            AgentMemory kira = stele.agent(KIRA);
            Graph graph = kira.graph();
            for (String name : List.of("violin", "cello", "music", "luthier", "noise", "tax")) {
                graph.put(EntityDraft.of("concept", name));
            }
            for (int i = 0; i < 30; i++) {
                graph.put(EntityDraft.of("concept", "piece " + i, "a piece " + i));
                graph.relate(RelationDraft.of("piece " + i, "is_about", "music"));
            }
            graph.relate(RelationDraft.of("violin", "belongs_to", "music"));
            graph.relate(RelationDraft.of("noise", "belongs_to", "music"));
            graph.relate(RelationDraft.of("violin", "made_by", "luthier"));
            graph.relate(RelationDraft.of("cello", "made_by", "luthier"));
            graph.observe("tax", List.of(dev.stele.model.ObservationDraft.of("levied on property each year")));

            List<Insights.Related> near = kira.insights().related("violin", 50);
            assertThat(near.getFirst().score()).isEqualTo(1.0);
            assertThat(near).extracting(Insights.Related::name).doesNotContain("tax", "violin");
            List<String> names = near.stream().map(Insights.Related::name).toList();
            assertThat(names.indexOf("cello")).isLessThan(names.indexOf("noise"));
            assertThat(near.get(names.indexOf("cello")).by()).containsExactly("through luthier");
            // What is not in the graph by name is looked for by meaning.
            assertThat(kira.insights().related("property levied", 5))
                    .extracting(Insights.Related::name)
                    .first()
                    .isEqualTo("tax");
            assertThatThrownBy(() -> kira.insights().related(" ", 5)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> kira.insights().related("violin", -1)).isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void documentBriefingIsCachedUntilItsSourcesChange() {
        try (Stele stele = open(true)) {
            AgentMemory kira = stele.agent(KIRA);
            kira.documents()
                    .add(Documents.Draft.of(
                            "maths",
                            Optional.of("fractions"),
                            "Adding fractions",
                            List.of(new Section("", "To add fractions, find a common denominator first."))));
            var primers = new DocumentBriefings(stele);
            assertThat(primers.primer(KIRA, "ana", "maths", "fractions", false).points())
                    .isEmpty();
            assertThat(asked).hasValue(0);

            kira.notes()
                    .create(NoteDraft.of("learning", "ana has a gap at fractions")
                            .withUser("ana"));
            kira.notes()
                    .create(NoteDraft.of("learning", "ben has a gap at fractions")
                            .withUser("ben"));
            answer.set("Here you go:\n- You had trouble with fractions before.\n- Look for the common denominator.\n");
            Primer first = primers.primer(KIRA, "ana", "maths", "fractions", false);
            assertThat(first.points()).hasSize(2);
            assertThat(first.notes()).hasSize(1);
            assertThat(first.cached()).isFalse();
            Primer again = primers.primer(KIRA, "ana", "maths", "fractions", false);
            assertThat(again.cached()).isTrue();
            assertThat(again.points()).isEqualTo(first.points());
            assertThat(asked).hasValue(1);

            kira.notes()
                    .create(NoteDraft.of("interest", "ana adds fractions for cooking")
                            .withUser("ana"));
            assertThat(primers.primer(KIRA, "ana", "maths", "fractions", false).cached())
                    .isFalse();
            assertThat(asked).hasValue(2);
            answer.set(""); // down: the notes speak for themselves
            Primer offline = primers.primer(KIRA, "ana", "maths", "fractions", true);
            assertThat(offline.engine()).isEqualTo("offline");
            assertThat(offline.points()).anyMatch(point -> point.contains("gap at fractions"));
            assertThatThrownBy(() -> primers.primer(KIRA, "ana", "maths", "nothing", false))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("maths");
        }
    }
}
