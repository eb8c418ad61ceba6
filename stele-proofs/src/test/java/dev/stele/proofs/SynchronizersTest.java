package dev.stele.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.support.SecondJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.Main;

/**
 * Every hand-made synchronizer gives only outcomes that its contract allows, whatever the order in which threads run
 * and however the compilers order their memory accesses. The tests are the classes of this module whose names end with
 * {@code Stress}.
 */
@Tag("proof")
class SynchronizersTest {

    @TempDir
    Path directory;

    @Test
    void everyOutcomeOfConcurrentCallsIsAllowed() throws Exception {
        List<String> command = new ArrayList<>(SecondJvm.command(
                List.of("-Xmx256m"),
                Main.class,
                "-m",
                System.getProperty("stele.jcstress.mode", "quick"),
                "-t",
                System.getProperty("stele.jcstress.tests", "dev.stele"),
                "-r",
                directory.resolve("report"),
                "-jvmArgsPrepend",
                "-Xmx512m --enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector -Djava.io.tmpdir="
                        + directory));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }
}
