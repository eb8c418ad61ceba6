package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maintenance over HTTP: preview of retention, backups and their restoration, and the audit log of who did what. */
class MaintenanceHttpTest {

    private static final String KIRA = "/v1/agents/kira";

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private Http http;
    private ApiKeys.Created admin;
    private ApiKeys.Created writer;
    private ApiKeys.Created limited;

    @BeforeEach
    void open() {
        stele = Stele.open(
                SteleConfig.at(data).withRetention(5, true).withMaintenance(Duration.ofHours(1), Duration.ofMinutes(1)),
                Optional.empty());
        var keys = new ApiKeys(data);
        admin = keys.create("admin", Scope.ADMIN, List.of());
        writer = keys.create("writer", Scope.WRITE, List.of());
        limited = keys.create("limited", Scope.ADMIN, List.of("kira"));
        server = new SteleServer(stele, TestOptions.small().host("0.0.0.0").build());
        http = new Http(server.port());
    }

    @AfterEach
    void close() {
        http.close();
        server.close();
        stele.close();
    }

    private Http.Answer send(ApiKeys.Created key, String method, String path, String body) throws Exception {
        return http.send(method, path, body, "Authorization", "Bearer " + key.text());
    }

    private Path backUp(String agent, String name) throws Exception {
        Files.createDirectories(data.resolve("backups"));
        Path file = data.resolve("backups").resolve(name);
        stele.agent(agent).backup(file);
        return file;
    }

    private static List<String> names(Http.Answer answer) {
        return answer.json().objects("items").stream()
                .map(backup -> backup.string("name"))
                .toList();
    }

    @Test
    void retentionIsPreviewed() throws Exception {
        AgentMemory kira = stele.agent("kira");
        kira.remember(IntStream.range(0, 8)
                .mapToObj(number -> MessageDraft.user("s", "ana", "message " + number))
                .toList());
        JsonObject preview =
                send(writer, "GET", KIRA + "/retention?limit=2", null).json();
        assertThat(preview.optionalLong("excess")).hasValue(3L);
        assertThat(preview.objects("oldest"))
                .extracting(message -> message.string("content"))
                .containsExactly("message 0", "message 1");
        assertThat(kira.messageCount()).isEqualTo(8);
        assertThat(send(writer, "GET", KIRA + "/retention?limit=0", null).status())
                .isEqualTo(400);
        assertThat(send(writer, "GET", "/v1/agents/nobody/retention", null).status())
                .isEqualTo(404);
    }

    @Test
    void onlyABackupOfTheAgentIsRestoredAndOnlyWithItsName() throws Exception {
        AgentMemory kira = stele.agent("kira");
        kira.remember(MessageDraft.user("s", "ana", "before").withId("before"));
        stele.agent("juno").remember(MessageDraft.user("s", "ben", "secret of juno"));
        backUp("kira", "a.zip");
        backUp("juno", "b.zip");
        Path outside = data.resolve("outside.zip");
        kira.backup(outside);
        Files.writeString(data.resolve("backups").resolve("c.zip"), "no backup");
        kira.remember(MessageDraft.user("s", "ana", "after").withId("after"));

        assertThat(names(send(admin, "GET", KIRA + "/backups", null))).containsExactly("a.zip");
        assertThat(names(send(limited, "GET", KIRA + "/backups", null))).containsExactly("a.zip");
        assertThat(send(limited, "GET", "/v1/agents/juno/backups", null).status())
                .isEqualTo(403);
        assertThat(send(writer, "GET", KIRA + "/backups", null).status()).isEqualTo(403);
        assertThat(send(writer, "POST", KIRA + "/restore", "{\"backup\":\"a.zip\",\"confirm\":\"kira\"}")
                        .status())
                .isEqualTo(403);
        for (String confirm : List.of("", "Kira", "juno")) {
            assertThat(send(admin, "POST", KIRA + "/restore", "{\"backup\":\"a.zip\",\"confirm\":\"" + confirm + "\"}")
                            .status())
                    .as(confirm)
                    .isEqualTo(400);
        }
        for (String name : List.of("b.zip", "c.zip", "d.zip", "../outside.zip", outside.toString(), "a.zip/", ".")) {
            Http.Answer answer =
                    send(limited, "POST", KIRA + "/restore", "{\"backup\":\"" + name + "\",\"confirm\":\"kira\"}");
            assertThat(answer.status()).as(name + " " + answer.body()).isEqualTo(404);
        }
        assertThat(kira.message("after")).isPresent();

        Http.Answer restored = send(limited, "POST", KIRA + "/restore", "{\"backup\":\"a.zip\",\"confirm\":\"kira\"}");
        assertThat(restored.status()).as(restored.body()).isEqualTo(200);
        assertThat(restored.json().optionalLong("messages")).hasValue(1L);
        assertThat(kira.message("before")).isPresent();
        assertThat(kira.message("after")).isEmpty();

        stele.forget(kira.name()); // an erased agent comes back, too
        assertThat(send(admin, "POST", KIRA + "/restore", "{\"backup\":\"a.zip\",\"confirm\":\"kira\"}")
                        .status())
                .isEqualTo(200);
        assertThat(kira.message("before")).isPresent();
    }

