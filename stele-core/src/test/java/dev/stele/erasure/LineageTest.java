package dev.stele.erasure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.chat.Chat;
import dev.stele.chat.ChatListener;
import dev.stele.chat.ChatRequest;
import dev.stele.chat.ChatSettings;
import dev.stele.config.SteleModels;
import dev.stele.document.Section;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.EntityDraft;
import dev.stele.model.Erased;
import dev.stele.model.InteractionDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stays of an item that other sources support, and what goes with the last source. */
class LineageTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private Message say(String user, String text) {
        return memory.remember(MessageDraft.user("talk-" + user, user, text));
    }

    private void recordAndReflect(Message message) throws Exception {
        memory.interactions().record(InteractionDraft.of("chat", message.user().orElseThrow(), message.id()));
        memory.reflect();
    }

    @Test
    void noteWithAnotherSourceIsKeptWithoutTheErasedEvidence() {
        Message first = say("ana", "I love hiking with zorbaxel boots");
        Message second = say("ana", "I love hiking a lot");
        memory.notes()
                .create(NoteDraft.builder("preference", "ana loves hiking")
                        .id("n")
                        .confidence(0.9)
                        .tags(List.of("hiking"))
                        .evidence(List.of("I love hiking with zorbaxel boots", "I love hiking a lot"))
                        .provenance(List.of(first.id(), second.id()))
                        .user("ana")
                        .metadata(Map.of("boots", "zorbaxel"))
                        .build());
        memory.notes().update("n", JsonObject.of("note", Map.of("importance", 0.7)), OptionalLong.empty());

        Erased erased = memory.deleteMessage(first.id());
        memory.runMaintenance();

        Note note = memory.notes().get("n").orElseThrow();
        assertThat(note.content()).isEqualTo("ana loves hiking");
        assertThat(note.body().evidence()).containsExactly("I love hiking a lot");
        assertThat(note.body().provenance()).containsExactly(second.id());
        assertThat(note.body().metadata()).isEmpty();
        assertThat(erased.reduced()).containsExactly(new Erased.Item(Erased.Kind.NOTE, "n"));
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        assertThat(memory.recall(RecallQuery.of("hiking").withoutFolding()).hits())
                .anyMatch(hit -> hit.id().equals("n"));

        assertThat(memory.deleteMessage(second.id()).notes()).isEqualTo(1);
        assertThat(memory.notes().get("n")).isEmpty();
        assertThat(memory.verify().problems()).isEmpty();
    }

    @Test
    void manualNoteIsKeptWhenItsConfirmingMessageIsErased() {
        memory.notes().create(NoteDraft.of("fact", "ana is a pilot").withId("n"));
        Message said = say("ana", "I am a pilot");
        memory.notes().update("n", note -> note.body().withProvenance(List.of(said.id())));
        memory.deleteMessage(said.id());
        assertThat(memory.notes().get("n")).hasValueSatisfying(note -> {
            assertThat(note.content()).isEqualTo("ana is a pilot");
            assertThat(note.body().provenance()).isEmpty();
        });
    }

    @Test
    void entityIsKeptWhileAnyUserWhoMentionedItRemains() throws Exception {
        recordAndReflect(say("ana", "My brother is called Tomaso."));
        recordAndReflect(say("ben", "My brother is called Tomaso."));
        assertThat(memory.graph().get("Tomaso").mentionedBy()).hasSize(2);
        memory.users().forget("ana");
        assertThat(memory.graph().get("Tomaso").mentionedBy()).hasSize(1);
        assertThat(memory.graph().get("Tomaso").relations())
                .allMatch(relation -> !relation.from().name().equals("ana"));
        assertThatThrownBy(() -> memory.graph().get("ana")).isInstanceOf(NotFoundException.class);
        memory.users().forget("ben");
        assertThatThrownBy(() -> memory.graph().get("Tomaso")).isInstanceOf(NotFoundException.class);
        memory.runMaintenance();
        assertThat(Traces.of(data, "tomaso")).isEmpty();
    }

    @Test
    void entityWithAnObservationOfACallerIsKept() throws Exception {
        recordAndReflect(say("ana", "I live in Lisbon."));
        memory.graph().put(EntityDraft.of("place", "Lisbon", "it lies by the sea"));
        String type = memory.graph().get("Lisbon").entity().type();
        memory.users().forget("ana");
        assertThat(memory.graph().get("Lisbon").entity().type()).isEqualTo(type);
    }

    @Test
    void erasedNoteIsDerivedAgainFromItsRemainingSource() throws Exception {
        Message first = say("ana", "My dog is called Rex.");
        recordAndReflect(first);
        Note note = notes("ana").getFirst();
        Message second = say("ana", "I love my dog Bella.");
        memory.notes().update(note.id(), seen -> seen.body().withProvenance(List.of(first.id(), second.id())));
        // The note names Rex, which the second message does not.
        memory.deleteMessage(second.id());
        assertThat(notes("ana")).extracting(Note::content).anyMatch(content -> content.contains("Rex"));
        Message third = say("ana", "My dog is called Rex.");
        recordAndReflect(third);
        memory.deleteMessage(first.id());
        memory.reflect();
        assertThat(notes("ana")).extracting(Note::content).anyMatch(content -> content.contains("Rex"));
        memory.deleteMessage(third.id());
        assertThat(notes("ana")).isEmpty();
    }

    private List<Note> notes(String user) {
        return memory.notes()
                .list(NoteFilter.ofUser(Optional.of(user)), 50, Optional.empty())
                .items();
    }

    @Test
    void sharedSummaryIsErasedWithTheMessagesOfOneUser() throws Exception {
        memory.sessions().setParticipants("room", List.of("ana", "ben"));
        for (int i = 0; i < 50; i++) {
            String user = i % 2 == 0 ? "ana" : "ben";
            memory.remember(MessageDraft.user(
                    "room", user, i == 10 ? "My dog is called Zorbaxel." : "I like tea number " + i + "."));
        }
        new Chat(stele, ChatSettings.DEFAULT)
                .reply(new AgentName("kira"), ChatRequest.of("room", "ben", "And?"), ChatListener.NONE);
        memory.reflect();
        assertThat(memory.notes().get(AgentMemory.summaryId("room")))
                .hasValueSatisfying(note -> assertThat(note.content()).contains("Zorbaxel"));
        memory.users().forget("ana");
        memory.runMaintenance();
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        assertThat(memory.sessions().last("room", 50)).hasSizeGreaterThanOrEqualTo(25);
        assertThat(memory.sessions().get("room").orElseThrow().participants()).containsExactly("ben");
    }

    @Test
    void newSessionWithAnErasedIdInheritsNothing() throws Exception {
        for (int i = 0; i < 45; i++) {
            memory.remember(MessageDraft.user("s", "ana", "I like zorbaxel number " + i + "."));
        }
        new Chat(stele, ChatSettings.DEFAULT)
                .reply(new AgentName("kira"), ChatRequest.of("s", "ana", "And?"), ChatListener.NONE);
        memory.reflect();
        assertThat(memory.notes().get(AgentMemory.summaryId("s"))).isPresent();
        memory.sessions().delete("s");
        assertThat(memory.notes().get(AgentMemory.summaryId("s"))).isEmpty();
    }

    @Test
    void sharedPassageIsKeptWithTheRemainingDocument() {
        var shared =
                new Section("", "The tide rises twice a day and falls twice a day, as the moon goes round the earth.");
        var secret =
                new Section("Zorbaxel", "Nobody but the zorbaxel keeper knows the way to the lighthouse at night.");
        memory.documents()
                .add(new Documents.Draft("sea", Optional.of("a"), "Zorbaxel", List.of(shared, secret), Map.of()));
        memory.documents().add(new Documents.Draft("sea", Optional.of("b"), "Tides", List.of(shared), Map.of()));
        Erased erased = memory.documents().delete("sea", "a");
        memory.runMaintenance();
        assertThat(erased.count(Erased.Kind.PASSAGE)).isEqualTo(1);
        assertThat(memory.documents().passages("sea", "b")).hasSize(1);
        assertThat(memory.documents().get("sea", "b").orElseThrow().passages()).isEqualTo(1);
        assertThat(memory.documents().search("sea", "tide moon", 5)).hasSize(1);
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        assertThat(memory.verify().problems()).isEmpty();
        memory.documents().add(new Documents.Draft("sea", Optional.of("a"), "Again", List.of(shared), Map.of()));
        memory.documents().delete("sea", "b");
        assertThat(memory.documents().search("sea", "tide moon", 5)).hasSize(1);
        assertThat(memory.documents().deleteCollection("sea", false).count(Erased.Kind.DOCUMENT))
                .isEqualTo(1);
        assertThat(memory.verify().problems()).isEmpty();
    }

    @Test
    void replyIsNotStoredWhenItsSourceIsErasedMeanwhile() {
        stele.close();
        var erasing = new LanguageModel() {
            @Override
            public String name() {
                return "erasing";
            }

            @Override
            public Reply ask(Prompt prompt, Consumer<String> delta) {
                stele.agent("kira").deleteMessage("m");
                delta.accept("It is Zorbaxel.");
                return new Reply("It is Zorbaxel.", name(), 1, 1);
            }
        };
        stele = Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withLanguage(erasing));
        memory = stele.agent("kira");
        memory.remember(
                MessageDraft.user("s", "ana", "My dog is called Zorbaxel.").withId("m"));
        var reply = new Chat(stele, ChatSettings.DEFAULT)
                .reply(
                        new AgentName("kira"),
                        ChatRequest.of("t", "ana", "What is the name of my dog?"),
                        ChatListener.NONE);
        memory.runMaintenance();
        assertThat(reply.answer()).isEmpty();
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
    }

    @Test
    void exportAndImportPreserveLineage() throws Exception {
        Message said = say("ana", "My dog is called Zorbaxel.");
        recordAndReflect(said);
        memory.remember(MessageDraft.assistant("talk-ben", "Zorbaxel is a dog.").withSources(List.of(said.id())));
        memory.graph().put(EntityDraft.of("place", "Lisbon"));
        memory.graph().mention("Lisbon", List.of(said.id()));
        var lines = new StringWriter();
        memory.export(lines);
        AgentMemory copy = stele.agent("copy");
        assertThat(copy.importFrom(new StringReader(lines.toString()), _ -> {}).bad())
                .isZero();
        copy.deleteMessage(said.id());
        copy.runMaintenance();
        assertThat(copy.recall("Zorbaxel dog").hits()).isEmpty();
        assertThat(copy.notes().list(NoteFilter.ALL, 10, Optional.empty()).items())
                .isEmpty();
        assertThat(copy.graph().get("Lisbon").entity().name()).isEqualTo("Lisbon");
        assertThat(copy.verify().problems()).isEmpty();
    }

    @Test
    void lateUpdateDoesNotRestoreAnErasedUser() {
        memory.users().update("ana", context -> context.withPreference("drink", "zorbaxel"));
        memory.users().update("ana", context -> context.withPreference("food", "rice"));
        long seen = memory.users().get("ana").orElseThrow().version();
        memory.users().forget("ana");
        memory.users().update("ana", context -> context.withPreference("food", "bread"));
        memory.users().update("ana", context -> context.withPreference("food", "bread and butter"));
        assertThat(memory.users().get("ana").orElseThrow().version()).isGreaterThan(seen);
        assertThatThrownBy(() -> memory.users()
                        .patch(
                                "ana",
                                JsonObject.of("patch", Map.of("preferences", Map.of("drink", "tea"))),
                                OptionalLong.of(seen)))
                .isInstanceOf(ConflictException.class);
        assertThat(memory.users().get("ana").orElseThrow().preferences()).doesNotContainKey("drink");
    }

    @Test
    void changeLogContainsNoIdsOfAnErasedUser() {
        memory.remember(
                List.of(MessageDraft.user("ana@zorbaxel.org-talk", "ana", "hello")
                        .withId("ana@zorbaxel.org-1")),
                Optional.of("key"));
        memory.interactions()
                .record(InteractionDraft.of("chat", "ana", "ana@zorbaxel.org-1").withId("ana@zorbaxel.org-i"));
        memory.users().forget("ana");
        memory.runMaintenance();
        assertThat(memory.changes(0, 100))
                .noneMatch(change -> change.ref().orElse("").contains("zorbaxel"));
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
    }

    @Test
    void pendingInteractionIsKeptWithoutTheErasedMessage() throws Exception {
        Message first = say("ana", "My dog is called Zorbaxel.");
        Message second = say("ana", "I live in Lisbon.");
        memory.interactions()
                .record(InteractionDraft.of("chat", "ana", first.id(), second.id())
                        .withId("i")
                        .withData(Map.of("dog", "Zorbaxel", "town", "Lisbon")));
        memory.deleteMessage(first.id());
        memory.runMaintenance();
        assertThat(memory.interactions().get("i").orElseThrow().draft())
                .isEqualTo(InteractionDraft.of("chat", "ana", second.id())
                        .withId("i")
                        .withData(Map.of("town", "Lisbon")));
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        memory.reflect();
        assertThat(notes("ana")).extracting(Note::content).anyMatch(content -> content.contains("Lisbon"));
    }

    @Test
    void interactionIsErasedWithTheNoteThatItsDataQuotes() {
        memory.notes().create(NoteDraft.of("fact", "the keeper is a zorbaxel").withId("quoted"));
        memory.notes().create(NoteDraft.of("fact", "the sea rises").withId("other"));
        List<String> sources = List.of("quoted", "other");
        InteractionDraft draft = InteractionDraft.of("elaboration", "ana");
        memory.interactions()
                .record(draft.withId("a").withData(Map.of("explanation", "a zorbaxel")), Optional.empty(), sources);
        memory.interactions()
                .record(draft.withId("b").withData(Map.of("explanation", "the sea")), Optional.empty(), sources);
        memory.notes().delete("quoted");
        assertThat(memory.interactions().get("a")).isEmpty();
        assertThat(memory.interactions().get("b")).isPresent();
    }

    @Test
    void mergedNoteThatACallerWroteInPartIsErasedWithItsOtherPartWhichIsInForceAgain() throws Exception {
        Message first = say("ana", "I have the dog Rex at home in Zorbaxel.");
        Message second = say("ana", "I have the dog Rex.");
        memory.notes()
                .create(NoteDraft.of("fact", "ana has the dog Rex at home in Zorbaxel")
                        .withId("n1")
                        .withUser("ana")
                        .withProvenance(List.of(first.id())));
        memory.notes()
                .create(NoteDraft.of("fact", "ana has the dog Rex").withId("n2").withUser("ana"));
        // A message confirms what the caller wrote.
        memory.notes().update("n2", note -> note.body().withProvenance(List.of(second.id())));
        assertThat(memory.consolidations().consolidate(Optional.of("ana"))).isPresent();
        assertThat(notes("ana"))
                .singleElement()
                .satisfies(note -> assertThat(note.content()).contains("Zorbaxel"));

        memory.deleteMessage(first.id());
        memory.runMaintenance();

        assertThat(notes("ana")).extracting(Note::id).containsExactly("n2");
        assertThat(memory.notes().get("n2").orElseThrow().supersededBy()).isEmpty();
        assertThat(memory.recall("dog Rex").hits()).anyMatch(hit -> hit.id().equals("n2"));
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
        assertThat(memory.verify().problems()).isEmpty();
    }

    @Test
    void noteIsInForceAgainWithItsValidityWhenItsSuccessorIsErased() throws Exception {
        recordAndReflect(say("ana", "I live in Lisbon."));
        Message moved = say("ana", "I moved to Porto.");
        recordAndReflect(moved);
        memory.deleteMessage(moved.id());
        assertThat(notes("ana")).singleElement().satisfies(note -> {
            assertThat(note.content()).contains("Lisbon");
            assertThat(note.body().validTo()).isEmpty();
        });
    }

    @Test
    void noteIsSupersededByTheSuccessorOfAnErasedNote() {
        memory.notes().create(NoteDraft.of("fact", "the sea is calm").withId("a"));
        memory.notes().supersede("a", NoteDraft.of("fact", "the sea is rough").withId("b"));
        memory.notes()
                .supersede("b", NoteDraft.of("fact", "the sea is calm again").withId("c"));
        memory.notes().delete("b");
        assertThat(memory.notes().get("a").orElseThrow().supersededBy()).contains("c");
        memory.notes().delete("c");
        assertThat(memory.notes().get("a").orElseThrow().supersededBy()).isEmpty();
    }
}
