package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.InvalidInputException;
import dev.stele.model.JsonObject;
import dev.stele.model.Page;
import dev.stele.server.AuditLog.Entry;
import dev.stele.server.AuditLog.Filter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the audit log: what is written is read again in pages, and all together stay below their maximum. */
class AuditLogTest {

    private static final Filter ALL = new Filter(Optional.empty(), Optional.empty(), Optional.empty());
    private static final Router.Route ERASE = route("DELETE", "/v1/agents/{agent}/notes/{id}", "deleteNote");
    private static final Router.Route MERGE =
            route("POST", "/v1/agents/{agent}/entities/{entity}/merge", "mergeEntities");
    private static final Router.Route STORE = route("POST", "/v1/agents/{agent}/messages", "storeMessages");
    private static final Router.Route READ = route("GET", "/v1/agents/{agent}/notes", "listNotes");

    @TempDir
    Path data;

    private static Router.Route route(String method, String template, String name) {
        return new Router.Route(method, template, name, "", _ -> Reply.noContent());
    }

    private static void add(AuditLog log, Router.Route route, String agent, int number) {
        log.add(Optional.empty(), route, new AuditLog.Subject(Optional.of(agent), Optional.empty()), 200, "r" + number);
    }

    private static List<String> pages(AuditLog log, Filter filter, int limit) {
        var requests = new ArrayList<String>();
        Optional<String> after = Optional.empty();
        do {
            Page<Entry> page = log.list(filter, limit, after);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            page.items().forEach(entry -> requests.add(entry.request()));
            after = page.next();
        } while (after.isPresent());
        return requests;
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(data.resolve("audit"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void entriesAreListedNewestFirstInPagesAndFiltered() throws IOException {
        try (var log = new AuditLog(data, 1 << 20)) {
            assertThat(log.list(ALL, 10, Optional.empty()).items()).isEmpty();
            for (int number = 0; number < 7; number++) {
                add(log, number % 2 == 0 ? ERASE : MERGE, number < 3 ? "kira" : "juno", number);
            }
            add(log, STORE, "kira", 100);
            add(log, READ, "kira", 101);
        }
        // A crash may leave half a line.
        Files.writeString(files().getFirst(), "{\"at\":\"2026-", StandardOpenOption.APPEND);
        try (var log = new AuditLog(data, 1 << 20)) {
            for (int limit : new int[] {1, 2, 3, 7, 50}) {
                assertThat(pages(log, ALL, limit)).containsExactly("r6", "r5", "r4", "r3", "r2", "r1", "r0");
            }
            assertThat(pages(log, new Filter(Optional.of("kira"), Optional.empty(), Optional.empty()), 2))
                    .containsExactly("r2", "r1", "r0");
            assertThat(pages(log, new Filter(Optional.of("juno"), Optional.empty(), Optional.of("deleteNote")), 1))
                    .containsExactly("r6", "r4");
            assertThat(pages(log, new Filter(Optional.empty(), Optional.of("k1"), Optional.empty()), 5))
                    .isEmpty();
        }
    }

    @Test
    void oldestFilesAreDeletedBeforeAllExceedTheMaximum() throws IOException {
        int maxBytes = 16 << 10;
        int written = 0;
        for (int round = 0; round < 60; round++) { // each log writes a batch, after which a file may be full
            try (var log = new AuditLog(data, maxBytes)) {
                for (int number = 0; number < 10; number++) {
                    add(log, ERASE, "kira", written++);
                }
            }
        }
        long bytes = 0;
        for (Path file : files()) {
            bytes += Files.size(file);
        }
        assertThat(files()).hasSizeGreaterThan(3);
        assertThat(bytes).isBetween((long) maxBytes / 2, (long) maxBytes * 5 / 4);
        try (var log = new AuditLog(data, maxBytes)) {
            List<String> requests = pages(log, ALL, 50);
            assertThat(requests).hasSizeLessThan(written).first().isEqualTo("r" + (written - 1));
            for (int i = 0; i < requests.size(); i++) {
                assertThat(requests.get(i)).isEqualTo("r" + (written - 1 - i));
            }
        }
    }

    @Test
    void entryThatCannotBeWrittenIsTriedAgain() throws IOException {
        Path inTheWay = Files.createFile(data.resolve("audit"));
        try (var log = new AuditLog(data, 1 << 20)) {
            add(log, ERASE, "kira", 1);
            Awaitility.await().until(() -> log.failures() > 0);
            add(log, MERGE, "kira", 2);
            Files.delete(inTheWay);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(pages(log, ALL, 10)).containsExactly("r2", "r1"));
        }
    }

    @Test
    void logOfZeroBytesWritesNothing() {
        try (var log = new AuditLog(data, 0)) {
            add(log, ERASE, "kira", 1);
        }
        assertThat(data.resolve("audit")).doesNotExist();
    }

    @Test
    void cursorThatIsNoneIsRefused() {
        try (var log = new AuditLog(data, 1 << 20)) {
            for (String cursor : List.of("", "x", "2026-01-01-000001", "../../etc/passwd:1", "2026-01-01-000001:-1")) {
                assertThatThrownBy(() -> log.list(ALL, 10, Optional.of(cursor)))
                        .as(cursor)
                        .isInstanceOf(InvalidInputException.class);
            }
            assertThat(log.list(ALL, 10, Optional.of("2026-01-01-000001:5")).items())
                    .isEmpty();
        }
    }

    @Test
    void fieldsOfAnEntryAreReadAsTheyWereWritten() {
        var entry = new Entry(
                Instant.parse("2026-05-04T08:30:00Z"),
                "deleteUser",
                Optional.of("kira"),
                Optional.of("backup"),
                Optional.of("01m8"),
                Optional.of("<b>\"x\"</b>"),
                403,
                "r1");
        assertThat(Entry.fromJson(JsonObject.of("entry", Map.copyOf(entry.toJson()))))
                .isEqualTo(entry);
    }
}
