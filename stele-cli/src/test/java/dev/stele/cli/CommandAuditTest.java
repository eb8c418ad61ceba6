package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.audit.AuditEntry;
import dev.stele.audit.AuditFiles;
import dev.stele.audit.AuditFilter;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.Json;
import dev.stele.model.NoteDraft;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands and MCP processes that run without a server, in the audit log of their data directory. */
class CommandAuditTest {

    /** Commands that change nothing, or only store what is said or learned. */
    private static final Set<String> NOT_AUDITED = Set.of(
            "remember",
            "recall",
            "context",
            "chat",
            "documents add",
            "documents list",
            "documents search",
            "reflect",
            "insights",
            "graph show",
            "graph near",
            "graph path",
            "graph query",
            "graph important",
            "graph history",
            "graph add",
            "graph observe",
            "graph relate",
            "serve",
            "mcp",
            "mcp config",
            "hook",
            "keys list",
            "tasks list",
            "agents",
            "stats",
            "verify",
            "embed status",
            "config",
            "completion",
            "complete",
            "help");

    @TempDir
    Path data;

    @BeforeEach
    void fill() {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            for (String note : List.of("n1", "n2", "n3")) {
                stele.agent("kira")
                        .notes()
                        .create(NoteDraft.of("fact", "Secret of " + note)
                                .withId(note)
                                .withUser("ana.costa"));
            }
            stele.agent("kira").graph().put(List.of(EntityDraft.of("person", "Ana"), EntityDraft.of("person", "Anna")));
        }
    }

    private int run(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString(), "--set", "memory.embedder=none"));
        return Start.run(all.toArray(String[]::new));
    }

    private List<AuditEntry> entries() {
        return new AuditFiles(data, 1)
                .list(AuditFilter.ALL, 1_000, Optional.empty())
                .items()
                .reversed();
    }

    private List<String> lines() {
        return entries().stream()
                .map(entry -> "%s %s %s %s %s"
                        .formatted(
                                entry.actor().surface().label(),
                                entry.operation().name(),
                                entry.operation().agent().orElse("-"),
                                entry.operation().detail().orElse("-"),
                                entry.outcome().label()))
                .toList();
    }

    @Test
    void everyCommandIsAuditedOrChangesNothing() {
        assertThat(CommandTree.leaves())
                .allSatisfy(node -> assertThat(node.command().getCommandSpec().userObject() instanceof AuditedCommand)
                        .as(node.path())
                        .isNotEqualTo(NOT_AUDITED.contains(node.path())));
    }

    @Test
    void commandsAreRecordedWithAccountAgentAndOutcome() throws IOException {
        run("notes", "--agent", "kira", "n1");
        run("notes", "--agent", "kira", "n1", "--patch", "{\"pinned\":true}");
        run("forget", "--agent", "kira", "--note", "n2", "--dry-run");
        run("forget", "--agent", "kira", "--note", "n2");
        run("forget", "--agent", "kira", "--note", "n2"); // is gone
        run("forget", "--agent", "kira", "--user", "ana.costa", "--yes");
        run("forget", "--help");
        run("forget", "--agent", "kira"); // names nothing
        run("graph", "merge", "--agent", "kira", "Ana", "Anna");
        run("graph", "retire", "--agent", "kira", "--entity", "Ana");
        run("consolidate", "--agent", "kira");
        run("consolidate", "--agent", "kira", "--apply");
        run("memory-tool", "--agent", "kira", "{\"command\":\"view\",\"path\":\"/memories\"}");
        run("memory-tool", "--agent", "kira", "{\"command\":\"delete\",\"path\":\"/memories/none\"}");
        run("tasks", "add", "verify", "--agent", "kira");
        run("keys", "create", "laptop");
        run("backup", "--agent", "kira", data.resolve("a.zip").toString());
        run("restore", data.resolve("a.zip").toString(), "--as", "copy");
        run("forget", "--agent", "copy", "--everything", "--yes");
        run("export", "--agent", "kira", data.resolve("a.jsonl").toString());
        String key = entries().stream()
                .filter(entry -> entry.operation().name().equals("createKey"))
                .findFirst()
                .flatMap(entry -> entry.operation().detail())
                .orElseThrow();
        run("keys", "revoke", key);

        assertThat(lines())
                .containsExactly(
                        "command updateNote kira - done",
                        "command deleteNote kira - done",
                        "command deleteNote kira - refused",
                        "command deleteUser kira - done",
                        "command mergeEntities kira - done",
                        "command deleteEntity kira - done",
                        "command consolidateUser kira - done",
                        "command runMemoryTool kira delete failed",
                        "command submitTask kira verify done",
                        "command createKey - " + key + " done",
                        "command createBackup kira - done",
                        "command restoreBackup copy - done",
                        "command deleteAgent copy - done",
                        "command exportAgent kira - done",
                        "command revokeKey - " + key + " done");
        assertThat(entries()).allSatisfy(entry -> {
            assertThat(entry.actor().account()).contains(System.getProperty("user.name"));
            assertThat(entry.actor().key()).isEmpty();
        });
        try (var files = Files.list(data.resolve("audit"))) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).doesNotContain("ana.costa", "n1", "n2", "Secret", "Anna");
            }
        }
    }

    @Test
    void formerKeyOfTheSizeTurnsTheLogOff() {
        run("forget", "--agent", "kira", "--note", "n1", "--set", "server.audit-bytes=0");
        assertThat(data.resolve("audit")).doesNotExist();
        run("forget", "--agent", "kira", "--note", "n2", "--set", "audit.bytes=1MiB");
        assertThat(lines()).containsExactly("command deleteNote kira - done");
    }

    @Test
    void logThatCannotBeWrittenIsSaidAndTheCommandSucceeds() throws Exception {
        Files.createFile(data.resolve("audit"));
        Process process = process("forget", "--agent", "kira", "--note", "n1");
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(errors).contains("The audit log in").doesNotContain("Exception");
    }

    @Test
    void mcpProcessesAndCommandsAtOnceShareTheLog() throws Exception {
        List<Process> servers =
                List.of(process("mcp", "--agent", "kira", "--tools", "all"), process("mcp", "--agent", "juno"));
        List<Process> commands = new ArrayList<>();
        for (String note : List.of("n1", "n2")) {
            commands.add(process("forget", "--agent", "kira", "--note", note));
        }
        call(servers.getFirst(), "create_entities", Map.of("entities", List.of()));
        call(servers.getFirst(), "delete_entities", Map.of("entityNames", List.of("Ana", "Anna")));
        call(servers.getFirst(), "forget", Map.of("kind", "note", "id", "n3"));
        call(servers.getFirst(), "forget", Map.of("kind", "note", "id", "n3"));
        call(servers.getFirst(), "consolidate", Map.of());
        call(servers.getLast(), "update_note", Map.of("id", "absent", "changes", Map.of("pinned", true)));
        for (Process server : servers) {
            server.getOutputStream().close();
        }
        for (Process process :
                List.of(servers.getFirst(), servers.getLast(), commands.getFirst(), commands.getLast())) {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }
        assertThat(lines())
                .containsExactlyInAnyOrder(
                        "command deleteNote kira - done",
                        "command deleteNote kira - done",
                        "mcp deleteEntity kira - done",
                        "mcp deleteNote kira - done",
                        "mcp deleteNote kira - refused",
                        "mcp updateNote juno - refused");
        assertThat(entries())
                .allSatisfy(entry -> assertThat(entry.actor().account()).contains(System.getProperty("user.name")));
    }

    private Process process(String... arguments) throws IOException {
        List<String> command = SecondJvm.command(
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Start.class, (Object[]) arguments);
        command.addAll(List.of("--data", data.toString(), "--set", "memory.embedder=none"));
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        return builder.start();
    }

    /** Calls a tool of an MCP process and reads its answer. */
    private static void call(Process server, String tool, Map<String, ?> arguments) throws IOException {
        Map<String, ?> request = Map.of(
                "jsonrpc",
                "2.0",
                "id",
                tool,
                "method",
                "tools/call",
                "params",
                Map.of("name", tool, "arguments", arguments));
        server.getOutputStream().write((Json.write(request) + "\n").getBytes(StandardCharsets.UTF_8));
        server.getOutputStream().flush();
        var line = new StringBuilder();
        for (int next = server.getInputStream().read();
                next != '\n';
                next = server.getInputStream().read()) {
            assertThat(next).as("the process of the MCP server has ended").isNotNegative();
            line.append((char) next);
        }
        assertThat(line.toString()).contains("\"id\":\"" + tool + "\"");
    }
}
