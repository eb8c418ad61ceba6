package dev.stele.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.extract.ModelExtractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Json;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.support.ModelServer;
import dev.stele.support.ModelServer.Script;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A language model that contradicts itself within one reply: nothing that was known is lost, and what is in doubt is
 * kept and reviewed. In the tables "//" separates notes, and "~" the content of a note from its evidence and its slot.
 */
@Tag("long")
class ContradictoryModelTest {

    private static final Instant START = Instant.parse("2026-05-08T12:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    static Path data;

    private static final ModelServer SERVER = new ModelServer();
    private static Stele stele;
    private static int agents;

    @BeforeAll
    static void open() {
        var model = new ChatService(new ChatService.Settings(
                "contradictory", "openai", SERVER.openAiUrl(), "test", "secret", PATIENCE, PATIENCE, 0, 1));
        stele = Stele.open(
                Stores.at(data),
                SteleModels.offline(Optional.of(new WordEmbedder()))
                        .withReflector(new ModelExtractor(model, new RuleExtractor())));
    }

    @AfterAll
    static void close() {
        stele.close();
        SERVER.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // two values of a slot that has one at a time
                "I live in Cork. | I live in Lisbon, I mean I live in Porto. | ana lives in Lisbon~I live in Lisbon~lives_in=Lisbon // ana lives in Porto~I live in Porto~lives_in=Porto",
                "I live in Cork. | We moved to Lisbon and to Porto. | ana lives in Porto~to Porto~lives_in=Porto // ana lives in Lisbon~moved to Lisbon~lives_in=Lisbon",
                "I work at Acme. | I now work for Globex or Initech. | ana works at Globex~Globex or Initech~works_at=Globex // ana works at Initech~Globex or Initech~works_at=Initech",
                "I am 34 years old. | I am 35 or 36 now. | ana is 35~35 or 36~age=35 // ana is 36~35 or 36~age=36",
                // an ending and the same statement again
                "I work at Acme. | I left Acme, or did I? | ana no longer works at Acme~I left Acme~= // ana works at Acme~I left Acme~works_at=Acme",
                "I like coffee. | I no longer like coffee. | ana no longer likes coffee~I no longer like coffee~likes:coffee=no // ana likes coffee~like coffee~likes:coffee=yes",
                "I play the violin. | I gave up the violin. | ana plays the violin~the violin~plays:violin=yes // ana gave up the violin~gave up the violin~=",
                "I live in Cork. | I don't live in Cork anymore. | ana does not live in Cork anymore~live in Cork anymore~= // ana lives in Cork~live in Cork~lives_in=Cork",
            })
    void whatAReplySaysInTwoWaysIsKeptAndReviewed(String before, String turn, String notes) throws Exception {
        AgentMemory agent = stele.agent("agent-" + ++agents);
        List<String> known = known(agent, before);
        List<String> replied = reply(notes, Map.of());
        say(agent, turn, START.plusSeconds(60));

        assertThat(contents(agent)).containsAll(known).containsAll(replied);
        assertThat(current(agent))
                .filteredOn(note -> note.body().tags().contains("review"))
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "replaces | no-such-note",
                "id | ../../etc/passwd",
                "note | 4711",
                "supersedes | *",
                "ends | all",
                "provenance | no-such-message",
                "retire | 1",
                "valid_to | 1970-01-01T00:00:00Z",
                "slot | ",
                "slot | @@::",
            })
    void nonsenseFieldsOfANoteEndNothing(String field, String value) throws Exception {
        AgentMemory agent = stele.agent("agent-" + ++agents);
        List<String> known = known(agent, "I live in Cork.");
        reply("ana likes jazz~I like jazz~=", Map.of(field, value == null ? "" : value, "value", "none"));
        say(agent, "I like jazz.", START.plusSeconds(60));

        assertThat(contents(agent))
                .containsAll(known)
                .contains("ana likes jazz")
                .hasSize(2);
    }

    /** An answer that cannot be read is followed by the same answer to the request for a better one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "null",
                "[1, 2]",
                "{\"notes\":",
                "{\"notes\": 42}",
                "{\"notes\": [1, null, \"x\"]}",
                "{\"notes\": [{}]}",
                "{\"notes\": [{\"content\": \"ana left Cork\", \"evidence\": [\"I left Cork\"]}]}",
                "{\"operations\": [{\"action\": \"retire\", \"note\": 1}]}",
                "<html><body>502 Bad Gateway</body></html>",
                "}{",
            })
    void nonsenseLosesNothing(String answer) throws Exception {
        AgentMemory agent = stele.agent("agent-" + ++agents);
        List<String> known = known(agent, "I live in Cork.");
        SERVER.answering(_ -> Script.of(answer));
        say(agent, "It rained all day.", START.plusSeconds(60));

        assertThat(contents(agent)).containsExactlyElementsOf(known);
    }

    /** Whatever the model makes of a departure, the fact that the user ended ends. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I work at Acme. | I left Acme. | ana left Acme~I left Acme~=",
                "I work at Acme. | I no longer work at Acme. | ana is free~no longer work at Acme~=",
                "I work at Acme. | I switched from Acme to Globex. | ana works at Globex~from Acme to Globex~works_at=Globex",
                "I live in Porto. | I moved from Porto to Lisbon. | ana lives in Lisbon~from Porto to Lisbon~lives_in=Lisbon",
                "I live in Cork. | I don't live in Cork anymore. | ana does not live in Cork anymore~live in Cork anymore~=",
                "I like coffee. | I no longer like coffee. | ana no longer likes coffee~I no longer like coffee~=",
                "I play the violin. | I gave up the violin. | ana gave up the violin~gave up the violin~=",
                "I own a Vespa. | I sold my Vespa. | ana sold the Vespa~sold my Vespa~=",
            })
    void whatTheUserEndsEndsByTheNoteOfTheModel(String before, String turn, String notes) throws Exception {
        AgentMemory agent = stele.agent("agent-" + ++agents);
        List<String> known = known(agent, before);
        List<String> replied = reply(notes, Map.of());
        say(agent, turn, START.plusSeconds(60));

        assertThat(contents(agent)).doesNotContainAnyElementsOf(known).containsAll(replied);
    }

    /** Tells the agent a fact that the grammar reads, because the model is down; returns the notes. */
    private static List<String> known(AgentMemory agent, String fact) throws InterruptedException {
        SERVER.answering(_ -> Script.of("no JSON at all"));
        say(agent, fact, START);
        List<String> known = contents(agent);
        assertThat(known).hasSize(1);
        return known;
    }

    /** Makes the model reply with notes; returns their contents. */
    private static List<String> reply(String notes, Map<String, String> more) {
        var objects = new ArrayList<Map<String, Object>>();
        for (String note : notes.split(" // ", -1)) {
            String[] parts = note.strip().split("~", -1);
            String[] slot = parts[2].split("=", -1);
            var fields = new LinkedHashMap<String, Object>();
            fields.put("content", parts[0]);
            fields.put("category", "fact");
            fields.put("evidence", List.of(parts[1]));
            fields.put("confidence", 0.95);
            fields.put("importance", 0.8);
            if (!slot[0].isEmpty()) {
                fields.put("slot", slot[0]);
                fields.put("value", slot[1]);
            }
            fields.putAll(more);
            objects.add(fields);
        }
        String answer = Json.write(Map.of("notes", objects, "entities", List.of()));
        SERVER.answering(_ -> Script.of(answer));
        return Stream.of(notes.split(" // ", -1))
                .map(note -> note.strip().split("~", -1)[0])
                .toList();
    }

    private static void say(AgentMemory agent, String text, Instant at) throws InterruptedException {
        agent.recordInteraction(
                "ana",
                List.of(MessageDraft.user("s", "ana", text).withAt(at)),
                Optional.of(InteractionDraft.of("chat", "ana").withSession("s")),
                Optional.empty());
        assertThat(agent.reflect()).isZero();
    }

    /** Returns the contents of the notes in force, without the period, which a model leaves out. */
    private static List<String> contents(AgentMemory agent) {
        return current(agent).stream()
                .map(note -> note.content().replaceFirst("\\.$", ""))
                .toList();
    }

    private static List<Note> current(AgentMemory agent) {
        return agent.notes().list(NoteFilter.ALL, 100, Optional.empty()).items().stream()
                .filter(note -> note.body().validTo().isEmpty())
                .toList();
    }
}
