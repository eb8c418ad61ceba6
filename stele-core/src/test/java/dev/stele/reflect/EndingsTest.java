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
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I work at Acme. I left it last year. | ana works at Acme. | ana left Acme in 2025.",
                "I work at Acme. I no longer work there. | ana works at Acme. | ana no longer works at Acme.",
                "I live in Cork. It's Galway now. | ana lives in Cork. | ana lives in Galway now.",
                "I live in Cork. Now it's Galway. | ana lives in Cork. | ana lives in Galway now.",
                "I live in Cork. I don't live there anymore. | ana lives in Cork. | ana does not live in Cork anymore.",
                "I work at Acme. It's Globex these days. | ana works at Acme. | ana works at Globex now.",
                "I study at MIT. I dropped out of it last year. | ana studies at MIT. | ana dropped out of MIT in 2025.",
                "I play the violin. I gave it up in March. | ana plays the violin. | ana gave the violin up in March.",
                "I drink coffee. I've given it up completely. | ana drinks coffee. | ana has given coffee up completely.",
                "I drive an old Volvo. I sold it two years ago. | ana drives an old Volvo. | ana sold their old Volvo around 2024.",
                "I keep chickens. We sold them in May. | ana keeps chickens. | ana sold chickens in May.",
                "I own a Vespa. It was stolen last year. | ana owns a Vespa. | ana's Vespa was stolen in 2025.",
                "I have a cat named Tom. It died last year. | ana has a cat named Tom. | ana's cat named Tom died in 2025.",
                "My favorite restaurant is Noma. It's Geranium now. | ana's favorite restaurant is Noma. | ana's favorite restaurant is Geranium now.",
            })
    void aPronounEndsTheStatementOfTheSentenceBefore(String turn, String over, String note) throws Exception {
        Known known = told(stele, turn);
        assertThat(known.ended()).containsExactly(over);
        assertThat(known.current()).containsExactly(note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I work at Acme. I left it on the table. | ana works at Acme.",
                "I work at Acme. I left it at home this morning. | ana works at Acme.",
                "I work at Acme. It's Christmas now. | ana works at Acme.",
                "I work at Acme. Did you know? I left it last year. | ana works at Acme.",
                "I work at Acme. The weather is nice. I left it last year. | ana works at Acme.",
                "I work at Acme. I no longer like it there. | ana works at Acme.",
                "I live in Cork. It's raining now. | ana lives in Cork.",
                "I live in Cork. It's late now. | ana lives in Cork.",
                "I live in Cork. It's over now. | ana lives in Cork.",
                "I live in Cork. It was sold out last week. | ana lives in Cork.",
                "I live in Cork. I haven't been there in years. | ana lives in Cork.",
                "I live in Cork. My brother said: I left it last year. | ana lives in Cork.",
                "I own a Vespa. I left it in the garage. | ana owns a Vespa.",
                "I own a Vespa. I might sell it next year. | ana owns a Vespa.",
                "I own a Vespa. Should I have sold it last year? | ana owns a Vespa.",
                "I play the violin. I left it at home. | ana plays the violin.",
                "My favorite restaurant is Noma. It's closed now. | ana's favorite restaurant is Noma.",
                "My brother lives in Cork. It's Galway now. | ana's brother lives in Cork.",
                "I'm 34. It's 35 now. | ana is 34.",
                "I'm a nurse. I left it last year. | ana is a nurse.",
                "I work at Acme and live in Cork. I left it last year. | ana works at Acme.",
            })
    void aPronounThatMayMeanSomethingElseEndsNothing(String turn, String note) throws Exception {
        Known known = told(stele, turn);
        assertThat(known.current()).contains(note);
        assertThat(known.ended()).isEmpty();
    }

    /** In another turn the pronoun may mean something that was said in between. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I work at Acme. // I left it last year. | ana works at Acme. | ana left Acme in 2025.",
                "I work at Acme. // I no longer work there. | ana works at Acme. | ana no longer works at Acme.",
                "I work at Acme. // It's Globex now. | ana works at Acme. | ana works at Globex now.",
                "I live in Cork. // It's Galway now. | ana lives in Cork. | ana lives in Galway now.",
                "I live in Cork. // I don't live there anymore. | ana lives in Cork. | ana does not live in Cork anymore.",
                "I play the violin. // I gave it up in March. | ana plays the violin. | ana gave the violin up in March.",
                "I own a Vespa. // I sold it last year. | ana owns a Vespa. | ana sold their Vespa in 2025.",
                "I drink coffee. // I gave it up last year. | ana drinks coffee. | ana gave coffee up in 2025.",
            })
    void aPronounInALaterTurnIsReviewed(String turns, String before, String note) throws Exception {
        Known known = told(stele, turns);
        assertThat(known.current()).containsExactlyInAnyOrder(before, note);
        assertThat(known.ended()).isEmpty();
        assertThat(stele.agent("agent-" + agents)
                        .notes()
                        .list(NoteFilter.builder().user("ana").tag("review").build(), 10, Optional.empty())
                        .items())
                .singleElement()
                .satisfies(review -> {
                    assertThat(review.content()).isEqualTo(note);
                    assertThat(review.body().confidence()).isEqualTo(0.5);
                    assertThat(review.body().metadata()).containsKey("contradicts");
                });
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I drove from Porto to Faro. | I drove from Faro to Porto. | ana drove from Porto to Faro. | ana drove from Faro to Porto.",
                "I walked from the station to the harbor. | I walked from the harbor to the station. | ana walked from the station to the harbor. | ana walked from the harbor to the station.",
                "I switched from Spotify to Tidal. | I switched from Tidal to Spotify. | ana switched from Spotify to Tidal. | ana switched from Tidal to Spotify.",
                "I translate from Polish to Dutch. | I translate from Dutch to Polish. | ana translates from Polish to Dutch. | ana translates from Dutch to Polish.",
                "My sister taught me to swim. | I taught my sister to swim. | ana's sister taught ana to swim. | ana taught their sister to swim.",
                "Bo lent me his tent. | I lent Bo my tent. | Bo lent ana his tent. | ana lent Bo their tent.",
                "I sold my bike to Ines. | Ines sold her bike to me. | ana sold their bike to Ines. | Ines sold her bike to ana.",
                "I borrowed a drill from Otto. | Otto borrowed a drill from me. | ana borrowed a drill from Otto. | Otto borrowed a drill from ana.",
                "I work for my uncle. | My uncle works for me. | ana works for their uncle. | ana's uncle works for ana.",
                "I'm taller than my brother. | My brother is taller than me. | ana is taller than their brother. | ana's brother is taller than ana.",
                "Marta introduced me to Jon. | I introduced Marta to Jon. | Marta introduced ana to Jon. | ana introduced Marta to Jon.",
                "I prefer tea over coffee. | I prefer coffee over tea. | ana prefers tea over coffee. | ana prefers coffee over tea.",
                "I owe my cousin 50 euros. | My cousin owes me 50 euros. | ana owes their cousin 50 euros. | ana's cousin owes ana 50 euros.",
            })
    void oppositeDirectionsAreTwoNotes(String one, String opposite, String first, String second) throws Exception {
        assertThat(told(stele, one + " // " + opposite).current()).containsExactlyInAnyOrder(first, second);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "works_at | Acme | I work at Acme. // I left Acme.",
                "works_at | Acme | I work at Acme. // I no longer work at Acme.",
                "works_at | Acme | I work at Acme. // I switched from Acme to Globex.",
                "works_at | Acme | I work at Acme. I left it last year.",
                "lives_in | Lisbon | I live in Lisbon. // I don't live in Lisbon anymore.",
                "lives_in | Lisbon | I live in Lisbon. // I moved from Lisbon to Porto.",
                "lives_in | Lisbon | I live in Lisbon. I moved to Porto.",
                "lives_in | Lisbon | I live in Lisbon. It's Porto now.",
                "likes | coffee | I like coffee. // I no longer like coffee.",
            })
    void theRelationInTheGraphEndsWithTheNote(String type, String object, String turns) throws Exception {
        told(stele, turns);
        assertThat(relations(true)).doesNotContain(type + " " + object);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I work at Siemens as an electrician. | works_at Siemens",
                "I work for Novo Nordisk as a chemist in Odense. | works_at Novo Nordisk",
                "I work at Globex with my cousin. | works_at Globex",
                "I live in Ghent with my wife. | lives_in Ghent",
                "I live in Porto near the river. | lives_in Porto",
                "I moved to Bergen because of the rain. | lives_in Bergen",
                "I love jazz and hate getting up early. | likes jazz ; dislikes getting up early",
                "I live in Turin and work at Fiat. | lives_in Turin ; works_at Fiat",
                "I live in a flat. | ",
                "I live in fear of spiders. | ",
                "I moved to Linux last year. | ",
                "I moved on from Java. | ",
                "I work in Lisbon. | ",
                "I work at night. | ",
                "My sister moved to Rome. | ",
            })
    void theGraphHasTheNamesAloneAndNoOtherPlaces(String turn, String expected) throws Exception {
        told(stele, turn);
        assertThat(relations(false))
                .containsExactlyInAnyOrder(expected == null ? new String[0] : expected.split(" ; ", -1));
    }

    /** Returns the relations of the user, as type and object, or only those without an end. */
    private static List<String> relations(boolean onlyCurrent) {
        AgentMemory agent = stele.agent("agent-" + agents);
        try {
            return agent.graph().get("ana", Optional.empty()).relations().stream()
                    .filter(relation -> !onlyCurrent || relation.validTo().isEmpty())
                    .map(relation -> relation.type() + " " + relation.to().name())
                    .toList();
        } catch (NotFoundException e) {
            return List.of(); // nothing was written to the graph
        }
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

    /** The data of an interaction about a document hold words of the document and of the model that explained it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "elaboration | pilots.md | Harbor pilots live in Porto | document",
                "elaboration | pilots.md | live in Porto | document",
                "elaboration | pilots.md | You live in Porto | assistant",
                "elaboration | pilots.md | like the pilots | assistant",
                "lesson_completion | pilots.md | Harbor pilots | document",
                "feedback | pilots.md | You live in | assistant",
                "quiz_result | | Harbor pilots live in Porto | data",
                "assessment | | You live in Porto | data",
            })
    void whatOnlyADocumentSaysIsMarkedAndEndsNothing(String type, String document, String evidence, String source)
            throws Exception {
        var reply = new AtomicReference<>("no JSON at all");
        try (Stele learning = Stele.open(
                Stores.at(data.resolve("documents-" + ++agents)),
                SteleModels.offline(Optional.of(new WordEmbedder()))
                        .withReflector(new ModelExtractor(model(reply), new RuleExtractor())))) {
            AgentMemory agent = learning.agent("kira");
            say(agent, "I live in Lisbon.", START);
            List<String> before = contents(agent);
            reply.set(note("ana lives in Porto", evidence, "lives_in", "Porto"));
            var words = new HashMap<String, Object>(Map.of(
                    "selected_text", "Harbor pilots live in Porto.",
                    "explanation", "You live in Porto, like the pilots."));
            if (document != null) {
                words.put("document", document);
            }
            agent.interactions().record(InteractionDraft.of(type, "ana").withData(words));
            assertThat(agent.reflect()).isZero();

            assertThat(contents(agent)).containsAll(before);
            assertThat(agent.notes()
                            .list(NoteFilter.builder().source(source).build(), 100, Optional.empty())
                            .items())
                    .singleElement()
                    .satisfies(note -> {
                        assertThat(note.content()).isEqualTo("ana lives in Porto");
                        assertThat(note.body().metadata()).containsEntry("source", source);
                        assertThat(note.body().confidence()).isLessThanOrEqualTo(source.equals("data") ? 0.95 : 0.5);
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
