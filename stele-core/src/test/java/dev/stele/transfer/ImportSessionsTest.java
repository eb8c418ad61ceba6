package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Session;
import dev.stele.support.Stores;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that an import finds or makes: whose they are, and which messages belong together. */
class ImportSessionsTest {

    @TempDir
    Path data;

    private Stele stele;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data.resolve("store")), Optional.empty());
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private static ImportReport bring(AgentMemory memory, String content, ImportOptions options) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return memory.importFrom(ImportSource.of(new ByteArrayInputStream(bytes), ""), options, _ -> {});
    }

    private ImportReport bringFolder(AgentMemory memory, String name) {
        return memory.importFrom(ImportSource.of(data.resolve(name)), ImportOptions.DEFAULT, _ -> {});
    }

    private void file(String path, String content) throws IOException {
        Path file = data.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static Map<String, List<String>> sessions(AgentMemory memory) {
        var sessions = new java.util.TreeMap<String, List<String>>();
        for (Session session :
                memory.sessions().list(Optional.empty(), 50, Optional.empty()).items()) {
            sessions.put(
                    session.id(),
                    memory.sessions().last(session.id(), 50).stream()
                            .map(Message::content)
                            .toList());
        }
        return sessions;
    }

    private static void assertUnchangedBy(AgentMemory memory, Runnable repeated) {
        long changes = memory.stats().changes();
        repeated.run();
        assertThat(memory.stats().changes()).isEqualTo(changes);
    }

    @Test
    void filesOfTheSameNameInSeveralFoldersAreSessionsOfTheirOwn() throws IOException {
        file("both/alice/chat.jsonl", """
                {"role":"user","user":"alice","content":"My secret"}
                {"role":"assistant","content":"I keep it"}
                """);
        file("both/bob/chat.jsonl", """
                {"role":"user","user":"bob","content":"My garden"}
                {"role":"assistant","content":"It is green"}
                """);
        AgentMemory memory = stele.agent("kira");
        assertThat(bringFolder(memory, "both").problems()).isEmpty();
        assertThat(sessions(memory))
                .containsExactly(
                        Map.entry("alice/chat-alice", List.of("My secret", "I keep it")),
                        Map.entry("bob/chat-bob", List.of("My garden", "It is green")));
        assertThat(memory.sessions().get("alice/chat-alice").orElseThrow().isRoom())
                .isFalse();
        assertUnchangedBy(memory, () -> bringFolder(memory, "both"));
    }

    @Test
    void usersWhoMeetInNoFileShareNoSession() throws IOException {
        file("apart/a.jsonl", "{\"role\":\"user\",\"user\":\"alice\",\"session\":\"s\",\"content\":\"one\"}\n{}\n");
        file("apart/b.jsonl", "{\"role\":\"user\",\"user\":\"bob\",\"session\":\"s\",\"content\":\"two\"}\n{}\n");
        AgentMemory apart = stele.agent("apart");
        ImportReport report = bringFolder(apart, "apart");
        assertThat(report.problems()).anyMatch(problem -> problem.reason().contains("belongs to other users"));
        assertThat(apart.sessions().get("s").orElseThrow().isRoom()).isFalse();
        assertThat(sessions(apart)).containsExactly(Map.entry("s", List.of("one")));

        file(
                "met/a.jsonl",
                "{\"role\":\"system\",\"session\":\"s\",\"content\":\"zero\"}\n"
                        + "{\"role\":\"user\",\"user\":\"alice\",\"session\":\"s\",\"content\":\"one\"}\n");
        file(
                "met/b.jsonl",
                "{\"role\":\"user\",\"user\":\"bob\",\"session\":\"s\",\"content\":\"two\"}\n"
                        + "{\"role\":\"user\",\"user\":\"alice\",\"session\":\"s\",\"content\":\"three\"}\n");
        AgentMemory met = stele.agent("met");
        assertThat(bringFolder(met, "met").problems()).isEmpty();
        assertThat(met.sessions().get("s").orElseThrow().participants()).containsExactly("alice", "bob");
    }

    @Test
    void conversationsWithoutIdsAreToldApartByTheirBeginning() {
        AgentMemory memory = stele.agent("kira");
        String first =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Tea?\"},{\"role\":\"assistant\",\"content\":\"Yes\"}]}";
        String second =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Rain?\"},{\"role\":\"assistant\",\"content\":\"No\"}]}";
        ImportOptions mia = ImportOptions.DEFAULT.withUser("mia");
        bring(memory, first, mia);
        bring(memory, second, mia);
        assertThat(bring(memory, first, ImportOptions.DEFAULT.withUser("ole")).problems())
                .isEmpty();
        assertThat(sessions(memory).values())
                .containsExactlyInAnyOrder(List.of("Tea?", "Yes"), List.of("Rain?", "No"), List.of("Tea?", "Yes"));
        assertThat(sessions(memory).keySet()).allMatch(id -> id.startsWith("chat-1-"));
        assertUnchangedBy(memory, () -> bring(memory, first, mia));
        // A conversation that has grown is continued.
        String grown = first.replace("]}", ",{\"role\":\"user\",\"content\":\"Thanks\"}]}");
        assertThat(bring(memory, grown, mia).messages()).isEqualTo(1);
        assertThat(sessions(memory)).hasSize(3);
    }

    private static String export(AgentMemory memory) {
        var out = new java.io.StringWriter();
        memory.export(out);
        return out.toString();
    }

    @Test
    void exportThatIsImportedAgainLeavesExistingSessionsAsTheyAre() {
        AgentMemory memory = stele.agent("kira");
        memory.remember(MessageDraft.user("team", "ana", "Hello").withId("m1"));
        memory.sessions().setParticipants("team", List.of("ana", "ben"));
        memory.remember(MessageDraft.user("team", "ben", "Hi").withId("m2"));
        memory.sessions().title("team", Optional.of("Old title"));
        memory.sessions().end("team");
        String export = export(memory);
        AgentMemory copy = stele.agent("copy");
        bring(copy, export, ImportOptions.DEFAULT);
        assertThat(copy.sessions().get("team")).isEqualTo(memory.sessions().get("team"));

        memory.sessions().setParticipants("team", List.of("ana"));
        memory.sessions().title("team", Optional.of("New title"));
        Optional<Session> changed = memory.sessions().get("team");
        assertUnchangedBy(memory, () -> bring(memory, export, ImportOptions.DEFAULT));
        assertThat(memory.sessions().get("team")).isEqualTo(changed);
    }

    @Test
    void exportWritesNoMessagesToTheSessionOfAnother() {
        AgentMemory memory = stele.agent("kira");
        memory.remember(MessageDraft.user("main", "ana", "Ana's secret").withId("m1"));
        memory.remember(MessageDraft.assistant("main", "I keep Ana's secret").withId("m2"));
        memory.remember(MessageDraft.user("other", "ana", "Ana's plan").withId("m3"));
        AgentMemory target = stele.agent("target");
        target.remember(MessageDraft.user("main", "ben", "Ben's garden"));
        Optional<Session> before = target.sessions().get("main");
        ImportReport report = bring(target, export(memory), ImportOptions.DEFAULT);
        assertThat(report.bad()).isEqualTo(2);
        assertThat(report.problems()).allMatch(problem -> problem.reason().contains("belongs to other users"));
        assertThat(target.sessions().get("main")).isEqualTo(before);
        assertThat(sessions(target))
                .containsExactly(Map.entry("main", List.of("Ben's garden")), Map.entry("other", List.of("Ana's plan")));
    }

    @Test
    void answersFollowTheirQuestionsThatAreRefused() {
        AgentMemory memory = stele.agent("kira");
        memory.remember(MessageDraft.user("s", "ben", "Ben's garden"));
        ImportReport report = bring(memory, """
                {"role":"user","user":"ana","session":"s","content":"My secret"}
                {"role":"assistant","session":"s","content":"I keep it"}
                """, ImportOptions.DEFAULT);
        assertThat(report.bad()).isEqualTo(2);
        assertThat(sessions(memory)).containsExactly(Map.entry("s", List.of("Ben's garden")));
    }

    @Test
    void messagesOfZepWithoutASessionStayTogether() {
        AgentMemory memory = stele.agent("kira");
        String lines = """
                {"uuid":"1","role_type":"user","role":"Ana","user_id":"ana","content":"Tea?"}
                {"uuid":"2","role_type":"assistant","role":"Kira","content":"Yes"}
                {"uuid":"3","role_type":"user","role":"Ben","user_id":"ben","content":"Rain?"}
                {"uuid":"4","role_type":"assistant","role":"Kira","content":"No"}
                """;
        ImportReport report = bring(memory, lines, ImportOptions.DEFAULT);
        assertThat(report.format()).isEqualTo("zep");
        assertThat(sessions(memory))
                .containsExactly(
                        Map.entry("default-ana", List.of("Tea?", "Yes")),
                        Map.entry("default-ben", List.of("Rain?", "No")));
        AgentMemory list = stele.agent("list");
        bring(list, "[" + lines.strip().replace("\n", ",\n") + "]", ImportOptions.DEFAULT);
        assertThat(sessions(list)).isEqualTo(sessions(memory));
    }

    @Test
    void answersOfLangChainBelongToTheSessionsOfTheirQuestions() {
        AgentMemory memory = stele.agent("kira");
        ImportReport report = bring(memory, """
                [{"type":"human","data":{"content":"Tea?","additional_kwargs":{"user":"ana"}}},
                 {"type":"ai","data":{"content":"Yes"}},
                 {"type":"human","data":{"content":"Rain?","additional_kwargs":{"user":"ben"}}},
                 {"type":"ai","data":{"content":"No"}}]
                """, ImportOptions.DEFAULT);
        assertThat(report.format()).isEqualTo("langchain");
        assertThat(sessions(memory))
                .containsExactly(
                        Map.entry("default-ana", List.of("Tea?", "Yes")),
                        Map.entry("default-ben", List.of("Rain?", "No")));
    }

    @Test
    void folderThatHasGrownIsImportedAgainWithTheSameIds() throws IOException {
        file("talks/b.json", """
                {"id":"b","messages":[{"id":1,"role":"user","content":"Tea?"},{"id":2,"role":"assistant","content":"Yes"}]}
                """);
        AgentMemory memory = stele.agent("kira");
        bringFolder(memory, "talks");
        file("talks/a.json", """
                {"id":"a","messages":[{"id":1,"role":"user","content":"Rain?"},{"id":2,"role":"assistant","content":"No"}]}
                """);
        ImportReport grown = bringFolder(memory, "talks");
        assertThat(grown.problems()).isEmpty();
        assertThat(List.of(grown.messages(), grown.known())).containsExactly(2L, 2L);
        assertThat(sessions(memory))
                .containsExactly(Map.entry("a", List.of("Rain?", "No")), Map.entry("b", List.of("Tea?", "Yes")));
        assertThat(memory.message("1").orElseThrow().content()).isEqualTo("Tea?");
        assertThat(memory.message("a:1").orElseThrow().content()).isEqualTo("Rain?");
        assertUnchangedBy(memory, () -> bringFolder(memory, "talks"));
    }

    @Test
    void activitiesOfTheSameDayBelongToTheirUsers() {
        String takeout = """
                [{"header":"Gemini Apps","title":"Prompted %s","time":"2026-05-08T10:00:00Z"}]
                """;
        AgentMemory memory = stele.agent("kira");
        bring(memory, takeout.formatted("Tea?"), ImportOptions.DEFAULT.withUser("mia"));
        ImportReport other = bring(memory, takeout.formatted("Rain?"), ImportOptions.DEFAULT.withUser("ole"));
        assertThat(other.problems()).isEmpty();
        assertThat(sessions(memory))
                .containsExactly(
                        Map.entry("gemini-2026-05-08-mia", List.of("Tea?")),
                        Map.entry("gemini-2026-05-08-ole", List.of("Rain?")));
    }
}
