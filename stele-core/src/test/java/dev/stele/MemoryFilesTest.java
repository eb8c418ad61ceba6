package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.files.MemoryCommand;
import dev.stele.files.MemoryFiles;
import dev.stele.files.MemoryReply;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.ReadOnlyException;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallFilter;
import dev.stele.recall.RecallQuery;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory tool: prescribed replies, safety of paths, and files as notes of the store. */
class MemoryFilesTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private MemoryFiles files;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        files = memory.files();
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private MemoryReply run(String json) {
        return files.run(Json.readObject("input", json).raw());
    }

    private void succeeds(String json, String reply) {
        assertThat(run(json)).as(json).isEqualTo(new MemoryReply(reply, false));
    }

    private void fails(String json, String reply) {
        assertThat(run(json)).as(json).isEqualTo(new MemoryReply(reply, true));
    }

    private void create(String path, String text) {
        assertThat(files.run(new MemoryCommand.Create(path, text)))
                .isEqualTo(new MemoryReply("File created successfully at: " + path, false));
    }

    private String view(String path) {
        return files.run(new MemoryCommand.View(path, Optional.empty())).content();
    }

    @Test
    void everyCommandRepliesAsPrescribed() {
        String empty = "Here're the files and directories up to 2 levels deep in /memories, excluding hidden items and"
                + " node_modules:\n0B\t/memories";
        succeeds("""
                {"command":"view","path":"/memories"}""", empty);
        succeeds("""
                {"command":"create","path":"/memories/notes.txt","file_text":"Hello World\\nThis is line two\\nLine three"}
                """, "File created successfully at: /memories/notes.txt");
        succeeds(
                """
                {"command":"view","path":"/memories/notes.txt"}""",
                "Here's the content of /memories/notes.txt with line numbers:\n"
                        + "     1\tHello World\n     2\tThis is line two\n     3\tLine three");
        succeeds(
                """
                {"command":"view","path":"/memories/notes.txt","view_range":[2,3]}""",
                "Here's the content of /memories/notes.txt with line numbers:\n"
                        + "     2\tThis is line two\n     3\tLine three");
        succeeds("""
                {"command":"view","path":"/memories/notes.txt","view_range":[3,-1]}""", "Here's the content of /memories/notes.txt with line numbers:\n     3\tLine three");
        succeeds("""
                {"command":"view","path":"/memories/notes.txt","view_range":[3,90]}""", "Here's the content of /memories/notes.txt with line numbers:\n     3\tLine three");
        succeeds(
                """
                {"command":"str_replace","path":"/memories/notes.txt","old_str":"line two","new_str":"the second"}""",
                "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n"
                        + "     1\tHello World\n     2\tThis is the second\n     3\tLine three");
        succeeds("""
                {"command":"insert","path":"/memories/notes.txt","insert_line":2,"insert_text":"- inserted\\n"}""", "The file /memories/notes.txt has been edited.");
        succeeds(
                """
                {"command":"view","path":"/memories/notes.txt"}""",
                "Here's the content of /memories/notes.txt with line numbers:\n     1\tHello World\n"
                        + "     2\tThis is the second\n     3\t- inserted\n     4\tLine three\n     5\t");
        succeeds("""
                {"command":"rename","old_path":"/memories/notes.txt","new_path":"/memories/a/b/final.txt"}""", "Successfully renamed /memories/notes.txt to /memories/a/b/final.txt");
        create("/memories/.hidden", "unseen");
        create("/memories/node_modules/x", "unseen");
        create("/memories/a/b/c/deep.txt", "x".repeat(2048));
        succeeds(
                """
                {"command":"view","path":"/memories/"}""",
                "Here're the files and directories up to 2 levels deep in /memories, excluding hidden items and"
                        + " node_modules:\n2.1K\t/memories\n2.1K\t/memories/a/\n2.1K\t/memories/a/b/");
        succeeds(
                """
                {"command":"view","path":"/memories/a/b"}""",
                "Here're the files and directories up to 2 levels deep in /memories/a/b, excluding hidden items and"
                        + " node_modules:\n2.1K\t/memories/a/b\n2K\t/memories/a/b/c/\n2K\t/memories/a/b/c/deep.txt\n"
                        + "53B\t/memories/a/b/final.txt");
        for (String path : List.of("/memories/a", "/memories/.hidden", "/memories/node_modules")) {
            assertThat(files.run(new MemoryCommand.Delete(path)))
                    .isEqualTo(new MemoryReply("Successfully deleted " + path, false));
        }
        succeeds("""
                {"command":"view","path":"/memories"}""", empty);
        assertThat(memory.stats().notes()).isZero();
    }

    @Test
    void mistakesAreRepliesAsPrescribedAndChangeNothing() {
        String absent = "Error: The path /memories/b.txt does not exist";
        // Before the agent exists, and after.
        for (int round = 0; round < 2; round++) {
            fails("""
                    {"command":"view","path":"/memories/b.txt"}""", "The path /memories/b.txt does not exist. Please provide a valid path.");
            fails("""
                    {"command":"str_replace","path":"/memories/b.txt","old_str":"a","new_str":"b"}""", absent + ". Please provide a valid path.");
            fails("""
                    {"command":"insert","path":"/memories/b.txt","insert_line":0,"insert_text":"b"}""", absent);
            fails("""
                    {"command":"delete","path":"/memories/b.txt"}""", absent);
            fails("""
                    {"command":"rename","old_path":"/memories/b.txt","new_path":"/memories/c.txt"}""", absent);
            if (round == 0) {
                create("/memories/dir/a.txt", "one\ntwo one\nthree\n");
            }
        }
        long before = memory.lastChange();
        String path = "\"path\":\"/memories/dir/a.txt\"";
        fails(
                "{\"command\":\"create\"," + path + ",\"file_text\":\"\"}",
                "Error: File /memories/dir/a.txt already exists");
        for (String directory : List.of("/memories", "/memories/dir")) {
            fails(
                    "{\"command\":\"create\",\"path\":\"" + directory + "\",\"file_text\":\"\"}",
                    "Error: File " + directory + " already exists");
            fails(
                    "{\"command\":\"str_replace\",\"path\":\"" + directory + "\",\"old_str\":\"a\",\"new_str\":\"b\"}",
                    "Error: The path " + directory + " does not exist. Please provide a valid path.");
            fails(
                    "{\"command\":\"insert\",\"path\":\"" + directory + "\",\"insert_line\":0,\"insert_text\":\"b\"}",
                    "Error: The path " + directory + " does not exist");
        }
        fails(
                "{\"command\":\"create\",\"path\":\"/memories/dir/a.txt/b\",\"file_text\":\"\"}",
                "Error: The path /memories/dir/a.txt is a file; /memories/dir/a.txt/b cannot be in it");
        fails(
                "{\"command\":\"str_replace\"," + path + ",\"old_str\":\"One\",\"new_str\":\"\"}",
                "No replacement was performed, old_str `One` did not appear verbatim in /memories/dir/a.txt.");
        fails(
                "{\"command\":\"str_replace\"," + path + ",\"old_str\":\"one\",\"new_str\":\"\"}",
                "No replacement was performed. Multiple occurrences of old_str `one` in lines: 1, 2. Please ensure it is unique");
        fails(
                "{\"command\":\"str_replace\"," + path + ",\"old_str\":\"\",\"new_str\":\"\"}",
                "No replacement was performed, old_str is empty. Please give the text to replace");
        for (int line : new int[] {-1, 4}) {
            fails(
                    "{\"command\":\"insert\"," + path + ",\"insert_line\":" + line + ",\"insert_text\":\"x\"}",
                    "Error: Invalid `insert_line` parameter: " + line
                            + ". It should be within the range of lines of the file: [0, 3]");
        }
        fails(
                "{\"command\":\"view\"," + path + ",\"view_range\":[5,6]}",
                "Error: Invalid `view_range` parameter: [5, 6]. It should be within the range of lines of the file: [1, 4]");
        fails(
                "{\"command\":\"view\"," + path + ",\"view_range\":[3,2]}",
                "Error: Invalid `view_range` parameter: [3, 2]. It should be within the range of lines of the file: [1, 4]");
        fails("{\"command\":\"delete\",\"path\":\"/memories/\"}", "Cannot delete the /memories directory itself");
        fails(
                "{\"command\":\"rename\",\"old_path\":\"/memories\",\"new_path\":\"/memories/x\"}",
                "Error: Cannot rename the /memories directory itself");
        for (String destination : List.of("/memories", "/memories/dir", "/memories/dir/a.txt")) {
            fails(
                    "{\"command\":\"rename\",\"old_path\":\"/memories/dir/a.txt\",\"new_path\":\"" + destination
                            + "\"}",
                    "Error: The destination " + destination + " already exists");
        }
        fails(
                "{\"command\":\"rename\",\"old_path\":\"/memories/dir\",\"new_path\":\"/memories/dir/sub/x\"}",
                "Error: The path /memories/dir cannot be moved into itself, to /memories/dir/sub/x");
        create("/memories/other", "x");
        fails(
                "{\"command\":\"rename\",\"old_path\":\"/memories/dir\",\"new_path\":\"/memories/other/dir\"}",
                "Error: The path /memories/other is a file; /memories/other/dir cannot be in it");
        assertThat(memory.lastChange()).isEqualTo(before + 1);
    }

    @Test
    void inputsThatNoCommandTakesAreRefusedByName() {
        fails("{}", "Error: Unknown command: none. The commands are view, create, str_replace, insert, delete, rename");
        fails(
                "{\"command\":\"undo\"}",
                "Error: Unknown command: \"undo\". The commands are view, create, str_replace, insert, delete, rename");
        fails(
                "{\"command\":[]}",
                "Error: Unknown command: []. The commands are view, create, str_replace, insert, delete, rename");
        Map<String, Map<String, Object>> valid = Map.of(
                "view", Map.of("path", "/memories/a"),
                "create", Map.of("path", "/memories/a", "file_text", "x"),
                "str_replace", Map.of("path", "/memories/a", "old_str", "x", "new_str", "y"),
                "insert", Map.of("path", "/memories/a", "insert_line", 0, "insert_text", "y"),
                "delete", Map.of("path", "/memories/a"),
                "rename", Map.of("old_path", "/memories/a", "new_path", "/memories/b"));
        valid.forEach((command, fields) -> fields.keySet().forEach(field -> {
            var input = new HashMap<String, @Nullable Object>(fields);
            input.put("command", command);
            input.put(field, null);
            String required = "Error: Parameter `%s` is required for command: %s".formatted(field, command);
            assertThat(files.run(input)).isEqualTo(new MemoryReply(required, true));
            input.remove(field);
            assertThat(files.run(input)).isEqualTo(new MemoryReply(required, true));
            input.put(field, List.of());
            assertThat(files.run(input).content())
                    .startsWith(
                            "Error: Parameter `%s` of command %s is a list; it should be".formatted(field, command));
        }));
        for (String range : List.of("[1]", "[1,2,3]", "[1,null]", "[\"1\",\"2\"]", "\"1-2\"", "[1.5,2]", "{}")) {
            assertThat(run("{\"command\":\"view\",\"path\":\"/memories/a\",\"view_range\":" + range + "}"))
                    .isEqualTo(new MemoryReply(
                            "Error: Invalid `view_range` parameter: it should be two line numbers, [start, end]; an end of -1 stands for the last line",
                            true));
        }
        assertThat(stele.agents()).as("agents after nothing but refusals").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "memories/a",
                "",
                "/",
                "/memoriesx/a",
                "/memories/../secrets",
                "/memories/a/../../b",
                "/memories/..",
                "/memories/..\\x",
                "/memories/a\\..\\b",
                "/memories/%2e%2e/x",
                "/memories/%2E%2e%2Fx",
                "/memories/%252e%252e/x",
                "/memories/a%00b",
                "/memories/./a",
                "/memories//a",
                "/memories/ a",
                "/memories/a /b",
                "/memories/a\u0000b",
                "/memories/a\nb",
                "/memories/\uD800"
            })
    void pathsThatAreNoNamesBelowTheRootAreRefusedByEveryCommand(String path) {
        create("/memories/a", "text");
        List<MemoryCommand> commands = List.of(
                new MemoryCommand.View(path, Optional.empty()),
                new MemoryCommand.Create(path, "x"),
                new MemoryCommand.StrReplace(path, "t", "x"),
                new MemoryCommand.Insert(path, 0, "x"),
                new MemoryCommand.Delete(path),
                new MemoryCommand.Rename(path, "/memories/b"),
                new MemoryCommand.Rename("/memories/a", path));
        for (MemoryCommand command : commands) {
            MemoryReply reply = files.run(command);
            assertThat(reply.error()).as("%s: %s", command, reply).isTrue();
            assertThat(reply.content())
                    .isIn(
                            "Path must start with /memories, got: " + path,
                            "Path " + path + " would escape /memories directory",
                            "Error: The path " + path + " is not valid: it has an empty name or the name \".\"",
                            "Error: The path " + path + " is not valid: a name begins or ends with a blank",
                            "Error: The path " + path + " is not valid: it holds a control character");
        }
        assertThatThrownBy(() -> files.noteId(path)).isInstanceOf(InvalidInputException.class);
        assertThat(view("/memories")).endsWith("4B\t/memories\n4B\t/memories/a");
    }

    @Test
    void textsKeepEveryCharacterAndLimitsAreNamed() {
        for (String text :
                List.of("", "\n", "  \n\t", "a\r\nb\r\n", "\u00FC \uD83D\uDE00 e\u0301", "(empty file)", "a\n\n\n")) {
            create("/memories/x", text);
            String shown = "Here's the content of /memories/x with line numbers:\n"
                    + String.join("\n", numbered(text.split("\n", -1)));
            assertThat(view("/memories/x")).isEqualTo(shown);
            files.run(new MemoryCommand.Delete("/memories/x"));
        }
        create("/memories/x", "");
        succeeds(
                "{\"command\":\"insert\",\"path\":\"/memories/x\",\"insert_line\":0,\"insert_text\":\"first\"}",
                "The file /memories/x has been edited.");
        assertThat(view("/memories/x")).endsWith("     1\tfirst\n     2\t");
        succeeds(
                "{\"command\":\"str_replace\",\"path\":\"/memories/x\",\"old_str\":\"first\\n\",\"new_str\":\"\"}",
                "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n     1\t");
        fails(
                "{\"command\":\"create\",\"path\":\"/memories/y\",\"file_text\":\"a\\u0000b\"}",
                "Error: The text for /memories/y holds the character NUL; a memory file is plain text");
        assertThat(files.run(new MemoryCommand.Create("/memories/y", "a\uD800b"))
                        .content())
                .startsWith("Error: The content of a note holds half of a surrogate pair");
        int limit = Limits.DEFAULT.messageBytes();
        create("/memories/big", "é".repeat(limit / 2));
        assertThat(files.run(new MemoryCommand.Create("/memories/y", "x".repeat(limit + 1))))
                .isEqualTo(new MemoryReply(
                        "Error: The content of the file has %d bytes; at most %d are taken (limits.message-bytes)."
                                .formatted(limit + 1, limit),
                        true));
        assertThat(files.run(new MemoryCommand.Insert("/memories/big", 0, "more"))
                        .content())
                .contains("limits.message-bytes");
        assertThat(files.run(new MemoryCommand.Create("/memories/" + "n".repeat(247), "x"))
                        .content())
                .isEqualTo("Error: The path has 257 characters; at most 256 are taken");
        // One name, whichever way its letters are composed.
        create("/memories/caf\u00E9", "x");
        assertThat(files.run(new MemoryCommand.Create("/memories/cafe\u0301", "x"))
                        .content())
                .endsWith("already exists");
        create("/memories/100%.md", "x");
    }

    private static List<String> numbered(String... lines) {
        return IntStream.range(0, lines.length)
                .mapToObj(i -> "%6d\t%s".formatted(i + 1, lines[i]))
                .toList();
    }

    @Test
    void filesOfMoreLinesThanNumbersHaveDigitsAreNotShown() {
        stele.close();
        var limits = Limits.builder().messageBytes(4 << 20).build();
        stele = Stele.open(Stores.at(data).withLimits(limits), Optional.empty());
        files = stele.agent("kira").files();
        create("/memories/long", "\n".repeat(999_998) + "x");
        assertThat(view("/memories/long")).endsWith("\n999999\tx");
        assertThat(files.run(new MemoryCommand.Insert("/memories/long", 0, "y")).error())
                .isFalse();
        fails(
                "{\"command\":\"view\",\"path\":\"/memories/long\"}",
                "File /memories/long exceeds maximum line limit of 999,999 lines.");
    }

    @Test
    void editsKeepVersionsAlsoThroughARename() {
        create("/memories/prefs.md", "tea");
        files.run(new MemoryCommand.StrReplace("/memories/prefs.md", "tea", "coffee"));
        create("/memories/dir/x", "");
        files.run(new MemoryCommand.Rename("/memories/prefs.md", "/memories/dir/drinks.md"));
        files.run(new MemoryCommand.Rename("/memories/dir", "/memories/people"));
        files.run(new MemoryCommand.Insert("/memories/people/drinks.md", 1, "water"));
        String id = files.noteId("/memories/people/drinks.md");
        assertThat(memory.notes().history(id))
                .extracting(Note::content)
                .containsExactly("tea", "coffee", "coffee", "coffee");
        assertThat(memory.notes().history(id))
                .extracting(Note::id)
                .containsExactly(
                        "/memories/prefs.md",
                        "/memories/prefs.md",
                        "/memories/dir/drinks.md",
                        "/memories/people/drinks.md");
        assertThat(memory.notes().get(id).orElseThrow().version()).isEqualTo(5);
        assertThat(memory.verify().problems()).isEmpty();
        assertThat(view("/memories/people/x")).endsWith("     1\t");
    }

    @Test
    void recallFindsFilesByTheirPresentTextAndPath() {
        create("/memories/project.md", "The staging database is called heron.");
        create("/memories/other.md", "Lunch is at noon.");
        RecallQuery query = RecallQuery.of("heron database");
        assertThat(memory.recall(query).hits()).extracting(Hit::id).first().isEqualTo("/memories/project.md");
        files.run(new MemoryCommand.Rename("/memories/project.md", "/memories/work/project.md"));
        assertThat(memory.recall(query).hits()).extracting(Hit::id).first().isEqualTo("/memories/work/project.md");
        files.run(new MemoryCommand.StrReplace("/memories/work/project.md", "heron", "osprey"));
        assertThat(memory.recall(RecallQuery.of("osprey")).hits())
                .extracting(Hit::content)
                .first()
                .isEqualTo("The staging database is called osprey.");
        // The vector of an edited file is computed after the edit.
        Awaitility.await()
                .untilAsserted(() -> assertThat(memory.stats().embedded()).isEqualTo(2));
        files.run(new MemoryCommand.Delete("/memories/work"));
        assertThat(memory.recall(query).hits()).extracting(Hit::id).doesNotContain("/memories/work/project.md");
    }

    @Test
    void filesOfAUserAreApartAndGoWithTheUser() {
        create("/memories/a", "shared");
        for (String user : List.of("ana", "ana/memories", "ana%2Fmemories")) {
            assertThat(memory.files(user)
                            .run(new MemoryCommand.Create("/memories/a", "of " + user))
                            .error())
                    .isFalse();
        }
        assertThat(memory.files("ana")
                        .run(new MemoryCommand.View("/memories", Optional.empty()))
                        .content())
                .endsWith("6B\t/memories\n6B\t/memories/a");
        assertThat(view("/memories")).endsWith("6B\t/memories\n6B\t/memories/a");
        var ofBen = RecallQuery.of("of ana").withFilter(RecallFilter.ALL.withAudience("ben"));
        assertThat(memory.recall(ofBen).hits()).extracting(Hit::content).doesNotContain("of ana");
        memory.users().forget("ana");
        assertThat(memory.files("ana")
                        .run(new MemoryCommand.View("/memories/a", Optional.empty()))
                        .error())
                .isTrue();
        assertThat(memory.files("ana/memories")
                        .run(new MemoryCommand.View("/memories/a", Optional.empty()))
                        .content())
                .endsWith("of ana/memories");
        assertThat(view("/memories/a")).endsWith("shared");
        var exported = new StringWriter();
        memory.export(exported);
        assertThat(exported.toString()).contains("shared").doesNotContain("of ana\"");
    }

    @Test
    void exportsAndBackupsHaveFilesWithTheirVersions() throws Exception {
        create("/memories/dir/a.md", "first");
        files.run(new MemoryCommand.StrReplace("/memories/dir/a.md", "first", "second"));
        files.run(new MemoryCommand.Rename("/memories/dir/a.md", "/memories/b.md"));
        create("/memories/blank", "\n\n");
        var exported = new StringWriter();
        memory.export(exported);
        stele.agent("copy").importFrom(new StringReader(exported.toString()), _ -> {});
        Path backup = data.resolve("kira.backup");
        memory.backup(backup);
        stele.restore(backup, Optional.of(new AgentName("restored")), false);
        for (String copy : List.of("copy", "restored")) {
            AgentMemory other = stele.agent(copy);
            assertThat(other.files()
                            .run(new MemoryCommand.View("/memories/b.md", Optional.empty()))
                            .content())
                    .endsWith("     1\tsecond");
            assertThat(other.files()
                            .run(new MemoryCommand.View("/memories/blank", Optional.empty()))
                            .content())
                    .endsWith("     1\t\n     2\t\n     3\t");
            assertThat(other.notes().history("/memories/b.md"))
                    .extracting(Note::content)
                    .containsExactly("first", "second");
        }
    }

    @Test
    void reflectionNeitherMergesNorComparesFiles() {
        create("/memories/a", "Ana likes tea.");
        create("/memories/b", "Ana likes tea.");
        memory.notes().create(NoteDraft.of("fact", "Ana likes tea."));
        assertThat(memory.consolidate(true)).isEmpty();
        assertThat(memory.consolidations().plan(Optional.empty()).operations()).isEmpty();
        assertThat(memory.notes()
                        .remember(NoteDraft.of("fact", "ana likes tea"), Optional.empty())
                        .note()
                        .category())
                .isEqualTo("fact");
    }

    @Test
    void storesThatCannotBeWrittenThrow() {
        create("/memories/a", "text");
        memory.remember(MessageDraft.user("s", "ana", "hello"));
        stele.close();
        stele = Stele.open(Stores.at(data).withReadOnly(), Optional.empty());
        files = stele.agent("kira").files();
        assertThat(view("/memories/a")).endsWith("text");
        assertThatThrownBy(() -> files.run(new MemoryCommand.Insert("/memories/a", 0, "x")))
                .isInstanceOf(ReadOnlyException.class);
    }

    /** Edits one file, half by insertions and half by replacements: {@code data, name, edits}. */
    static final class Editor {
        public static void main(String[] arguments) throws Exception {
            try (Stele stele = Stele.open(Stores.at(Path.of(arguments[0])), Optional.of(new WordEmbedder()))) {
                MemoryFiles files = stele.agent("kira").files();
                System.out.println("ready");
                System.in.read();
                for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                    String line = arguments[1] + "-" + i + ";";
                    MemoryReply reply = files.run(
                            i % 2 == 0
                                    ? new MemoryCommand.Insert("/memories/shared.md", 1, line)
                                    : new MemoryCommand.StrReplace("/memories/shared.md", "END", line + "\nEND"));
                    System.out.println(reply.error() ? reply.content() : line);
                }
            }
        }
    }

    @Test
    void fourProcessesOfEightEditsLoseNone() {
        editByProcesses(4, 8);
    }

    @Test
    @Tag("proof")
    void eightProcessesOfSixteenEditsLoseNone() {
        editByProcesses(8, 16);
    }

    private void editByProcesses(int count, int edits) {
        create("/memories/shared.md", "# Log\nEND\n");
        var processes = new ArrayList<SecondJvm>();
        for (int i = 0; i < count; i++) {
            processes.add(SecondJvm.start(Editor.class, data, "p" + i, edits));
        }
        processes.forEach(process -> assertThat(process.line()).isEqualTo("ready"));
        processes.forEach(SecondJvm::endInput);
        var acknowledged = new ArrayList<String>();
        processes.forEach(process -> {
            acknowledged.addAll(process.lines());
            assertThat(process.await()).isZero();
        });
        Note file = memory.notes().get(files.noteId("/memories/shared.md")).orElseThrow();
        assertThat(acknowledged).hasSize(count * edits).allMatch(line -> line.matches("p\\d-\\d+;"));
        assertThat(file.content().lines().filter(line -> line.endsWith(";")))
                .containsExactlyInAnyOrderElementsOf(acknowledged);
        assertThat(file.version()).isEqualTo(1L + count * edits);
        assertThat(memory.notes().history(file.id())).hasSize(count * edits);
        assertThat(memory.verify().problems()).isEmpty();
    }
}
