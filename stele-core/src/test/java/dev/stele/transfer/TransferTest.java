package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.JsonObject;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransferTest {

    @TempDir
    Path data;

    private Stele stele;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data).withRetention(50, true), Optional.of(new WordEmbedder()));
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private ImportReport importInto(String agent, String text) {
        return stele.agent(agent).importFrom(new StringReader(text), _ -> {});
    }

    private String export(String agent) {
        var out = new StringWriter();
        stele.agent(agent).export(out);
        return out.toString();
    }

    @Test
    void exportAndImportPreserveTheMemory() {
        AgentMemory memory = stele.agent("kira");
        for (int i = 0; i < 70; i++) {
            memory.remember(MessageDraft.user("s" + i % 3, "ana", "message " + i)
                    .withId("m" + i)
                    .withAt(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(i)));
        }
        memory.editMessage("m65", "edited");
        memory.sessions().title("s1", Optional.of("A title"));
        memory.sessions().end("s2");
        memory.notes().create(NoteDraft.of("fact", "first").withId("n1"));
        memory.notes().update("n1", JsonObject.of("note", Map.of("content", "second")), OptionalLong.empty());
        memory.notes().supersede("n1", NoteDraft.of("fact", "third").withId("n2"));
        memory.users().update("ana", context -> context.withTrait("calm", 0.7));
        memory.users().recordInteraction("ana", Instant.now());
        memory.runMaintenance(); // twenty messages go to the archive, and are exported all the same

        String exported = export("kira");
        ImportReport report = importInto("copy", exported);
        assertThat(report.bad()).isZero();
        assertThat(report.messages()).isEqualTo(70);
        assertThat(report.notes()).isEqualTo(2);
        assertThat(report.users()).isEqualTo(1);
        AgentMemory copy = stele.agent("copy");
        assertThat(copy.verify().problems()).isEmpty();
        assertThat(copy.messageHistory("m65")).hasSize(1);
        assertThat(copy.notes().history("n1")).isEqualTo(renumbered(memory, copy));
        assertThat(copy.sessions().get("s1")).isEqualTo(memory.sessions().get("s1"));
        assertThat(copy.sessions().get("s2")).isEqualTo(memory.sessions().get("s2"));
        assertThat(copy.users().history("ana", 10, Optional.empty()).items())
                .isEqualTo(memory.users().history("ana", 10, Optional.empty()).items());

        long changes = copy.stats().changes();
        ImportReport again = importInto("copy", exported);
        assertThat(again.messages() + again.notes() + again.users()).isZero();
        assertThat(again.known()).isEqualTo(73);
        assertThat(copy.stats().changes()).isEqualTo(changes);
        copy.runMaintenance();
        assertThat(copy.stats().archived()).isEqualTo(20);
    }

    private static List<dev.stele.model.Note> renumbered(AgentMemory from, AgentMemory to) {
        long number = to.notes().get("n1").orElseThrow().number();
        return from.notes().history("n1").stream()
                .map(note -> new dev.stele.model.Note(
                        number,
                        note.id(),
                        note.version(),
                        note.createdAt(),
                        note.updatedAt(),
                        note.supersededBy(),
                        note.body()))
                .toList();
    }

    @Test
    void chatLinesAreImportedAndInvalidLinesReportedByNumber() {
        String chat = """
                {"role":"user","content":"Hi, I am Ana","timestamp":"2026-05-08T10:00:00Z","user":"ana"}
                {"role":"assistant","content":"Hello Ana","timestamp":1778234460}
                this is no JSON
                {"role":"robot","content":"beep"}

                {"role":"user","content":[{"type":"text","text":"in parts"},{"type":"image"}],"session":"other"}
                {"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"two"}]}
                {"role":"user"}
                """;
        ImportReport report = importInto("kira", chat);
        assertThat(report.format()).isEqualTo("chat");
        assertThat(report.messages()).isEqualTo(5);
        assertThat(report.bad()).isEqualTo(3);
        assertThat(report.problems()).extracting(ImportReport.BadLine::line).containsExactly(3L, 4L, 8L);
        assertThat(report.problems().get(1).reason()).contains("robot");
        List<Message> messages = stele.agent("kira").sessions().last("default-ana", 10);
        assertThat(messages).extracting(Message::content).containsExactly("Hi, I am Ana", "Hello Ana");
        assertThat(messages.get(1).at()).isEqualTo(Instant.ofEpochSecond(1778234460));
        assertThat(stele.agent("kira")
                        .sessions()
                        .list(Optional.empty(), 10, Optional.empty())
                        .items())
                .filteredOn(session -> session.id().startsWith("chat-1-"))
                .singleElement()
                .satisfies(session -> assertThat(session.messages()).isEqualTo(2));
        assertThat(importInto("kira", chat).known()).isEqualTo(5);
    }

    @Test
    void locomoConversationKeepsItsTurnsSpeakersAndDates() {
        String document = """
                {"sample_id": "talk-1",
                 "conversation": {"speaker_a": "Ann", "speaker_b": "Bob",
                  "session_1_date_time": "1:56 pm on 8 May, 2023",
                  "session_1": [
                    {"speaker": "Ann", "dia_id": "D1:1", "text": "Hey Bob!"},
                    {"speaker": "Bob", "dia_id": "D1:2", "text": "Hey! Look.", "img_url": ["http://x/y.jpg"], "blip_caption": "a photo of a kayak"},
                    {"speaker": "Bob", "dia_id": "D1:3"}],
                  "session_2_date_time": "10:00 am on 1 June, 2023",
                  "session_2": [{"speaker": "Ann", "dia_id": "D2:1", "text": "Back again."}]},
                 "qa": []}
                """;
        ImportReport report = importInto("kira", document);
        assertThat(report.format()).isEqualTo("locomo");
        assertThat(report.messages()).isEqualTo(3);
        assertThat(report.problems()).extracting(ImportReport.BadLine::line).containsExactly(3L);
        Message second = stele.agent("kira").message("talk-1:D1:2").orElseThrow();
        assertThat(second.at()).isEqualTo(Instant.parse("2023-05-08T13:56:01Z"));
        assertThat(second.speaker()).isEqualTo("Bob");
        assertThat(second.session()).isEqualTo("talk-1:session_1");
        assertThat(stele.agent("kira").recall("kayak").hits().getFirst().id()).isEqualTo("talk-1:D1:2");
        assertThat(stele.exists(new AgentName("kira"))).isTrue();
    }
}
