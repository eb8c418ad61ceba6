package dev.stele.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Page;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the audit log: what is written is read again in pages, and all together stay below their maximum. */
class AuditLogTest {

    private static final String ERASE = "deleteNote";
    private static final String MERGE = "mergeEntities";

    @TempDir
    Path data;

    private AuditLog log(long maxBytes) {
        return new AuditLog(new AuditFiles(data, maxBytes));
    }

    private static AuditEntry entry(String operation, String agent, int number) {
        return AuditEntry.ofRequest(
                Actor.overHttp(Surface.REST, Optional.empty(), Optional.empty()),
                AuditedOperation.of(operation, agent),
                200,
                "r" + number);
    }

    private static AuditFilter filter(String agent, String operation) {
        return new AuditFilter(
                Optional.of(agent).filter(name -> !name.isEmpty()),
                Optional.empty(),
                Optional.of(operation).filter(name -> !name.isEmpty()),
                Optional.empty());
    }

    private List<String> pages(AuditFilter filter, int limit) {
        var files = new AuditFiles(data, 1);
        var requests = new ArrayList<String>();
        Optional<String> after = Optional.empty();
        do {
            Page<AuditEntry> page = files.list(filter, limit, after);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            page.items().forEach(entry -> requests.add(entry.request().orElseThrow()));
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
        assertThat(pages(AuditFilter.ALL, 10)).isEmpty();
        try (var log = log(1 << 20)) {
            for (int number = 0; number < 7; number++) {
                log.add(entry(number % 2 == 0 ? ERASE : MERGE, number < 3 ? "kira" : "juno", number));
            }
        }
        for (int limit : new int[] {1, 2, 3, 7, 50}) {
            assertThat(pages(AuditFilter.ALL, limit)).containsExactly("r6", "r5", "r4", "r3", "r2", "r1", "r0");
        }
        assertThat(pages(filter("kira", ""), 2)).containsExactly("r2", "r1", "r0");
        assertThat(pages(filter("juno", ERASE), 1)).containsExactly("r6", "r4");
        var ofKey = new AuditFilter(Optional.empty(), Optional.of("k1"), Optional.empty(), Optional.empty());
        assertThat(pages(ofKey, 5)).isEmpty();
        var byMcp = new AuditFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("mcp"));
        assertThat(pages(byMcp, 5)).isEmpty();
    }

    @Test
    void halfALineThatACrashLeftDamagesNoOtherEntry() throws IOException {
        new AuditFiles(data, 1 << 20).append(List.of(entry(ERASE, "kira", 1)));
        for (byte[] half : List.of(
                "{\"at\":\"2026-".getBytes(StandardCharsets.UTF_8),
                new byte[] {'{', '"', (byte) 0xC3}, // a character is cut in two
                new byte[100])) { // a file that was extended and not filled
            Files.write(files().getFirst(), half, StandardOpenOption.APPEND);
            new AuditFiles(data, 1 << 20).append(List.of(entry(MERGE, "kira", half.length)));
        }
        assertThat(pages(AuditFilter.ALL, 2)).containsExactly("r100", "r3", "r12", "r1");
    }

    @Test
    void severalProcessesWriteAtOnceAndLoseNothing() throws IOException {
        var processes = new ArrayList<SecondJvm>();
        for (int process = 0; process < 3; process++) {
            processes.add(SecondJvm.start(AuditWriter.class, data, process));
        }
        for (SecondJvm process : processes) {
            assertThat(process.await()).isZero();
        }
        List<String> requests = pages(AuditFilter.ALL, 100);
        assertThat(requests).hasSize(3 * AuditWriter.ENTRIES).doesNotHaveDuplicates();
        assertThat(files()).hasSizeGreaterThan(1);
        for (int process = 0; process < 3; process++) {
            String start = "r" + (process + 1);
            assertThat(requests)
                    .filteredOn(request -> request.startsWith(start))
                    .isSortedAccordingTo(Comparator.reverseOrder());
        }
    }

    /** Writes {@value #ENTRIES} entries, each by one write to the files, whose order is that of their requests. */
    static final class AuditWriter {
        static final int ENTRIES = 300;

