package dev.stele.reflect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.extract.Extractor;
import dev.stele.extract.ModelExtractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A note that repeats words of a known note is erased and hidden with it. */
class KnownWordsTest {

    @TempDir
    Path data;

    private Stele open(Extractor extractor) {
        return Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(extractor));
    }

    private static Interaction say(AgentMemory memory, String session, String id, String text) throws Exception {
        Interaction recorded = memory.recordInteraction(
                        "ana",
                        List.of(MessageDraft.user(session, "ana", text).withId(id)),
                        Optional.of(InteractionDraft.of("chat", "ana").withSession(session)),
                        Optional.empty())
                .interaction()
                .orElseThrow();
        assertThat(memory.reflect()).isZero();
        return recorded;
    }

    private static List<String> notes(AgentMemory memory) {
        return memory
                .notes()
                .list(NoteFilter.builder().superseded(true).build(), 100, Optional.empty())
                .items()
                .stream()
                .map(Note::content)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "My sister lives in Nantes. | Sorry, I meant Rennes, not Nantes. | sister",
                "My grandfather was born in 1947. | Sorry, I meant 1948. | grandfather",
                "I work at Zorbaxel. | I left it last year. | zorbaxel",
                "I live in Zorbax. | I don't live there anymore. | zorbax",
            })
    void correctionByTheRulesIsErasedWithTheStatementThatItRepeats(String first, String second, String word)
            throws Exception {
        try (Stele stele = open(new RuleExtractor())) {
            AgentMemory memory = stele.agent("kira");
            say(memory, "s", "m1", first);
            say(memory, "s", "m2", second);
            assertThat(notes(memory))
                    .filteredOn(content -> content.toLowerCase(Locale.ROOT).contains(word))
                    .hasSize(2);
            memory.deleteMessage("m1");
            memory.reflect();
            memory.runMaintenance();
            assertThat(Traces.of(data, word)).isEmpty();
            assertThat(memory.message("m2")).isPresent();
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    @Test
    void correctionIsKeptWhileItsSourcesCarryIt() throws Exception {
        try (Stele stele = open(new RuleExtractor())) {
            AgentMemory memory = stele.agent("kira");
            say(memory, "s", "m1", "My sister lives in Nantes.");
            say(memory, "s", "m2", "Sorry, I meant Rennes, not Nantes.");
            String former =
                    memory
                            .notes()
                            .list(NoteFilter.builder().superseded(true).build(), 10, Optional.empty())
                            .items()
                            .stream()
                            .filter(note -> note.supersededBy().isPresent())
                            .findFirst()
                            .orElseThrow()
                            .id();
            memory.notes().delete(former);
            assertThat(notes(memory)).containsExactly("ana's sister lives in Rennes.");
        }
    }

    @Test
    void correctionInARoomTellsNothingThatWasSaidInPrivate() throws Exception {
        try (Stele stele = open(new RuleExtractor())) {
            AgentMemory memory = stele.agent("kira");
            memory.sessions().setParticipants("room", List.of("ana", "ben"));
            say(memory, "private", "m1", "My sister lives in Nantes.");
            say(memory, "room", "m2", "Sorry, I meant Rennes, not Nantes.");
            assertThat(recalledByBen(memory)).noneMatch(content -> content.contains("sister"));

            AgentMemory open = stele.agent("open");
            open.sessions().setParticipants("room", List.of("ana", "ben"));
            say(open, "room", "m1", "My sister lives in Nantes.");
            say(open, "room", "m2", "Sorry, I meant Rennes, not Nantes.");
            assertThat(recalledByBen(open)).contains("ana's sister lives in Rennes.");
        }
    }

    private static List<String> recalledByBen(AgentMemory memory) {
        return memory
                .recall(RecallQuery.of("Where does the sister of ana live, in Nantes or Rennes?")
                        .withFilter(RecallFilter.ALL.withAudience("ben")))
                .hits()
                .stream()
                .map(Hit::content)
                .toList();
    }

    /** Language model that notes each message with all that is known, and what the message says alone. */
    private static final class Copying implements LanguageModel {
        final List<String> prompts = new ArrayList<>();

        @Override
        public String name() {
            return "copying";
        }

        @Override
        public Reply ask(Prompt prompt, Consumer<String> delta) {
            String known = of(prompt, "known");
            String said = of(prompt, "message");
            prompts.add(known);
            String text = known.isEmpty() || said.contains("Porto")
                    ? note("As they said, " + said, said)
                    : note("As they said, " + said + " As is known, " + known, said);
            return new Reply(text, name(), 1, 1);
        }

        private static String of(Prompt prompt, String kind) {
            return prompt.sources().stream()
                    .filter(source -> source.kind().equals(kind))
                    .map(Prompt.Source::text)
                    .collect(Collectors.joining(" "));
        }

        private static String note(String content, String evidence) {
            return "{\"reasoning\": \"%s\", \"notes\": [{\"content\": \"%s\", \"evidence\": [\"%s\"], \"confidence\": 0.9}]}"
                    .formatted(content, content, evidence);
        }
    }

    @Test
    void noteOfAModelIsErasedWithTheKnownNoteThatItRepeatsAndOthersAreKept() throws Exception {
        try (Stele stele = open(new ModelExtractor(new Copying(), new RuleExtractor()))) {
            AgentMemory memory = stele.agent("kira");
            say(memory, "s", "m1", "My dog is called Zorbaxel.");
            Interaction second = say(memory, "s", "m2", "The tide comes at nine.");
            say(memory, "s", "m3", "We sail to Porto.");
            assertThat(memory.interactions()
                            .get(second.id())
                            .orElseThrow()
                            .outcome()
                            .orElseThrow()
                            .reasoning())
                    .contains("Zorbaxel");
            memory.deleteMessage("m1");
            assertThat(notes(memory)).containsExactly("As they said, We sail to Porto.");
            memory.reflect(); // what the second message says is noted again
            assertThat(notes(memory)).hasSize(2).anyMatch(content -> content.contains("tide"));
            memory.runMaintenance();
            assertThat(Traces.of(data, "zorbaxel")).isEmpty();
            assertThat(memory.interactions().get(second.id())).isPresent();
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    @Test
    void modelIsShownNoNoteThatAParticipantOfTheRoomMayNotSee() throws Exception {
        var model = new Copying();
        try (Stele stele = open(new ModelExtractor(model, new RuleExtractor()))) {
            AgentMemory memory = stele.agent("kira");
            memory.sessions().setParticipants("room", List.of("ana", "ben"));
            say(memory, "room", "m1", "The tide comes at nine.");
            say(memory, "private", "m2", "My dog is called Zorbaxel.");
            assertThat(model.prompts.getLast()).contains("tide");
            say(memory, "room", "m3", "We sail to Porto.");
            assertThat(model.prompts.getLast()).contains("tide").doesNotContain("Zorbaxel");
        }
    }

    @Test
    void noteThatIsErasedWhileTheExtractorWorksIsNotRepeated() throws Exception {
        var erased = new AtomicBoolean(true);
        var memories = new ArrayList<AgentMemory>();
        Extractor erasing = material -> {
            var proposals = new RuleExtractor().propose(material);
            if (!erased.getAndSet(true)) {
                memories.getFirst().deleteMessage("m1");
            }
            return proposals;
        };
        try (Stele stele = open(erasing)) {
            AgentMemory memory = stele.agent("kira");
            memories.add(memory);
            say(memory, "s", "m1", "My sister lives in Nantes.");
            erased.set(false);
            say(memory, "s", "m2", "Sorry, I meant Rennes, not Nantes.");
            assertThat(notes(memory)).isEmpty();
        }
    }
}
