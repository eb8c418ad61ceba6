package dev.stele.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Temporary files of processes that died are swept, and those in use are not. */
class TemporaryFilesTest {

    private static final List<String> SIDES = List.of("", "-journal", "-wal", "-shm");

    @TempDir
    Path directory;

    @Test
    void temporaryDatabaseInUseKeepsTheFilesBesideIt() throws Exception {
        Path path;
        try (var temporary = DurableFiles.Temporary.in(directory, ".db")) {
            path = temporary.path();
            for (String side : SIDES) {
                Files.writeString(Path.of(path + side), "in use");
            }
            DurableFiles.sweep(directory);
            assertThat(SIDES)
                    .allSatisfy(side -> assertThat(Path.of(path + side)).exists());
        }
        // As a process leaves them that was killed.
        for (String side : SIDES) {
            Files.writeString(Path.of(path + side), "left over");
        }
        DurableFiles.sweep(directory);
        assertThat(directory).isEmptyDirectory();
    }
}
