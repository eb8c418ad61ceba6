package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds the artifacts of the BOM from copies of the sources in two directories, and compares every byte of the jars and
 * the POMs. Run with {@code ./build install -Pproof}, which puts the plugins and the jars of the tests into the
 * repository.
 */
@Tag("proof")
class ReproducibleBuildTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));
    private static final Path INSTALLED = Path.of(System.getProperty("stele.repository"));

    @TempDir
    Path directory;

    private String run(Path where, List<String> command) throws Exception {
        Path out = Files.createTempFile(directory, "out", ".log");
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        process.getOutputStream().close();
        boolean ended = process.waitFor(1, TimeUnit.HOURS);
        process.destroyForcibly();
        String output = Files.readString(out);
        assertThat(ended).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    /** Returns the SHA-256 of each file of a release, by its path, after a build in a new directory. */
    private Map<String, String> built(List<String> sources, String name) throws Exception {
        Path copy = directory.resolve(name);
        for (String source : sources) {
            Path target = copy.resolve(source);
            Files.createDirectories(target.getParent());
            Files.copy(ROOT.resolve(source), target);
        }
        run(
                copy,
                List.of(
                        "mvn",
                        "-B",
                        "-q",
                        "-o",
                        "-Dmaven.repo.local=" + INSTALLED,
                        "-Dmaven.test.skip=true",
                        "package",
                        "-pl",
                        String.join(",", ConsumerProjectTest.artifacts().toList())));
        var sums = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(copy, 3)) {
            for (Path file : files.filter(file -> file.getParent().endsWith("target"))
                    .filter(file -> file.toString().endsWith(".jar") || file.endsWith(".flattened-pom.xml"))
                    .toList()) {
                sums.put(
                        copy.relativize(file).toString(),
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))));
            }
        }
        return sums;
    }

    private List<String> sources() throws Exception {
        try {
            return run(ROOT, List.of("git", "ls-files"))
                    .lines()
                    .filter(file -> Files.isRegularFile(ROOT.resolve(file)))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Test
    void twoBuildsInTwoDirectoriesMakeTheSameBytes() throws Exception {
        assumeTrue(
                Files.exists(INSTALLED.resolve("dev/stele/stele-bom/0.1.0/stele-bom-0.1.0.pom")),
                "nothing is installed; run ./build install -Pproof");
        List<String> sources = sources();
        assumeTrue(!sources.isEmpty(), "the sources are in no git repository");
        Map<String, String> first = built(sources, "first");
        Map<String, String> second = built(sources, "another-directory/second");
        var names = new ArrayList<String>();
        ConsumerProjectTest.artifacts().forEach(artifact -> {
            names.add(artifact + "/target/.flattened-pom.xml");
            names.add(artifact + "/target/" + artifact + "-0.1.0.jar");
            names.add(artifact + "/target/" + artifact + "-0.1.0-sources.jar");
        });
        assertThat(first.keySet()).containsAll(names);
        assertThat(second).isEqualTo(first);
    }
}
