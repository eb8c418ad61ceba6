package dev.stele.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.support.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Temporary files of processes that died are swept, and those in use are not. */
class TemporaryFilesTest {

    private static final int WRITERS = 2;
    private static final int FILES = 150;
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

    /** A file is in use until it has its name, also in the moment between its last byte and its name. */
    @Test
    @Timeout(120)
    void noFileThatIsBeingWrittenIsSwept() throws Exception {
        var writing = new AtomicInteger(WRITERS);
        Threads.atOnce(WRITERS + 1, number -> () -> {
            if (number == WRITERS) {
                while (writing.get() > 0) {
                    DurableFiles.sweep(directory);
                }
            } else {
                try {
                    for (int i = 0; i < FILES; i++) {
                        DurableFiles.write(directory.resolve(number + "-" + i), out -> out.write(1));
                    }
                } finally {
                    writing.decrementAndGet();
                }
            }
            return 0;
        });
        assertThat(DurableFiles.names(directory)).hasSize(WRITERS * FILES).noneMatch(name -> name.startsWith("."));
    }
}
