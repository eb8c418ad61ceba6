package dev.stele.reflect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.extract.ModelExtractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.model.InteractionDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a later sentence ends, and what it must leave in force. Turns are separated by "//", notes by ";". */
@Tag("long")
class EndingsTest {

    private static final Instant START = Instant.parse("2026-05-08T12:00:00Z");

    @TempDir
    static Path data;

    private static Stele stele;
    private static int agents;

    @BeforeAll
    static void open() {
        stele = Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder())).withReflector(new RuleExtractor()));
    }

    @AfterAll
    static void close() {
        stele.close();
    }

    private record Known(List<String> current, List<String> ended) {}

    private static Known told(Stele memory, String turns) throws InterruptedException {
        AgentMemory agent = memory.agent("agent-" + ++agents);
        Instant at = START;
        for (String turn : turns.split("//", -1)) {
            at = at.plus(Duration.ofDays(1));
            agent.recordInteraction(
                    "ana",
                    List.of(MessageDraft.user("s", "ana", turn.strip()).withAt(at)),
                    Optional.of(InteractionDraft.of("chat", "ana").withSession("s")),
                    Optional.empty());
        }
        assertThat(agent.reflect()).isZero();
        List<Note> notes = agent.notes()
                .list(NoteFilter.builder().user("ana").superseded(true).build(), 100, Optional.empty())
                .items();
        return new Known(
                notes.stream()
                        .filter(note -> note.supersededBy().isEmpty()
                                && note.body().validTo().isEmpty())
                        .map(Note::content)
                        .toList(),
                notes.stream()
                        .filter(note -> note.supersededBy().isPresent()
                                || note.body().validTo().isPresent())
                        .map(Note::content)
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I live in Lisbon. // I live in a flat. | ana lives in Lisbon.",
                "I live in Lisbon. // We moved to Linux last year. | ana lives in Lisbon.",
                "I live in Lisbon. // I moved to Slack. | ana lives in Lisbon.",
                "I live in Lisbon. // I live in fear of spiders. | ana lives in Lisbon.",
                "I work at Acme. // I work in Lisbon. | ana works at Acme.",
                "I work at Acme. // I work at night. | ana works at Acme.",
                "I work at Acme. // I'm working at home today. | ana works at Acme.",
                "I'm a nurse. // I'm a slow reader. | ana is a nurse.",
                "I'm a nurse. // I'm a big fan of jazz. | ana is a nurse.",
                "My birthday is May 12. // My birthday is coming up soon. | ana's birthday is on May 12.",
                "My favorite restaurant is Noma. // My favorite restaurant is closed on Mondays. | ana's favorite restaurant is Noma.",
                "My son is called Max. // My son is called Leo. | ana's son is called Max.",
                "I have a cat called Tom. // I have a headache. | ana has a cat called Tom.",
                "I speak Polish. // I speak some Czech too. | ana speaks Polish.",
                "I play the cello. // I sold my old car. | ana plays the cello.",
                "I live in Lisbon. // My sister moved to Rome. | ana lives in Lisbon.",
                "I'm a member of the tennis club. // I left the chess club. | ana is a member of the tennis club.",
                "I work at Acme. // I left work early today. | ana works at Acme.",
                "I live in Ghent. // I left Ghent at seven and was in Paris by nine. | ana lives in Ghent.",
                "I drink coffee. // I don't drink coffee after four. | ana drinks coffee.",
                "I have a tortoise named Plato. // We lost Plato for an hour but found him. | ana has a tortoise named Plato.",
                "My dog Pepper loves the beach. // My aunt's dog died. | ana's dog Pepper loves the beach.",
                "I'm single. // I saw a film about otters. | ana is single.",
                "I work at Acme. // I let my friend choose the film. | ana works at Acme.",
                "I work at Acme. // I fired my cleaner. | ana works at Acme.",
                "I live in Nice. // I nearly moved to Chile. | ana lives in Nice.",
                "I have a cat named Miso. // I have a cat named Tofu. | ana has a cat named Miso.",
                "Ich wohne in Bremen. // Ich wohne in Untermiete. | ana wohnt in Bremen.",
                "Ich wohne in Bremen. // Meine Schwester wohnt in Kiel. | ana wohnt in Bremen.",
                "Ich arbeite bei Bosch. // Ich arbeite in Kiel. | ana arbeitet bei Bosch.",
                "Ich mag Kaffee. // Ich mag keinen Tee mehr. | ana mag Kaffee.",
                "Mein Sohn heißt Max. // Mein Sohn heißt Leo. | Der Sohn von ana heißt Max.",
                "Vivo en Sevilla. // Vivo en paz. | ana vive en Sevilla.",
                "Vivo en Sevilla. // Me mudé a Linux. | ana vive en Sevilla.",
                "Vivo en Sevilla. // Mi hermano vive en Lima. | ana vive en Sevilla.",
                "Me gusta el café. // Ya no me gusta el té. | A ana le gusta el café.",
                "Hablo francés. // Hablo también portugués. | ana habla francés.",
            })
    void aFactThatStillHoldsIsKept(String turns, String note) throws Exception {
        assertThat(told(stele, turns).current()).contains(note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I like coffee. // I no longer like coffee. | ana likes coffee.",
                "I like coffee. // I can't stand coffee. | ana likes coffee.",
                "I love opera. // I loathe opera. | ana loves opera.",
                "I love jazz. // I never liked jazz. | ana loves jazz.",
                "I eat meat. // I stopped eating meat. | ana eats meat.",
                "I live in Lisbon. // I don't live in Lisbon anymore. | ana lives in Lisbon.",
                "I live in Porto. // I moved from Porto to Lisbon. | ana lives in Porto.",
                "I live in Porto. // My new home is Lisbon. | ana lives in Porto.",
                "I work at Acme. // I no longer work at Acme. | ana works at Acme.",
                "I work at Acme. // I switched from Acme to Globex. | ana works at Acme.",
                "I work at Acme. // I left Acme. | ana works at Acme.",
                "I'm a vegetarian. // I'm not a vegetarian anymore. | ana is a vegetarian.",
                "I have a cat named Whiskers. // Whiskers died last night. | ana has a cat named Whiskers.",
                "I drive an old Volvo. // I sold the Volvo. | ana drives an old Volvo.",
                "My brother Tom lives in Perth. // Tom moved to Leeds. | ana's brother Tom lives in Perth.",
                "I play the violin. // I gave up the violin. | ana plays the violin.",
                "I'm dating Tom. // Tom and I broke up. | ana is dating Tom.",
                "My exam is on Tuesday. // Sorry, I meant Thursday. | ana's exam is on Tuesday.",
                "I run every morning. // I used to run every morning. | ana runs every morning.",
                "I keep chickens. // We no longer keep chickens, a fox got them. | ana keeps chickens.",
                "I collect stamps. // I sold my whole stamp collection. | ana collects stamps.",
                "I own a Vespa. // My Vespa was stolen from the courtyard. | ana owns a Vespa.",
                "I have braces. // I got my braces off this morning. | ana has braces.",
                "I take blood thinners. // My doctor took me off the blood thinners. | ana takes blood thinners.",
                "I drink two beers a night. // I haven't touched alcohol since May. | ana drinks two beers a night.",
                "I eat meat every day. // I've become a vegetarian. | ana eats meat every day.",
                "I'm single. // I'm seeing someone, her name is Birgit. | ana is single.",
                "I have a gym membership. // My gym membership ran out. | ana has a gym membership.",
                "I'm unemployed at the moment. // I found a job at a garden center. | ana is unemployed at the moment.",
                "My sister lives in Nantes. // Sorry, I meant Rennes, not Nantes. | ana's sister lives in Nantes.",
                "I live in New York. // Sorry, I meant San Diego. | ana lives in New York.",
                "Ich wohne in Hamburg. // Ich bin von Hamburg nach Leipzig gezogen. | ana wohnt in Hamburg.",
                "Ich wohne in Bremen. // Ich wohne nicht mehr in Bremen. | ana wohnt in Bremen.",
                "Ich arbeite bei Bosch. // Ich habe bei Bosch gekündigt. | ana arbeitet bei Bosch.",
                "Ich mag Kaffee. // Ich mag keinen Kaffee mehr. | ana mag Kaffee.",
                "Ich bin Vegetarierin. // Ich bin keine Vegetarierin mehr. | ana ist Vegetarierin.",
                "I live in Lisbon. // Ich bin nach Köln gezogen. | ana lives in Lisbon.",
                "Vivo en Madrid. // Me mudé de Madrid a Bilbao. | ana vive en Madrid.",
                "Vivo en Sevilla. // Ya no vivo en Sevilla. | ana vive en Sevilla.",
                "Trabajo en Iberia. // Ya no trabajo en Iberia. | ana trabaja en Iberia.",
                "Me gusta el café. // Ya no me gusta el café. | A ana le gusta el café.",
                "Soy vegetariana. // Ya no soy vegetariana. | ana es vegetariana.",
                "I have three nephews. // Wait, four nephews, I forgot the baby. | ana has three nephews.",
            })
    void aFactThatTheUserSaysIsOverEnds(String turns, String note) throws Exception {
        Known known = told(stele, turns);
        assertThat(known.ended()).contains(note);
        assertThat(known.current()).doesNotContain(note).isNotEmpty();
    }

    @Test
    void notesAreFilteredByTheirSource() throws Exception {
        told(stele, "I work at Acme. // My doctor says I need glasses.");
        AgentMemory agent = stele.agent("agent-" + agents);
        assertThat(agent.notes()
                        .list(NoteFilter.builder().source("user").build(), 10, Optional.empty())
                        .items())
                .extracting(Note::content)
                .containsExactly("ana works at Acme.");
        assertThat(agent.notes()
                        .list(NoteFilter.builder().source("model").build(), 10, Optional.empty())
                        .items())
                .isEmpty();
    }

    @Test
    void oppositeDirectionsAreTwoNotes() throws Exception {
        assertThat(told(stele, "I drove from Porto to Faro. // I drove from Faro to Porto.")
                        .current())
                .containsExactlyInAnyOrder("ana drove from Porto to Faro.", "ana drove from Faro to Porto.");
    }

    @Test
    void theRelationInTheGraphEndsWithTheNote() throws Exception {
        told(stele, "I work at Acme. // I left Acme.");
        AgentMemory agent = stele.agent("agent-" + agents);
        assertThat(agent.graph().get("ana", Optional.empty()).relations())
                .filteredOn(relation -> relation.type().equals("works_at"))
                .isNotEmpty()
                .allSatisfy(relation -> assertThat(relation.validTo()).isPresent());
    }

    /** A model that replies with what the test says; the same instance serves all calls. */
    private static LanguageModel model(AtomicReference<String> reply) {
        return new LanguageModel() {
            @Override
            public String name() {
                return "careless";
            }

            @Override
            public Reply ask(Prompt prompt, Consumer<String> delta) {
                return new Reply(reply.get(), name(), 1, 1);
            }
        };
    }

    private static String note(String content, String evidence, String slot, String value) {
        return "{\"notes\":[{\"content\":\"%s\",\"category\":\"fact\",\"evidence\":[\"%s\"],\"confidence\":0.95,\"importance\":0.8,\"slot\":\"%s\",\"value\":\"%s\"}],\"entities\":[]}"
                .formatted(content, evidence, slot, value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I live in Lisbon. | I live in a flat. | lives_in | flat",
                "I live in Lisbon. | We moved to Linux last year. | lives_in | Linux",
                "I live in Lisbon. | I was in Rome for a week. | lives_in | Rome",
                "I live in Lisbon. | My sister lives in Rome. | lives_in | Rome",
                "I work at Acme. | I work in Lisbon. | works_at | Lisbon",
                "I work at Acme. | I work at night. | works_at | night",
                "I'm a nurse. | I'm a slow reader. | occupation | slow reader",
                "I live in Lisbon. | The weather is great today. | lives_in | Mars",
                "I live in Lisbon. | Ich wohne in Untermiete. | lives_in | Untermiete",
                "I work at Acme. | Trabajo en Madrid. | works_at | Madrid",
            })
    void aCarelessModelEndsNoFactThatStillHolds(String first, String second, String slot, String value)
            throws Exception {
        Path directory = data.resolve("model-" + ++agents);
        var reply = new AtomicReference<>("no JSON at all");
        try (Stele learning = Stele.open(
                Stores.at(directory),
                SteleModels.offline(Optional.of(new WordEmbedder()))
                        .withReflector(new ModelExtractor(model(reply), new RuleExtractor())))) {
            AgentMemory agent = learning.agent("kira");
            say(agent, first, START);
            List<String> before = contents(agent);
            assertThat(before).hasSize(1);
            reply.set(note("ana " + value, second, slot, value));
            say(agent, second, START.plusSeconds(60));
            assertThat(contents(agent)).containsAll(before);
            // The same model, once it is right, ends the fact.
            String moved = first.contains("live")
                    ? "I moved to Porto."
                    : first.contains("work") ? "I work at Globex now." : "I am a teacher now.";
            String answer = first.contains("live") ? "Porto" : first.contains("work") ? "Globex" : "teacher";
            reply.set(note("ana is at " + answer, moved, slot, answer));
            say(agent, moved, START.plusSeconds(120));
            assertThat(contents(agent)).doesNotContainAnyElementsOf(before).contains("ana is at " + answer);
        }
    }

    @Test
    void whatOnlyTheAssistantClaimedIsMarkedAndEndsNothing() throws Exception {
        var reply = new AtomicReference<>("no JSON at all");
        try (Stele learning = Stele.open(
                Stores.at(data.resolve("claims")),
                SteleModels.offline(Optional.of(new WordEmbedder()))
                        .withReflector(new ModelExtractor(model(reply), new RuleExtractor())))) {
            AgentMemory agent = learning.agent("kira");
            say(agent, "I live in Lisbon.", START);
            List<String> before = contents(agent);
            reply.set(note("ana lives in Porto", "You live in Porto", "lives_in", "Porto"));
            agent.recordInteraction(
                    "ana",
                    List.of(
                            MessageDraft.user("s", "ana", "Any tips for the weekend?")
                                    .withAt(START.plusSeconds(60)),
                            MessageDraft.assistant("s", "You live in Porto, so walk along the river.")
                                    .withAt(START.plusSeconds(61))),
                    Optional.of(InteractionDraft.of("chat", "ana").withSession("s")),
                    Optional.empty());
            assertThat(agent.reflect()).isZero();
            assertThat(contents(agent)).containsAll(before);
            assertThat(agent.notes().list(NoteFilter.ALL, 100, Optional.empty()).items())
                    .filteredOn(note -> note.content().contains("Porto"))
                    .singleElement()
                    .satisfies(note -> {
                        assertThat(note.body().metadata()).containsEntry("source", "assistant");
                        assertThat(note.body().confidence()).isLessThanOrEqualTo(0.5);
                    });
        }
    }

    private static void say(AgentMemory agent, String text, Instant at) throws InterruptedException {
        agent.recordInteraction(
                "ana",
                List.of(MessageDraft.user("s", "ana", text).withAt(at)),
                Optional.of(InteractionDraft.of("chat", "ana").withSession("s")),
                Optional.empty());
        assertThat(agent.reflect()).isZero();
    }

    private static List<String> contents(AgentMemory agent) {
        return agent.notes().list(NoteFilter.ALL, 100, Optional.empty()).items().stream()
                .filter(note -> note.body().validTo().isEmpty())
                .map(Note::content)
                .toList();
    }
}
