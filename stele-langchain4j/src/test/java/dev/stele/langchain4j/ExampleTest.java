package dev.stele.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of the guide, as a process of its own. */
class ExampleTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));
    private static final Path CHATBOT = ROOT.resolve("examples/langchain4j/src/main/java/Chatbot.java");

    @TempDir
    Path data;

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        CHATBOT.toString(),
                        data.toString(),
                        "monday")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String say(Process chatbot, BufferedReader answers, String text) throws IOException {
        chatbot.getOutputStream().write((text + "\n").getBytes(StandardCharsets.UTF_8));
        chatbot.getOutputStream().flush();
        return answers.readLine();
    }

    @Test
    void chatbotGoesOnAfterItWasKilled() throws Exception {
        Process first = start();
        try (var answers = new BufferedReader(new InputStreamReader(first.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(say(first, answers, "My dog is called Rex."))
                    .isEqualTo("You said 1 things, first: My dog is called Rex.");
            assertThat(say(first, answers, "It rains.")).startsWith("You said 2 things, first: My dog is called Rex.");
        } finally {
            first.destroyForcibly().waitFor();
        }
        Process second = start();
        try (var answers = new BufferedReader(new InputStreamReader(second.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(say(second, answers, "Hello again."))
                    .startsWith("You said 3 things, first: My dog is called Rex.");
            second.getOutputStream().close();
            assertThat(second.waitFor()).isZero();
        } finally {
            second.destroyForcibly().waitFor();
        }
    }

    @Test
    void guideShowsTheProgram() throws IOException {
        assertThat(Files.readString(ROOT.resolve("docs/guides/langchain4j.md"))).contains(Files.readString(CHATBOT));
    }
}
