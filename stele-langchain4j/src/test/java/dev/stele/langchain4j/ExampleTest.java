package dev.stele.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.support.SecondJvm;
import java.io.IOException;
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

    private SecondJvm start() {
        return SecondJvm.startProgram("", CHATBOT.toString(), data.toString(), "monday");
    }

    private static String say(SecondJvm chatbot, String text) {
        chatbot.send(text + "\n");
        return chatbot.line();
    }

    @Test
    void chatbotGoesOnAfterItWasKilled() {
        try (SecondJvm first = start()) {
            assertThat(say(first, "My dog is called Rex."))
                    .isEqualTo("You said 1 things, first: My dog is called Rex.");
            assertThat(say(first, "It rains.")).startsWith("You said 2 things, first: My dog is called Rex.");
            first.kill();
        }
        try (SecondJvm second = start()) {
            assertThat(say(second, "Hello again.")).startsWith("You said 3 things, first: My dog is called Rex.");
            second.endInput();
            assertThat(second.await()).isZero();
        }
    }

    @Test
    void guideShowsTheProgram() throws IOException {
        assertThat(Files.readString(ROOT.resolve("docs/guides/langchain4j.md"))).contains(Files.readString(CHATBOT));
    }
}