    @Test
    void auditLogNamesWhoDidWhat() throws Exception {
        AgentMemory kira = stele.agent("kira");
        kira.notes()
                .create(NoteDraft.of("fact", "secret word")
                        .withId("note-of-ana")
                        .withUser("ana.costa"));
        kira.graph().put(List.of(EntityDraft.of("person", "Ana"), EntityDraft.of("person", "Anna")));
        backUp("kira", "a.zip");
        String created = send(admin, "POST", "/v1/keys", "{\"label\":\"bot\",\"scope\":\"read\"}")
                .json()
                .string("id");
        send(writer, "POST", KIRA + "/messages", "{\"content\":\"only content\"}");
        send(writer, "DELETE", KIRA + "/users/ana.costa?preview=true", null);
        send(writer, "POST", KIRA + "/entities/Ana/merge", "{\"with\":\"Anna\"}");
        send(writer, "DELETE", KIRA + "/users/ana.costa", null);
        send(writer, "DELETE", KIRA, null); // refused: only whole erasures need the scope admin
        http.send("DELETE", KIRA + "/notes/note-of-ana", null); // refused without a key
        send(limited, "POST", KIRA + "/restore", "{\"backup\":\"a.zip\",\"confirm\":\"kira\"}");
        send(admin, "DELETE", "/v1/keys/" + created, null);
        send(limited, "POST", "/v1/tasks", "{\"kind\":\"maintenance\",\"agent\":\"kira\"}");

        Awaitility.await().untilAsserted(() -> assertThat(audit("")).hasSize(7));
        assertThat(audit(""))
                .containsExactly(
                        "submitTask kira maintenance limited 201",
                        "revokeKey - " + created + " admin 204",
                        "restoreBackup kira a.zip limited 200",
                        "deleteAgent kira - writer 403",
                        "deleteUser kira - writer 200",
                        "mergeEntities kira - writer 200",
                        "createKey - " + created + " admin 201");
        assertThat(audit("?agent=kira&operation=restoreBackup&key="
                        + limited.key().id()))
                .containsExactly("restoreBackup kira a.zip limited 200");
        assertThat(audit("?operation=deleteUser")).containsExactly("deleteUser kira - writer 200");
        assertThat(send(writer, "GET", "/v1/audit", null).status()).isEqualTo(403);
        assertThat(send(limited, "GET", "/v1/audit", null).status()).isEqualTo(403);
        JsonObject first = send(admin, "GET", "/v1/audit?limit=4", null).json();
        assertThat(first.objects("items")).hasSize(4);
        assertThat(send(admin, "GET", "/v1/audit?limit=4&after=" + first.string("next"), null)
                        .json()
                        .objects("items"))
                .hasSize(3);
        try (var files = Files.list(data.resolve("audit"))) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).doesNotContain("ana.costa", "note-of-ana", "secret", "Anna");
            }
        }
    }

    @Test
    void callsOfMcpToolsThatChangeSomethingAreInTheAuditLog() throws Exception {
        AgentMemory kira = stele.agent("kira");
        kira.notes().create(NoteDraft.of("fact", "secret word").withId("note-of-ana"));
        kira.graph().put(List.of(EntityDraft.of("person", "Ana"), EntityDraft.of("person", "Anna")));
        ApiKeys.Created reader = new ApiKeys(data).create("reader", Scope.READ, List.of());

        call(writer, "create_entities", "{\"entities\":[]}"); // only stores content
        call(writer, "list_notes", "{}");
        call(writer, "update_note", "{\"id\":\"note-of-ana\",\"changes\":{\"pinned\":true}}");
        call(reader, "forget", "{\"kind\":\"note\",\"id\":\"note-of-ana\"}");
        call(writer, "forget", "{\"kind\":\"note\",\"id\":\"note-of-ana\"}");
        call(writer, "forget", "{\"kind\":\"note\",\"id\":\"note-of-ana\"}"); // is gone
        call(writer, "forget", "{\"kind\":\"everything\",\"id\":\"x\"}"); // names no operation
        call(writer, "delete_entities", "{\"entityNames\":[\"Ana\"]}");
        call(writer, "set_participants", "{\"session\":\"s\",\"users\":[\"ana\",\"ben\"]}");
        call(writer, "consolidate", "{}");
        call(writer, "consolidate", "{\"apply\":true}");
        call(writer, "memory", "{\"command\":\"view\",\"path\":\"/memories\"}");
        call(writer, "memory", "{\"command\":\"delete\",\"path\":\"/memories/none\"}");
        call(
                writer,
                "import",
                "{\"content\":\"{\\\"type\\\":\\\"entity\\\",\\\"name\\\":\\\"Rui\\\"}\",\"format\":\"mcp-memory\"}");
        call(writer, "backup", "{}");
        call(admin, "backup", "{}");
        send(writer, "POST", KIRA + "/memory-tool", "{\"command\":\"delete\",\"path\":\"/memories/none\"}");

        Awaitility.await()
                .untilAsserted(() -> assertThat(audit("?operation=runMemoryTool&surface=rest"))
                        .hasSize(1));
        assertThat(send(admin, "GET", "/v1/audit?surface=mcp", null).json().objects("items").stream()
                        .map(entry -> "%s %s %s %s"
                                .formatted(
                                        entry.string("operation"),
                                        entry.optionalString("detail").orElse("-"),
                                        entry.string("label"),
                                        entry.string("outcome")))
                        .toList()
                        .reversed())
                .containsExactly(
                        "updateNote - writer done",
                        "deleteNote - reader refused",
                        "deleteNote - writer done",
                        "deleteNote - writer refused",
                        "deleteEntity - writer done",
                        "updateSession participants writer done",
                        "mergeDuplicates - writer done",
                        "runMemoryTool delete writer refused",
                        "importFile - writer done",
                        "createBackup - writer refused",
                        "createBackup - admin done");
        assertThat(send(admin, "GET", "/v1/audit?surface=telepathy", null).status())
                .isEqualTo(400);
        assertThat(send(admin, "GET", "/v1/audit?surface=mcp", null).json().objects("items"))
                .allSatisfy(entry -> {
                    assertThat(entry.string("agent")).isEqualTo("kira");
                    assertThat(entry.optionalString("account")).isEmpty();
                });
    }

    /** Calls an MCP tool of kira in a session of its own. */
    private void call(ApiKeys.Created key, String tool, String arguments) throws Exception {
        String path = "/mcp?agent=kira&tools=all";
        String[] headers = {"Authorization", "Bearer " + key.text(), "Accept", "application/json, text/event-stream"};
        Http.Answer initialized = http.send(
                "POST",
                path,
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}",
                headers);
        String session = initialized.headers().firstValue("Mcp-Session-Id").orElseThrow();
        Http.Answer answer = http.send(
                "POST",
                path,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}"
                        .formatted(tool, arguments),
                headers[0],
                headers[1],
                headers[2],
                headers[3],
                "Mcp-Session-Id",
                session);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private List<String> audit(String query) throws Exception {
        return send(admin, "GET", "/v1/audit" + query, null).json().objects("items").stream()
                .map(entry -> "%s %s %s %s %d"
                        .formatted(
                                entry.string("operation"),
                                entry.optionalString("agent").orElse("-"),
                                entry.optionalString("detail").orElse("-"),
                                entry.optionalString("label").orElse("-"),
                                entry.optionalLong("status").orElseThrow()))
                .toList();
    }
}
