package dev.stele.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.embedding.Embedder;
import dev.stele.model.AgentName;
import dev.stele.model.ImportLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.Role;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ImportTest {

    @TempDir
    Path data;

    private Stele open(SteleConfig config) {
        return Stele.open(config, Optional.empty());
    }

    private Stele open() {
        return open(Stores.at(data.resolve("store")));
    }

    private static ImportReport bring(AgentMemory memory, byte[] content, String name, ImportOptions options) {
        return memory.importFrom(ImportSource.of(new ByteArrayInputStream(content), name), options, _ -> {});
    }

    private static ImportReport bring(AgentMemory memory, String content) {
        return memory.importFrom(new StringReader(content), _ -> {});
    }

    private static byte[] zip(Map<String, byte[]> files) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(bytes)) {
            for (var file : files.entrySet()) {
                out.putNextEntry(new ZipEntry(file.getKey()));
                out.write(file.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static String chat(int lines) {
        var text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            text.append("""
                    {"role":"%s","content":"Sheep number %d jumps","timestamp":"2026-05-08T10:%02d:%02dZ","user":"mia"}
                    """.formatted(i % 2 == 0 ? "user" : "assistant", i, i / 60 % 60, i % 60));
        }
        return text.toString();
    }

    @Test
    void oneByteThatIsNoUtf8CostsOneCharacterOfSevenHundredLines() {
        byte[] content = chat(700).getBytes(StandardCharsets.UTF_8);
        int at = new String(content, StandardCharsets.UTF_8).indexOf("number 350") + 7;
        content[at] = (byte) 0xe9;
        try (Stele stele = open()) {
            ImportReport report = bring(stele.agent("kira"), content, "chat.jsonl", ImportOptions.DEFAULT);
            assertThat(report.messages()).isEqualTo(700);
            assertThat(report.bad()).isZero();
            assertThat(report.repaired()).isEqualTo(1);
            assertThat(report.problems()).singleElement().satisfies(problem -> {
                assertThat(problem.line()).isEqualTo(351);
                assertThat(problem.reason()).contains("e9");
            });
        }
    }

    /** Model that answers only after it was released. */
    private static final class GatedEmbedder implements Embedder {
        private final WordEmbedder words = new WordEmbedder();
        private final CountDownLatch released = new CountDownLatch(1);
        private final List<String> embedded = new CopyOnWriteArrayList<>();

        @Override
        public String model() {
            return words.model();
        }

        @Override
        public int dimension() {
            return words.dimension();
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            try {
                assertThat(released.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            embedded.addAll(texts);
            return words.embed(texts);
        }
    }

    @Test
    void itemsAreDurableAndFoundByWordsBeforeTheirVectorsAreComputed() throws Exception {
        var model = new GatedEmbedder();
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.of(model))) {
            AgentMemory memory = stele.agent("kira");
            byte[] file = chat(300).getBytes(StandardCharsets.UTF_8);
            ImportReport report =
                    bring(memory, file, "chat.jsonl", ImportOptions.DEFAULT.withVectors(VectorTime.IN_BACKGROUND));
            assertThat(report.messages()).isEqualTo(300);
            assertThat(memory.stats().embedded()).isZero();
            assertThat(memory.recall(RecallQuery.of("\"number 123\"").withMode(RecallMode.KEYWORD))
                            .hits()
                            .getFirst()
                            .content())
                    .contains("number 123");
            memory.rememberAsync(MessageDraft.user("later", "ana", "One more turn."));
            model.released.countDown();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(memory.stats().embedded()).isEqualTo(301));
            // The new turn did not wait for the whole import.
            assertThat(model.embedded.subList(0, 150)).anyMatch(text -> text.contains("One more turn."));
        }
    }

    @Test
    void fieldOfAnotherFormatDoesNotDecideTheFormat() {
        try (Stele stele = open()) {
            ImportReport conversation = bring(stele.agent("one"), """
                    {"role":"user","content":"Hi","conversation":"c1","entities":["Mia"]}
                    {"role":"assistant","content":"Hello","conversation":"c1"}
                    """);
            assertThat(conversation.format()).isEqualTo("chat");
            assertThat(stele.agent("one").sessions().last("c1", 5)).hasSize(2);
            ImportReport broken = bring(stele.agent("two"), "{\"role\":\"user\",\"conten\n" + chat(3));
            assertThat(broken.format()).isEqualTo("chat");
            assertThat(broken.messages()).isEqualTo(3);
            assertThat(broken.bad()).isEqualTo(1);
            assertThatThrownBy(() -> bring(stele.agent("three"), "{\"entities\":[{\"title\":\"x\"}],\"more\":1}"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("entities")
                    .hasMessageContaining("--format");
            assertThat(stele.exists(new AgentName("three"))).isFalse();
        }
    }

    @Test
    void shownBranchOfATreeIsImportedAndTheOthersAreCounted() throws IOException {
        try (Stele stele = open();
                var in = ImportTest.class.getResourceAsStream("/import/chatgpt/good-2-branches.json")) {
            AgentMemory memory = stele.agent("kira");
            ImportReport report = memory.importFrom(
                    ImportSource.of(java.util.Objects.requireNonNull(in), ""),
                    ImportOptions.DEFAULT.withUser("mia"),
                    _ -> {});
            assertThat(report.leftOut()).containsExactly(Map.entry("turns on other branches", 2L));
            assertThat(report.notices()).anyMatch(notice -> notice.contains("2 turns on other branches"));
            List<Message> turns = memory.sessions().last("g3", 10);
            assertThat(turns)
                    .extracting(Message::content)
                    .containsExactly("Second wording", "search result", "New answer");
            assertThat(turns).extracting(Message::role).containsExactly(Role.USER, Role.TOOL, Role.ASSISTANT);
            assertThat(turns).allMatch(turn -> turn.user().equals(Optional.of("mia")));
            assertThat(turns.getFirst().at()).isEqualTo(Instant.ofEpochSecond(1715162403));
            assertThat(memory.sessions().get("g3").orElseThrow().title()).contains("Garden");
        }
    }

    @Test
    void messageIdsThatRepeatPerConversationAreToldApart() {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            String file = """
                    {"id":"c1","messages":[{"id":1,"role":"user","content":"one"},{"id":2,"role":"assistant","content":"two"}]}
                    {"id":"c2","messages":[{"id":1,"role":"user","content":"three"},{"id":2,"role":"assistant","content":"two"}]}
                    """;
            ImportReport report = bring(memory, file);
            assertThat(report.messages()).isEqualTo(4);
            assertThat(report.problems()).isEmpty();
            assertThat(memory.message("1").orElseThrow().content()).isEqualTo("one");
            assertThat(memory.message("c2:1").orElseThrow().content()).isEqualTo("three");
            assertThat(bring(memory, file).known()).isEqualTo(4);
        }
    }

    @Test
    void userAndSessionOfTheOptionsBelongToMessagesThatNameNone() {
        byte[] array = """
                [{"role":"user","content":"Where is the map?"},{"role":"assistant","content":"On the table."}]
                """.getBytes(StandardCharsets.UTF_8);
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            bring(memory, array, "", ImportOptions.DEFAULT.withUser("mia").withSession("trip"));
            assertThat(memory.sessions().last("trip", 5))
                    .extracting(Message::user)
                    .containsOnly(Optional.of("mia"));
            bring(memory, array, "", ImportOptions.DEFAULT.withUser("ole"));
            assertThat(memory.sessions().last("default-ole", 5)).hasSize(2);
            assertThat(memory.sessions().get("trip").orElseThrow().isRoom()).isFalse();
        }
    }

    @Test
    void conversationOfSeveralUsersBecomesARoom() {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            bring(memory, """
                    {"session_id":"s","messages":[
                     {"uuid":"1","role":"Mia","role_type":"user","user_id":"mia","content":"We sail."},
                     {"uuid":"2","role":"Ole","role_type":"user","user_id":"ole","content":"At noon."}]}
                    """);
            assertThat(memory.sessions().get("s").orElseThrow().participants()).containsExactly("mia", "ole");
        }
    }

    @Test
    void messagesBeyondTheBoundAreSaidAndKeepAllRaisesTheBound() {
        SteleConfig config = Stores.at(data.resolve("store")).withRetention(50, true);
        byte[] content = chat(80).getBytes(StandardCharsets.UTF_8);
        try (Stele stele = open(config)) {
            AgentMemory bounded = stele.agent("bounded");
            ImportReport report = bring(bounded, content, "", ImportOptions.DEFAULT);
            assertThat(report.messages()).isEqualTo(80);
            assertThat(report.archived()).isEqualTo(30);
            assertThat(report.notices()).anyMatch(notice -> notice.contains("memory.max-messages-per-agent"));
            bounded.runMaintenance();
            assertThat(bounded.stats().archived()).isEqualTo(30);

            AgentMemory kept = stele.agent("kept");
            ImportReport all = bring(kept, content, "", ImportOptions.DEFAULT.withKeepAll());
            assertThat(all.archived()).isZero();
            kept.runMaintenance();
            assertThat(kept.stats().archived()).isZero();
            assertThat(bring(kept, content, "", ImportOptions.DEFAULT.withKeepAll())
                            .known())
                    .isEqualTo(80);
            bring(
                    kept,
                    chat(140).substring(chat(80).length()).getBytes(StandardCharsets.UTF_8),
                    "",
                    ImportOptions.DEFAULT);
            kept.runMaintenance();
            assertThat(kept.stats().messages())
                    .as("the bound is 50 more than the 80 kept")
                    .isEqualTo(130);

            var out = new java.io.StringWriter();
            kept.export(out);
            AgentMemory copy = stele.agent("copy");
            bring(copy, out.toString());
            copy.runMaintenance();
            assertThat(copy.stats().messages())
                    .as("an export carries the bound")
                    .isEqualTo(130);
        }
    }

    @Test
    void learnMakesOneInteractionOfEachExchange() {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            byte[] content = chat(10).getBytes(StandardCharsets.UTF_8);
            assertThat(bring(memory, content, "", ImportOptions.DEFAULT).others())
                    .isZero();
            assertThat(memory.stats().waiting()).isZero();
            AgentMemory learning = stele.agent("learning");
            assertThat(bring(learning, content, "", ImportOptions.DEFAULT.withLearn())
                            .others())
                    .isEqualTo(5);
            assertThat(bring(learning, content, "", ImportOptions.DEFAULT.withLearn())
                            .others())
                    .isZero();
        }
    }

    @Test
    void boundsOfZipFilesAreKept() throws IOException {
        byte[] line = chat(1).getBytes(StandardCharsets.UTF_8);
        byte[] bomb = zip(Map.of("a.txt", new byte[4 << 20]));
        byte[] many = zip(Map.of("a.jsonl", line, "b.jsonl", line, "c.jsonl", line));
        SteleConfig config = Stores.at(data.resolve("store"));
        SteleConfig tight = config.withLimits(config.limits().toBuilder()
                .imports(new ImportLimits(2, 1 << 20, 200))
                .build());
        try (Stele stele = open(tight)) {
            assertThatThrownBy(() -> bring(stele.agent("a"), bomb, "", ImportOptions.DEFAULT))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.import-unpacked-bytes");
            assertThatThrownBy(() -> bring(stele.agent("a"), many, "", ImportOptions.DEFAULT))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.import-entries");
            Path folder = data.resolve("folder");
            Files.createDirectories(folder);
            for (String name : List.of("a.jsonl", "b.jsonl", "c.jsonl")) {
                Files.write(folder.resolve(name), line);
            }
            assertThatThrownBy(
                            () -> stele.agent("a").importFrom(ImportSource.of(folder), ImportOptions.DEFAULT, _ -> {}))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.import-entries");
        }
        SteleConfig ratio = config.withLimits(config.limits().toBuilder()
                .imports(new ImportLimits(9, 1L << 40, 100))
                .build());
        try (Stele stele = open(ratio)) {
            byte[] hidden = zip(Map.of("picture.png", new byte[8 << 20]));
            for (byte[] packed : List.of(bomb, hidden)) {
                assertThatThrownBy(() -> bring(stele.agent("b"), packed, "", ImportOptions.DEFAULT))
                        .isInstanceOf(LimitExceededException.class)
                        .hasMessageContaining("limits.import-ratio");
            }
        }
    }

    @Test
    void zipEntryNamesAreLabelsAndIntactEntriesOfADamagedZipFileAreImported() throws IOException {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            byte[] packed = zip(Map.of("../../evil.jsonl", chat(4).getBytes(StandardCharsets.UTF_8)));
            assertThat(bring(memory, packed, "", ImportOptions.DEFAULT).messages())
                    .isEqualTo(4);
            assertThat(Files.exists(data.resolve("evil.jsonl"))).isFalse();

            var two = new ByteArrayOutputStream();
            try (var out = new ZipOutputStream(two)) {
                for (String name : List.of("a.md", "b.md")) {
                    out.putNextEntry(new ZipEntry(name));
                    out.write(("The " + name + " says hello.").getBytes(StandardCharsets.UTF_8));
                }
            }
            int second = new String(two.toByteArray(), StandardCharsets.ISO_8859_1).lastIndexOf("PK\u0003\u0004");
            byte[] cut = java.util.Arrays.copyOf(two.toByteArray(), second + 40);
            ImportReport report = bring(stele.agent("cut"), cut, "", ImportOptions.DEFAULT);
            assertThat(report.notes()).isEqualTo(1);
            assertThat(report.problems())
                    .isNotEmpty()
                    .allSatisfy(problem -> assertThat(problem.reason()).contains("damaged"));
        }
    }

    @Test
    void documentBeyondTheLimitIsRefusedAsAWholeAndAnElementAlone() {
        SteleConfig config = Stores.at(data.resolve("store"));
        try (Stele stele = open(config.withLimits(
                config.limits().toBuilder().importLineChars(2_000).build()))) {
            String big = "{\"role\":\"user\",\"content\":\"" + "x".repeat(3_000) + "\"}";
            String small = "{\"role\":\"user\",\"content\":\"small\"}";
            assertThatThrownBy(() -> bring(stele.agent("a"), "{\"messages\":[\n" + big + "]}"))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.import-line");
            ImportReport list = bring(stele.agent("b"), "[" + small + ",\n" + big + ",\n" + small + "]");
            assertThat(list.messages()).isEqualTo(2);
            assertThat(list.problems())
                    .singleElement()
                    .satisfies(problem ->
                            assertThat(problem.reason()).contains("line 2").contains("limits.import-line"));
            ImportReport lines = bring(stele.agent("c"), small + "\n" + big + "\n" + small + "\n");
            assertThat(lines.messages()).isEqualTo(2);
            assertThat(lines.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.line()).isEqualTo(2));
        }
    }

    @Test
    void contentAndMetadataOfForeignMessagesAreBounded() {
        SteleConfig config = Stores.at(data.resolve("store"));
        try (Stele stele = open(config.withLimits(
                config.limits().toBuilder().messageBytes(100).metadataBytes(100).build()))) {
            AgentMemory memory = stele.agent("a");
            ImportReport report = bring(memory, """
                    {"role":"user","content":"%s"}
                    {"id":"m","role":"user","content":"short","metadata":{"note":"%s"}}
                    """.formatted("y".repeat(101), "z".repeat(101)));
            assertThat(report.bad()).isEqualTo(1);
            assertThat(report.repaired()).isEqualTo(1);
            assertThat(memory.message("m").orElseThrow().metadata()).isEmpty();
        }
    }

    @Test
    void linkThatIsTooLongCostsTheLinkOnly() throws IOException {
        Path vault = Files.createDirectories(data.resolve("vault"));
        Files.writeString(vault.resolve("A.md"), "See [[" + "x".repeat(1_001) + "]] and [[B]].\n");
        Files.writeString(vault.resolve("B.md"), "---\ntitle: " + "y".repeat(1_001) + "\n---\nSee [[A]].\n");
        Files.writeString(vault.resolve("C.md"), "See [[A]].\n");
        Files.writeString(
                vault.resolve("chat.json"),
                "{\"id\":\"c1\",\"title\":\"Tea\",\"messages\":[{\"role\":\"user\",\"content\":\"Tea?\"}]}");
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            ImportReport report = memory.importFrom(ImportSource.of(vault), ImportOptions.DEFAULT, _ -> {});
            assertThat(report.problems())
                    .extracting(ImportReport.BadLine::file)
                    .containsExactlyInAnyOrder("A.md", "B.md", "B.md");
            assertThat(report.problems()).allMatch(problem -> problem.reason().contains("1001 characters"));
            assertThat(report.relations()).isEqualTo(2);
            assertThat(report.notes()).isEqualTo(3);
            assertThat(memory.sessions().get("c1").orElseThrow().title()).contains("Tea");
        }
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void manyDamagedPartsOfOneLineAreCountedInOnePass() {
        String damaged = ("NaN" + " ".repeat(36) + ",").repeat(100_000);
        String good = "{\"role\":\"user\",\"content\":\"intact\"}";
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            ImportReport report = bring(memory, good + "\n[" + damaged + good + "]\n" + good + "\n");
            assertThat(report.messages()).isEqualTo(3);
            assertThat(report.bad()).isEqualTo(100_000);
            assertThat(report.problems()).hasSize(ImportReport.MAX_PROBLEMS).allMatch(problem -> problem.line() == 2);
        }
    }

    @Test
    void vaultOfNotesBecomesEntitiesRelationsAndNotes() throws IOException {
        Path vault = data.resolve("vault");
        Files.createDirectories(vault.resolve(".obsidian"));
        Files.createDirectories(vault.resolve("people"));
        Files.writeString(vault.resolve(".obsidian/app.json"), "{}");
        Files.writeString(
                vault.resolve("people/Mia.md"),
                "---\ntype: person\ntags: [family]\n---\n- [job] Builds boats\n- lives_in [[places/Bergen|home]]\n\nMia is tall.\n");
        Files.writeString(vault.resolve("Bergen.md"), "---\ntype: city\n---\n- [weather] Rain\n");
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            ImportReport report = memory.importFrom(ImportSource.of(vault), ImportOptions.DEFAULT, _ -> {});
            assertThat(report.format()).isEqualTo("markdown");
            assertThat(report.problems()).isEmpty();
            assertThat(List.of(report.entities(), report.relations(), report.notes()))
                    .containsExactly(2L, 1L, 1L);
            var out = new java.io.StringWriter();
            memory.exportMcpMemory(out);
            assertThat(out.toString()).isEqualTo("""
                    {"type":"entity","name":"Bergen","entityType":"city","observations":["[weather] Rain"]}
                    {"type":"entity","name":"Mia","entityType":"person","observations":["[job] Builds boats"]}
                    {"type":"relation","from":"Mia","to":"Bergen","relationType":"lives_in"}
                    """);
            Note note = memory.notes()
                    .list(dev.stele.model.NoteFilter.ALL, 10, Optional.empty())
                    .items()
                    .getFirst();
            assertThat(note.content()).isEqualTo("Mia is tall.");
            assertThat(note.body().tags()).containsExactly("family");
            assertThat(note.body().metadata()).containsEntry("file", "people/Mia.md");
        }
    }
}