        public static void main(String[] arguments) {
            var files = new AuditFiles(Path.of(arguments[0]), 1 << 20);
            int first = 1_000 * Integer.parseInt(arguments[1]) + 1_000;
            for (int number = 0; number < ENTRIES; number++) {
                files.append(List.of(entry(ERASE, "kira", first + number)));
            }
        }
    }

    @Test
    void oldestFilesAreDeletedBeforeAllExceedTheMaximum() throws IOException {
        int maxBytes = 16 << 10;
        int written = 0;
        for (int round = 0; round < 60; round++) { // each log writes a batch, after which a file may be full
            try (var log = log(maxBytes)) {
                for (int number = 0; number < 10; number++) {
                    log.add(entry(ERASE, "kira", written++));
                }
            }
        }
        long bytes = 0;
        for (Path file : files()) {
            bytes += Files.size(file);
        }
        assertThat(files()).hasSizeGreaterThan(3);
        assertThat(bytes).isBetween((long) maxBytes / 2, (long) maxBytes * 5 / 4);
        List<String> requests = pages(AuditFilter.ALL, 50);
        assertThat(requests).hasSizeLessThan(written).first().isEqualTo("r" + (written - 1));
        for (int i = 0; i < requests.size(); i++) {
            assertThat(requests.get(i)).isEqualTo("r" + (written - 1 - i));
        }
    }

    @Test
    void entryThatCannotBeWrittenIsTriedAgain() throws IOException {
        Path inTheWay = Files.createFile(data.resolve("audit"));
        try (var log = log(1 << 20)) {
            log.add(entry(ERASE, "kira", 1));
            Awaitility.await().until(() -> log.failures() > 0);
            log.add(entry(MERGE, "kira", 2));
            Files.delete(inTheWay);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(pages(AuditFilter.ALL, 10)).containsExactly("r2", "r1"));
        }
    }

    @Test
    void logOfZeroBytesWritesNothing() {
        try (var log = log(0)) {
            log.add(entry(ERASE, "kira", 1));
        }
        assertThat(data.resolve("audit")).doesNotExist();
    }

    @Test
    void cursorThatIsNoneIsRefused() {
        var files = new AuditFiles(data, 1 << 20);
        for (String cursor : List.of("", "x", "2026-01-01-000001", "../../etc/passwd:1", "2026-01-01-000001:-1")) {
            assertThatThrownBy(() -> files.list(AuditFilter.ALL, 10, Optional.of(cursor)))
                    .as(cursor)
                    .isInstanceOf(InvalidInputException.class);
        }
        assertThat(files.list(AuditFilter.ALL, 10, Optional.of("2026-01-01-000001:5"))
                        .items())
                .isEmpty();
    }

    @Test
    void fieldsOfAnEntryAreReadAsTheyWereWritten() {
        for (AuditEntry entry : List.of(
                AuditEntry.ofRequest(
                        Actor.overHttp(Surface.REST, Optional.of("01m8"), Optional.of("<b>\"x\"</b>")),
                        AuditedOperation.of("deleteUser", "kira").withDetail("backup"),
                        403,
                        "r1"),
                AuditEntry.of(
                        Actor.ofProcess(Surface.COMMAND),
                        new AuditedOperation("revokeKey", Optional.empty(), Optional.of("01m8")),
                        AuditOutcome.FAILED))) {
            assertThat(AuditEntry.fromJson(JsonObject.of("entry", Map.copyOf(entry.toJson()))))
                    .isEqualTo(entry);
        }
    }

    @Test
    void entryOfAnEarlierVersionIsReadAsARequest() {
        AuditEntry entry = AuditEntry.fromJson(Json.readObject(
                "entry",
                "{\"at\":\"2026-05-04T08:30:00Z\",\"operation\":\"deleteNote\",\"status\":404,\"request\":\"r1\"}"));
        assertThat(entry.actor().surface()).isEqualTo(Surface.REST);
        assertThat(entry.outcome()).isEqualTo(AuditOutcome.REFUSED);
    }
}
