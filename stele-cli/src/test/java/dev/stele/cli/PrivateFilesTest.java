package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.MemoryBudget;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.TaskDraft;
import dev.stele.model.TaskState;
import dev.stele.server.SteleServer;
import dev.stele.server.auth.ApiKeys;
import dev.stele.server.auth.Scope;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Other users of the machine can neither read nor list files that Stele creates, even if the umask would permit that.
 */
@Timeout(120)
class PrivateFilesTest {

    private static final String DIRECTORY = "rwx------";
    private static final String FILE = "rw-------";
    private static final String PATH = "/v1/agents/kira";

    /** Number of items from which a vector file is written. */
    private static final int VECTOR_FILE_ITEMS = 4_200;

    @TempDir
    Path temporary;

    @BeforeEach
    void assumePosixPermissions() throws IOException {
        Assumptions.assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        Path probe = Files.createFile(temporary.resolve("probe"));
        Assumptions.assumeTrue(permissions(probe).startsWith("rw-r"), "the umask hides files itself");
        Files.delete(probe);
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * Returns the paths that other users can access, with their permissions. Without {@code withRoot} the root is
     * ignored.
     */
    private static Map<String, String> open(Path root, boolean withRoot) throws IOException {
        var open = new TreeMap<String, String>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.skip(withRoot ? 0 : 1).toList()) {
                try {
                    String expected = Files.isDirectory(path) ? DIRECTORY : FILE;
                    String found = permissions(path);
                    if (!found.equals(expected)) {
                        open.put(root.relativize(path).toString(), found);
                    }
                } catch (NoSuchFileException e) {
                    // Temporary files and logs of databases may disappear during the traversal.
                    assertThat(path).doesNotExist();
                }
            }
        }
        return open;
    }

    private static List<String> names(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.map(path -> path.getFileName().toString()).distinct().toList();
        }
    }

    private static SteleConfig config(Path data) {
        var budget = MemoryBudget.DEFAULT;
        return SteleConfig.at(data)
                .withRetention(VECTOR_FILE_ITEMS, true)
                .withMemory(new MemoryBudget(budget.indexBytes(), budget.cacheBytes(), budget.taskBytes(), 4_096))
                .withMaintenance(Duration.ofMillis(200), Duration.ofSeconds(60));
    }

    private static Stele open(Path data) {
        return Stele.open(config(data), Optional.of(new WordEmbedder()));
    }

    /** Creates all kinds of files through the library, the server and the command. */
    private static void work(Path data, Path outside, String... ofTheUser) throws Exception {
        new ApiKeys(data).create("laptop", Scope.WRITE, List.of());
        try (Stele stele = open(data)) {
            AgentMemory kira = stele.agent("kira");
            for (int from = 0; from < VECTOR_FILE_ITEMS + 500; from += 500) {
                kira.remember(IntStream.range(from, from + 500)
                        .mapToObj(i -> MessageDraft.user("s" + i / 50, "ana", "turn %d of word%d".formatted(i, i % 97))
                                .withId("m" + i))
                        .toList());
            }
            kira.notes().create(NoteDraft.of("fact", "ana drinks tea"));
            kira.users().update("ana", context -> context.withPreference("drink", "tea"));
            kira.runMaintenance();
            assertThat(kira.stats().archived()).isPositive();
            kira.deleteMessage("m3"); // rewrites an archive segment
            kira.recall("word44");
            var tasks = stele.tasks();
            tasks.start(1);
            String backup = tasks.submit(TaskDraft.of("backup").withAgent(new AgentName("kira")))
                    .id();
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .until(() -> tasks.get(backup).state() == TaskState.DONE);
            try (var server = new SteleServer(stele, TestOptions.small().build());
                    var http = new Http(server.port())) {
                assertThat(http.post(PATH + "/messages", "{\"content\":\"I moved to Lisbon\"}")
                                .status())
                        .isEqualTo(201);
                assertThat(http.post(PATH + "/entities", "{\"name\":\"Ana\",\"type\":\"person\"}")
                                .status())
                        .isEqualTo(201);
                assertThat(http.post(
                                        PATH + "/documents",
                                        "{\"collection\":\"c\",\"type\":\"markdown\",\"text\":\"# Tea\\n\\nTea is hot.\"}")
                                .status())
                        .isEqualTo(201);
                assertThat(http.post(PATH + "/chat", "{\"session\":\"c\",\"user\":\"ana\",\"message\":\"I like tea\"}")
                                .status())
                        .isEqualTo(200);
                assertThat(http.post("/v1/agents/gone/messages", "{\"content\":\"x\"}")
                                .status())
                        .isEqualTo(201);
                assertThat(http.send("DELETE", "/v1/agents/gone", null).status())
                        .isEqualTo(204);
            }
            kira.reflect();
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .until(() -> Files.exists(data.resolve("agents/kira/hnsw.derived")));
            // The memory is still open, so that the logs and shared memory of databases exist.
            assertThat(names(data))
                    .contains(
                            "memory.db",
                            "memory.db-wal",
                            "memory.db-shm",
                            "changes.stamp",
                            "writer.lock",
                            "name",
                            "vectors.derived",
                            "hnsw.derived",
                            "archive",
                            "tasks.db",
                            "tasks.db-wal",
                            "tasks.lock",
                            "backups",
                            backup + ".zip",
                            ".lifecycle.lock",
                            "keys.json",
                            "keys.pepper",
                            "keys.lock",
                            "reflect",
                            "reflect.lock");
            assertThat(open(data, false)).containsOnlyKeys(ofTheUser);
        }
        Path export = outside.resolve("kira.jsonl");
        Path backup = outside.resolve("backups/kira.zip");
        run(0, data, "export", "--agent", "kira", export.toString());
        run(0, data, "backup", "--agent", "kira", backup.toString());
        run(0, data, "restore", "--as", "copy", backup.toString());
        run(0, data, "restore", "--replace", backup.toString());
        run(0, data, "import", "--agent", "other", export.toString());
        run(0, data, "verify");
        assertThat(data.resolve("agents/copy/archive")).isNotEmptyDirectory();
        assertThat(names(outside)).contains("kira.jsonl", "kira.zip");
    }

    private static void run(int code, Path data, String... arguments) {
        var all = Stream.concat(
                        Stream.of(arguments), Stream.of("--data", data.toString(), "--set", "memory.embedder=none"))
                .toArray(String[]::new);
        assertThat(SteleCommand.run(all)).as(String.join(" ", all)).isEqualTo(code);
    }

    /** Restores an agent over a damaged one, which is kept beside the restored one. */
    private static void replaceDamaged(Path data, Path backup) throws Exception {
        Path database = data.resolve("agents/copy/memory.db");
        try (var channel = java.nio.channels.FileChannel.open(database, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(5_000);
        }
        for (String part : List.of("-wal", "-shm")) {
            Files.deleteIfExists(database.resolveSibling("memory.db" + part));
        }
        run(0, data, "restore", "--as", "copy", "--replace", backup.toString());
        assertThat(data.resolve("damaged")).isNotEmptyDirectory();
    }

    @Test
    void everythingInADirectoryThatSteleCreatesIsPrivate() throws Exception {
        Path data = temporary.resolve("home/.stele");
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        work(data, outside);
        replaceDamaged(data, outside.resolve("backups/kira.zip"));
        assertThat(open(data, true)).isEmpty();
        assertThat(permissions(data.getParent())).isEqualTo(DIRECTORY);
        assertThat(open(outside, false)).isEmpty();
    }

    /**
     * An existing directory and its files keep the permissions that the user chose; new files of Stele in it are
     * private.
     */
    @Test
    void existingDirectoryKeepsItsPermissionsAndNewFilesInItArePrivate() throws Exception {
        Path data = Files.createDirectory(temporary.resolve("data"));
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Path own = Files.writeString(data.resolve("stele.yaml"), "limits:\n  results: 50\n");
        assertThat(permissions(data)).isEqualTo("rwxr-xr-x");
        work(data, outside, "stele.yaml");
        assertThat(permissions(data)).isEqualTo("rwxr-xr-x");
        assertThat(permissions(own)).isEqualTo("rw-r--r--");
        assertThat(open(data, false)).containsOnlyKeys("stele.yaml");
        assertThat(open(outside, false)).isEmpty();
    }
}
