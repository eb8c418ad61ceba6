package dev.stele.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application of the guide, as a process of its own. */
class SpringExampleTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));
    private static final Path APPLICATION =
            ROOT.resolve("examples/spring-boot/src/main/java/example/ChatApplication.java");
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    Path directory;

    @BeforeEach
    void compile() {
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-parameters",
                        "-cp",
                        CLASS_PATH,
                        "-d",
                        directory.toString(),
                        APPLICATION.toString());
        assertThat(failed).isZero();
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        directory + java.io.File.pathSeparator + CLASS_PATH,
                        "example.ChatApplication",
                        "--spring.main.banner-mode=off",
                        "--stele.data=" + directory.resolve("data"),
                        "--stele.agent=kira")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String say(Process application, BufferedReader output, String text) throws IOException {
        application.getOutputStream().write((text + "\n").getBytes(StandardCharsets.UTF_8));
        application.getOutputStream().flush();
        String line;
        do {
            line = output.readLine();
        } while (line != null && !line.startsWith("> "));
        return line;
    }

    @Test
    void applicationGoesOnAfterItWasKilled() throws Exception {
        Process first = start();
        try (var output = new BufferedReader(new InputStreamReader(first.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(say(first, output, "My dog is called Rex.")).startsWith("> 1 messages");
        } finally {
            first.destroyForcibly().waitFor();
        }
        Process second = start();
        try (var output = new BufferedReader(new InputStreamReader(second.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(say(second, output, "dog called")).startsWith("> ").contains("My dog is called Rex.");
            second.getOutputStream().close();
            assertThat(second.waitFor()).isZero();
        } finally {
            second.destroyForcibly().waitFor();
        }
    }

    @Test
    void guideShowsTheApplicationAndEverySetting() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/guides/spring.md"));
        assertThat(guide).contains(Files.readString(APPLICATION));
        assertThat(List.of(
                        "data",
                        "url",
                        "agent",
                        "embedder",
                        "read-only",
                        "reflection",
                        "chat-memory.removal",
                        "vector-store.collection"))
                .allSatisfy(key -> assertThat(guide).contains("`stele." + key + "`"));
    }
}
