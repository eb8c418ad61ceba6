package dev.stele.reflect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.ReflectionPolicy;
import dev.stele.config.SteleModels;
import dev.stele.extract.ExtractionInput;
import dev.stele.extract.Extractor;
import dev.stele.extract.Proposal;
import dev.stele.extract.Proposals;
import dev.stele.extract.RuleExtractor;
import dev.stele.model.AgentName;
import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionResult;
import dev.stele.model.InteractionState;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Role;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.support.ReflectionProcess;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory agent: nothing lost, nothing twice, the newest of two answers in force. */
class ReflectionTest {

    private static final Instant MAY = Instant.parse("2026-05-08T12:00:00Z");

    @TempDir
    Path data;

    private Stele open(Extractor reflector) {
        return Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(reflector));
    }

    private Stele open() {
        return open(new RuleExtractor());
    }

    private static Interaction say(AgentMemory agent, String user, String text, Instant at) {
        InteractionResult interacted = agent.recordInteraction(
                user,
                List.of(MessageDraft.user("s-" + user, user, text).withAt(at)),
                Optional.of(InteractionDraft.of("chat", user).withSession("s-" + user)),
                Optional.empty());
        return interacted.interaction().orElseThrow();
    }

    private static List<Note> notes(AgentMemory agent, String user, boolean superseded) {
        return agent
                .notes()
                .list(NoteFilter.builder().user(user).superseded(superseded).build(), 1000, Optional.empty())
                .items()
                .stream()
                .filter(note -> !note.category().equals(Note.SUMMARY))
                .toList();
    }

    private static List<String> contents(AgentMemory agent, String user) {
        return notes(agent, user, false).stream().map(Note::content).toList();
    }

    @Test
    void newResidenceSupersedesTheFormerOneInNotesAndGraph() throws Exception {
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent("kira");
            say(kira, "ana", "I live in Lisbon.", MAY);
            say(kira, "ana", "I moved to Porto last week!", MAY.plus(Duration.ofDays(40)));
            assertThat(kira.reflect()).isZero();

            assertThat(contents(kira, "ana")).containsExactly("ana moved to Porto in the week of 8 June 2026.");
            Note former = notes(kira, "ana", true).stream()
                    .filter(note -> note.content().equals("ana lives in Lisbon."))
                    .findFirst()
                    .orElseThrow();
            Note now = notes(kira, "ana", false).getFirst();
            assertThat(former.supersededBy()).contains(now.id());
            assertThat(former.body().validFrom()).contains(MAY);
            assertThat(former.body().validTo()).contains(MAY.plus(Duration.ofDays(40)));
            assertThat(now.body().evidence()).containsExactly("I moved to Porto last week!");
            List<String> provenance = now.body().provenance();
            assertThat(provenance).hasSize(1);
            assertThat(kira.message(provenance.getFirst()).orElseThrow().content())
                    .contains("Porto");

            // The graph says the same, in both times.
            assertThat(kira.graph().get("ana", Optional.empty()).relations())
                    .filteredOn(relation -> relation.type().equals("lives_in"))
                    .extracting(
                            relation -> relation.to().name(),
                            relation -> relation.validTo().isPresent())
                    .containsExactlyInAnyOrder(tuple("Lisbon", true), tuple("Porto", false));
            assertThat(kira.recall("Where does ana live?").hits())
                    .extracting(Hit::content)
                    .noneMatch("ana lives in Lisbon."::equals);
        }
    }

    @Test
    void laterStatementAboutAnEarlierTimeDoesNotReplaceANewerFact() throws Exception {
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent("kira");
            say(kira, "ana", "I live in Porto.", MAY);
            say(kira, "ana", "I live in Lisbon.", MAY.minus(Duration.ofDays(400)));
            kira.reflect();
            List<Note> all = notes(kira, "ana", true);
            assertThat(all).hasSize(2);
            Note lisbon = all.stream()
                    .filter(note -> note.content().contains("Lisbon"))
                    .findFirst()
                    .orElseThrow();
            assertThat(lisbon.body().validTo()).contains(MAY);
        }
    }

    @Test
    void interactionWithoutAUserIsExtractedAgainstTheNotesOfNoUser() throws Exception {
        var known = new ArrayList<List<String>>();
        Extractor noting = material -> {
            known.add(material.known().stream().map(Note::content).toList());
            return new RuleExtractor().propose(material);
        };
        try (Stele stele = open(noting)) {
            AgentMemory kira = stele.agent("kira");
            kira.notes().create(NoteDraft.of("fact", "The office opens at nine."));
            say(kira, "ana", "My sister lives in Nantes.", MAY);
            kira.reflect();
            Message said = kira.remember(MessageDraft.of("s", Role.USER, "Sorry, I meant Rennes, not Nantes."));
            kira.interactions()
                    .record(InteractionDraft.fromJson(
                            JsonObject.of("interaction", Map.of("type", "chat", "messages", List.of(said.id())))));
            kira.reflect();
            assertThat(known.getLast()).containsExactly("The office opens at nine.");
            assertThat(contents(kira, "ana")).containsExactly("ana's sister lives in Nantes.");
            assertThat(kira.notes()
                            .list(NoteFilter.ofUser(Optional.empty()), 10, Optional.empty())
                            .items())
                    .extracting(Note::content)
                    .containsExactly("The office opens at nine.");
        }
    }

    @Test
    void concurrentInteractionsOfOneUserAreAllProcessedInOrder() throws Exception {
        int count = 40;
        var order = Collections.synchronizedList(new ArrayList<String>());
        Extractor noting = material -> {
            order.add(material.interaction().id());
            return new RuleExtractor().propose(material);
        };
        try (Stele stele = open(noting)) {
            AgentMemory kira = stele.agent("kira");
            // The first ones at once, too: one profile, and all interactions.
            Threads.atOnce(
                    count, i -> () -> say(kira, "ana", "I visited the museum number" + i + " of Town" + i + ".", MAY));
            stele.startLearning();
            assertThat(kira.reflect()).isZero();

            assertThat(contents(kira, "ana")).hasSize(count);
            assertThat(kira.users().get("ana").orElseThrow().conversations()).isEqualTo(count);
            assertThat(kira.interactions()
                            .list(Optional.of("ana"), Optional.of(InteractionState.PROCESSED), 100, Optional.empty())
                            .items())
                    .hasSize(count);
            List<String> recorded = kira
                    .interactions()
                    .list(Optional.of("ana"), Optional.empty(), 100, Optional.empty())
                    .items()
                    .reversed()
                    .stream()
                    .map(Interaction::id)
                    .toList();
            assertThat(order).containsExactlyElementsOf(recorded);
        }
    }

    @Test
    void moreUsersThanWorkersAreProcessedWithoutBlockingCallers() throws Exception {
        int users = 40;
        var slow = new CountDownLatch(1);
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        Extractor reflector = material -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try {
                slow.await();
                return new RuleExtractor().propose(material);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                inside.decrementAndGet();
            }
        };
        try (Stele stele = open(reflector)) {
            stele.startLearning();
            AgentMemory kira = stele.agent("kira");
            // While the model thinks it holds no connection and no lock: forty more users speak and are answered.
            Threads.atOnce(users, i -> () -> say(kira, "user" + i, "I love painting number" + i + ".", MAY));
            assertThat(kira.recall("painting").hits()).isNotEmpty();
            Awaitility.await().until(() -> inside.get() == ReflectionPolicy.DEFAULT.workers());
            slow.countDown();
            assertThat(kira.reflect()).isZero();
            assertThat(most).hasValue(ReflectionPolicy.DEFAULT.workers());
            for (int i = 0; i < users; i++) {
                assertThat(contents(kira, "user" + i)).hasSize(1);
            }
        }
    }

    /** An error is an attempt like any other failure: nothing is tried for ever, and others go on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void failingInteractionIsRetriedThenFailsAndDoesNotBlockOthers(boolean error) throws Exception {
        var broken = new AtomicInteger(1);
        Extractor reflector = material -> {
            if (material.subject().equals("eve") && broken.get() == 1) {
                if (error) {
                    throw new StackOverflowError("the model is down");
                }
                throw new IllegalStateException("the model is down");
            }
            return new RuleExtractor().propose(material);
        };
        var config = Stores.at(data).withReflection(ReflectionPolicy.DEFAULT.withQueue(100, 2));
        try (Stele stele = Stele.open(
                config, SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(reflector))) {
            AgentMemory kira = stele.agent("kira");
            // A user never met before: what failed for them is kept all the same.
            Interaction poison = say(kira, "eve", "I live in Oslo.", MAY);
            say(kira, "ana", "I live in Lisbon.", MAY);
            assertThat(kira.stats().waiting()).isEqualTo(2);
            assertThat(kira.reflect()).isEqualTo(1);
            assertThat(kira.stats().waiting()).isEqualTo(1);
            Interaction seen = kira.interactions().get(poison.id()).orElseThrow();
            assertThat(seen.state()).isEqualTo(InteractionState.PENDING);
            assertThat(seen.attempts()).isEqualTo(1);
            assertThat(seen.error()).contains("the model is down");
            assertThat(contents(kira, "ana")).hasSize(1);

            Awaitility.await().until(() -> {
                kira.reflect();
                return kira.interactions().get(poison.id()).orElseThrow().state() == InteractionState.FAILED;
            });
            assertThat(kira.stats().waiting()).isZero();
            broken.set(0);
            kira.interactions().retry(poison.id());
            assertThat(kira.reflect()).isZero();
            assertThat(contents(kira, "eve")).containsExactly("eve lives in Oslo.");
        }
    }

    @Test
    void reflectionProceedsDuringALongForegroundRequest() throws Exception {
        try (Stele stele = Stele.open(Stores.at(data), SteleModels.offline(Optional.of(new WordEmbedder())))) {
            AgentMemory kira = stele.agent("kira");
            say(kira, "ana", "I live in Lisbon.", MAY);
            try (var _ = kira.beginForegroundRequest()) {
                assertThat(kira.reflect()).isZero();
            }
            assertThat(contents(kira, "ana")).containsExactly("ana lives in Lisbon.");
        }
    }

    @Test
    void duplicateProposalsAreRejectedRecordedAndReinforceTheNote() throws Exception {
        Extractor twice = material -> new Proposals(
                "test",
                "twice the same",
                List.of(
                        proposal(material, "ana collects old stamps", "interest"),
                        proposal(material, "ana collects old stamps", "interest"),
                        proposal(material, "ana collects old stamps", "behavior"),
                        proposal(material, "   ", "interest")),
                List.of());
        try (Stele stele = open(twice)) {
            AgentMemory kira = stele.agent("kira");
            Interaction first = say(kira, "ana", "hello", MAY);
            kira.reflect();
            List<Note> once = notes(kira, "ana", true);
            assertThat(once).hasSize(1);
            Interaction.Outcome outcome =
                    kira.interactions().get(first.id()).orElseThrow().outcome().orElseThrow();
            assertThat(outcome.added()).containsExactly(once.getFirst().id());
            assertThat(outcome.duplicates())
                    .hasSize(2)
                    .allMatch(one -> one.note().equals(once.getFirst().id()));

            Interaction second = say(kira, "ana", "hello again", MAY.plusSeconds(60));
            kira.reflect();
            assertThat(notes(kira, "ana", true)).hasSize(1);
            Interaction.Outcome again =
                    kira.interactions().get(second.id()).orElseThrow().outcome().orElseThrow();
            assertThat(again.added()).isEmpty();
            assertThat(again.reinforced()).containsExactly(once.getFirst().id());
            Note surer = kira.notes().get(once.getFirst().id()).orElseThrow();
            assertThat(surer.body().confidence())
                    .isGreaterThan(once.getFirst().body().confidence());
            assertThat(surer.body().evidence()).hasSize(2);
        }
    }

    @Test
    void reinforcedNoteIsStillFoundByRecall() throws Exception {
        RecallQuery byMeaning =
                RecallQuery.of("painting").withMode(RecallMode.SEMANTIC).withoutFolding();
        RecallQuery byWords =
                RecallQuery.of("painting").withMode(RecallMode.KEYWORD).withoutFolding();
        List<Hit> followed;
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent("kira");
            say(kira, "ana", "I love painting.", MAY);
            say(kira, "ana", "The ferry leaves at noon.", MAY.plusSeconds(30));
            kira.reflect();
            Note once = notes(kira, "ana", false).getFirst();
            assertThat(kira.recall(byMeaning).hits()).extracting(Hit::id).contains(once.id());
            assertThat(kira.recall(byWords).hits()).extracting(Hit::id).contains(once.id());

            say(kira, "ana", "I love painting.", MAY.plusSeconds(60));
            kira.reflect();
            Note surer = kira.notes().get(once.id()).orElseThrow();
            assertThat(surer.version()).isEqualTo(2);
            assertThat(surer.body().confidence()).isGreaterThan(once.body().confidence());
            assertThat(kira.notes().history(once.id()))
                    .extracting(Note::version)
                    .contains(1L);
            assertThat(kira.changes(0, 100))
                    .extracting(Change::kind)
                    .contains(ChangeKind.NOTE_REINFORCED)
                    .doesNotContain(ChangeKind.NOTE_UPDATED);
            followed = kira.recall(byWords).hits();
            assertThat(followed).extracting(Hit::id).contains(once.id());
            assertThat(kira.recall(byMeaning).hits()).extracting(Hit::id).contains(once.id());
        }
        try (Stele stele = open()) {
            // Whoever did not look before finds the same.
            assertThat(stele.agent("kira").recall(byWords).hits())
                    .usingRecursiveComparison()
                    .isEqualTo(followed);
            assertThat(stele.agent("kira").verify().problems()).isEmpty();
        }
    }

    @Test
    void moreUsersThanOneBatchAreProcessedInOrder() throws Exception {
        int users = 80;
        var order = new ConcurrentHashMap<String, List<String>>();
        Extractor noting = material -> {
            order.computeIfAbsent(
                            material.interaction().draft().user().orElse(""),
                            _ -> Collections.synchronizedList(new ArrayList<>()))
                    .add(material.interaction().id());
            return new Proposals("test", "nothing", List.of(), List.of());
        };
        try (Stele stele = open(noting)) {
            AgentMemory kira = stele.agent("kira");
            var recorded = new HashMap<String, List<String>>();
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i <= users; i++) {
                    // One of them is nobody.
                    Optional<String> user = i == users ? Optional.empty() : Optional.of("user" + i);
                    var draft =
                            new InteractionDraft(Optional.empty(), "quiz", user, Optional.empty(), List.of(), Map.of());
                    recorded.computeIfAbsent(user.orElse(""), _ -> new ArrayList<>())
                            .add(kira.interactions().record(draft).id());
                }
            }
            assertThat(kira.reflect()).isZero();
            assertThat(order).isEqualTo(recorded);
        }
    }

    private static Proposal proposal(ExtractionInput material, String content, String category) {
        return new Proposal(
                content,
                category,
                material.messages().stream().map(message -> message.content()).toList(),
                material.messages().stream().map(message -> message.id()).toList(),
                0.8,
                0.5,
                List.of(),
                material.interaction().createdAt(),
                Optional.empty());
    }

    @Test
    void unknownCategoriesAreKeptAndInvalidCategoriesFailWithTheCause() throws Exception {
        var category = new AtomicReference<>("zodiac");
        Extractor reflector = material ->
                new Proposals("test", "", List.of(proposal(material, "ana is a leo", category.get())), List.of());
        try (Stele stele = Stele.open(
                Stores.at(data).withReflection(ReflectionPolicy.DEFAULT.withQueue(100, 1)),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(reflector))) {
            AgentMemory kira = stele.agent("kira");
            say(kira, "ana", "hi", MAY);
            kira.reflect();
            assertThat(notes(kira, "ana", false)).extracting(Note::category).containsExactly("zodiac");
            category.set("user_id; drop");
            Interaction bad = say(kira, "ana", "hi again", MAY);
            kira.reflect();
            Interaction seen = kira.interactions().get(bad.id()).orElseThrow();
            assertThat(seen.state()).isEqualTo(InteractionState.FAILED);
            assertThat(seen.error()).hasValueSatisfying(why -> assertThat(why).contains("no category"));
        }
    }

    @Test
    void runningReflectionDoesNotRecreateAnErasedUser() throws Exception {
        var thinking = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        Extractor slow = material -> {
            thinking.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new RuleExtractor().propose(material);
        };
        try (Stele stele = open(slow)) {
            stele.startLearning();
            AgentMemory kira = stele.agent("kira");
            say(kira, "ben", "I live in Rome.", MAY);
            Interaction recorded = say(kira, "ana", "I live in Lisbon.", MAY);
            thinking.await();
            kira.users().forget("ana");
            go.countDown();
            kira.reflect();
            assertThat(notes(kira, "ana", true)).isEmpty();
            assertThat(kira.users().get("ana")).isEmpty();
            assertThat(kira.interactions().get(recorded.id())).isEmpty();
            assertThat(kira.changes(0, 1000))
                    .noneMatch(
                            change -> change.ref().filter(recorded.id()::equals).isPresent());
            assertThat(contents(kira, "ben")).hasSize(1);
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    @Test
    void fullReflectionQueueDoesNotBlockMessages() throws Exception {
        var config = Stores.at(data).withReflection(ReflectionPolicy.DEFAULT.withQueue(3, 1));
        try (Stele stele = Stele.open(config, Optional.of(new WordEmbedder()))) {
            AgentMemory kira = stele.agent("kira");
            for (int i = 0; i < 3; i++) {
                kira.interactions().record(InteractionDraft.of("feedback", "ana"));
            }
            assertThatThrownBy(() -> kira.interactions().record(InteractionDraft.of("feedback", "ana")))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("reflect.max-waiting");
            InteractionResult talk = kira.recordInteraction(
                    "ana",
                    List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                    Optional.of(InteractionDraft.of("chat", "ana")),
                    Optional.empty());
            assertThat(talk.messages()).hasSize(1);
            assertThat(talk.interaction()).isEmpty();
            assertThat(kira.reflect()).isZero();
            say(kira, "ana", "I live in Porto.", MAY);
            kira.reflect();
            assertThat(contents(kira, "ana")).hasSize(1);
        }
    }

    @Test
    void interactionsWithoutMessagesYieldNotes() throws Exception {
        try (Stele stele = open()) {
            AgentMemory tutor = stele.agent("tutor");
            tutor.interactions()
                    .record(InteractionDraft.of("quiz_result", "ana")
                            .withData(Map.of("topic", "fractions", "correct", false)));
            tutor.interactions()
                    .record(InteractionDraft.of("rating", "ana").withData(Map.of("item", "Lesson 3", "rating", 5)));
            tutor.interactions()
                    .record(InteractionDraft.of("elaboration", "ana")
                            .withData(Map.of("selected_text", "the derivative of x", "document", "Calculus 1")));
            tutor.interactions().record(InteractionDraft.of("something_else", "ana"));
            assertThat(tutor.reflect()).isZero();
            assertThat(contents(tutor, "ana"))
                    .containsExactlyInAnyOrder(
                            "ana has a gap at fractions.",
                            "ana rated Lesson 3 with 5.",
                            "ana looked closer at “the derivative of x” in Calculus 1.");
            // What was a gap is none any more.
            tutor.interactions()
                    .record(InteractionDraft.of("quiz_result", "ana")
                            .withData(Map.of("topic", "fractions", "correct", true)));
            tutor.reflect();
            assertThat(contents(tutor, "ana"))
                    .contains("ana knows fractions.")
                    .doesNotContain("ana has a gap at fractions.");
        }
    }

    @Test
    void reflectionResumesAfterARestart() throws Exception {
        try (Stele stele = open()) {
            for (int i = 0; i < 20; i++) {
                say(stele.agent("kira"), "user" + i % 3, "I visited Museum" + i + " in Town" + i + ".", MAY);
            }
        }
        try (Stele stele = open()) {
            stele.startLearning(); // finds the agent without being told of it
            AgentMemory kira = stele.agent("kira");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(kira.interactions()
                                    .list(
                                            Optional.empty(),
                                            Optional.of(InteractionState.PENDING),
                                            100,
                                            Optional.empty())
                                    .items())
                            .isEmpty());
            assertThat(notes(kira, "user0", false).size()
                            + notes(kira, "user1", false).size()
                            + notes(kira, "user2", false).size())
                    .isEqualTo(20);
            assertThat(stele.agents()).containsExactly(new AgentName("kira"));
            assertThat(kira.recall(RecallQuery.of("Museum7")).hits()).isNotEmpty();
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    @Tag("long")
    @Test
    void queueIsDrainedAfterKillsWithEachInteractionAppliedOnce() throws Exception {
        var acknowledged = new ArrayList<String>();
        for (int round = 0; round < 3; round++) {
            try (var learner = SecondJvm.start(ReflectionProcess.class, data, "r" + round + "x")) {
                for (int i = 0; i < 25; i++) {
                    acknowledged.add(learner.line());
                }
                learner.kill();
                acknowledged.addAll(learner.lines());
            }
        }
        try (Stele stele = open()) {
            AgentMemory kira = stele.agent("kira");
            assertThat(kira.reflect()).isZero();
            assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(75);
            var added = new ArrayList<String>();
            for (String id : acknowledged) {
                Interaction interaction = kira.interactions().get(id).orElseThrow();
                assertThat(interaction.state()).isEqualTo(InteractionState.PROCESSED);
                added.addAll(interaction.outcome().orElseThrow().added());
            }
            assertThat(added).hasSize(acknowledged.size()).doesNotHaveDuplicates();
            var contents = new ArrayList<String>();
            for (int user = 0; user < 5; user++) {
                contents.addAll(contents(kira, "user" + user));
            }
            // One that was on its way when the process died may have come through unheard.
            assertThat(contents).doesNotHaveDuplicates().hasSizeBetween(added.size(), added.size() + 3);
            assertThat(kira.verify().problems()).isEmpty();
        }
    }
}
