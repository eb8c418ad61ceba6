package dev.stele.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Projects outside of the build that use the installed artifacts. Each starts with an empty repository, which is filled
 * from the local one. Run with {@code ./build install -Pproof}, which installs the artifacts first.
 */
class ConsumerProjectTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));
    private static final Path INSTALLED = Path.of(System.getProperty("stele.repository"));

    @TempDir
    Path directory;

    private static String run(Path where, List<String> command, String input) throws Exception {
        Path out = Files.createTempFile(where, "out", ".log");
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try (var stream = process.getOutputStream()) {
            stream.write(input.getBytes(StandardCharsets.UTF_8));
        }
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        String output = Files.readString(out);
        assertThat(ended).as(output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    /** Settings with the local repository before Maven Central, which has what the build itself does not need. */
    private Path settings() throws IOException {
        return Files.writeString(directory.resolve("settings.xml"), """
                <settings>
                  <profiles>
                    <profile>
                      <id>installed</id>
                      <repositories>
                        <repository><id>installed</id><url>%1$s</url></repository>
                      </repositories>
                      <pluginRepositories>
                        <pluginRepository><id>installed</id><url>%1$s</url></pluginRepository>
                      </pluginRepositories>
                    </profile>
                  </profiles>
                  <activeProfiles><activeProfile>installed</activeProfile></activeProfiles>
                </settings>
                """.formatted(INSTALLED.toUri()));
    }

    private List<String> maven(String... goals) throws IOException {
        var command = new ArrayList<>(List.of(
                "mvn",
                "-B",
                "-q",
                "-s",
                settings().toString(),
                "-Dmaven.repo.local=" + directory.resolve("repository")));
        command.addAll(List.of(goals));
        return command;
    }

    /** Returns the name of the jar of a library in the version that the build itself uses. */
    private static String tested(String library) {
        return Stream.of(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                        .split(File.pathSeparator))
                .map(jar -> Path.of(jar).getFileName().toString())
                .filter(name -> name.matches(Pattern.quote(library) + "-[0-9.]+\\.jar"))
                .findFirst()
                .orElseThrow();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    /** Programs, their input, and what they print. */
    @Tag("proof")
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            consumer    | Readme                  |               |                       | I moved to Lisbon last week.
            langchain4j | Chatbot                 | data monday   | My dog is called Rex. | You said 1 things, first: My dog is called Rex.
            spring-boot | example.ChatApplication |               | My dog is called Rex. | > 1 messages
            """)
    void projectBuildsFromAnEmptyRepositoryAndRuns(
            String example, String main, String arguments, String input, String expected) throws Exception {
        assumeTrue(
                Files.exists(INSTALLED.resolve("dev/stele/stele-bom/0.1.0/stele-bom-0.1.0.pom")),
                "nothing is installed; run ./build install -Pproof");
        Path project = directory.resolve("project");
        copy(ROOT.resolve("examples").resolve(example), project);
        run(
                project,
                maven(
                        "compile",
                        "dependency:build-classpath",
                        "-Dmdep.outputFile=" + directory.resolve("class-path"),
                        "-DincludeScope=runtime"),
                "");
        String classPath = Files.readString(directory.resolve("class-path"));
        assertThat(classPath).contains("stele-core-0.1.0.jar", tested("sqlite-jdbc"), tested("caffeine"));
        assertThat(classPath).doesNotContain("slf4j-api-1.").doesNotContain("langchain4j-core-1.19");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                project.resolve("target/classes") + ":" + classPath.strip(),
                main));
        if (arguments != null) {
            command.addAll(List.of(arguments.split(" ")));
        }
        assertThat(run(project, command, input == null ? "" : input + "\n")).contains(expected);
    }

    /** Returns the artifacts of the BOM. */
    static Stream<String> artifacts() throws IOException {
        return Pattern.compile("<artifactId>(stele-[a-z0-9-]+)</artifactId>")
                .matcher(Files.readString(ROOT.resolve("stele-bom/pom.xml")))
                .results()
                .map(found -> found.group(1))
                .filter(artifact -> !Set.of("stele-parent", "stele-bom").contains(artifact));
    }

    private static Set<String> jars(Path classPath) throws IOException {
        return Stream.of(Files.readString(classPath).strip().split(File.pathSeparator))
                .map(jar -> Path.of(jar).getFileName().toString())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns the names of the jars that the tests of a module run with. */
    private Set<String> jarsOfTests(String module) throws Exception {
        Path classPath = directory.resolve("tested");
        run(
                directory,
                List.of(
                        "mvn",
                        "-B",
                        "-q",
                        "-o",
                        "-Dmaven.repo.local=" + INSTALLED,
                        "-f",
                        ROOT.resolve(module).resolve("pom.xml").toString(),
                        "dependency:build-classpath",
                        "-Dmdep.outputFile=" + classPath),
                "");
        return jars(classPath);
    }

    /** A project that depends on one artifact gets it and what it needs, in the versions that the build tests. */
    @Tag("proof")
    @ParameterizedTest
    @MethodSource("artifacts")
    void everyArtifactResolvesFromAnEmptyRepository(String artifact) throws Exception {
        assumeTrue(
                Files.exists(INSTALLED.resolve("dev/stele/stele-bom/0.1.0/stele-bom-0.1.0.pom")),
                "nothing is installed; run ./build install -Pproof");
        Path project = directory.resolve("project");
        copy(ROOT.resolve("examples/consumer"), project);
        Path pom = project.resolve("pom.xml");
        String text = Files.readString(pom);
        String dependencies = "<dependencies><dependency><groupId>dev.stele</groupId><artifactId>" + artifact
                + "</artifactId></dependency></dependencies>";
        int start = text.lastIndexOf("<dependencies>");
        int end = text.lastIndexOf("</dependencies>") + "</dependencies>".length();
        Files.writeString(pom, text.substring(0, start) + dependencies + text.substring(end));
        run(
                project,
                maven(
                        "dependency:build-classpath",
                        "-Dmdep.outputFile=" + directory.resolve("class-path"),
                        "-DincludeScope=runtime"),
                "");
        Set<String> jars = jars(directory.resolve("class-path"));
        String own = artifact + "-0.1.0.jar";
        assertThat(jars).contains(own);
        jars.remove(own);
        if (artifact.equals("stele-client")) {
            assertThat(jars).as("the client has no dependencies").isEmpty();
        } else {
            assertThat(jars).as("libraries in the versions of the tests").isSubsetOf(jarsOfTests(artifact));
        }
    }

    @Test
    void consumerIsTheProgramOfTheReadme() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String program = readme.substring(readme.indexOf("```java\n") + "```java\n".length());
        program = program.substring(0, program.indexOf("```"));
        String consumer = Files.readString(ROOT.resolve("examples/consumer/src/main/java/Readme.java"));
        assertThat(consumer.lines().map(String::strip).toList())
                .containsSequence(program.lines().map(String::strip).toList());
    }
}
