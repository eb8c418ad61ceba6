package dev.stele.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.support.SecondJvm;
import java.io.IOException;
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

    private SecondJvm start() {
        return SecondJvm.startProgram(
                directory.toString(),
                "example.ChatApplication",
                "--spring.main.banner-mode=off",
                "--stele.data=" + directory.resolve("data"),
                "--stele.agent=kira");
    }

    private static String say(SecondJvm application, String text) {
        application.send(text + "\n");
        String line;
        do {
            line = application.line();
        } while (line != null && !line.startsWith("> "));
        return line;
    }

    @Test
    void applicationGoesOnAfterItWasKilled() {
        try (SecondJvm first = start()) {
            assertThat(say(first, "My dog is called Rex.")).startsWith("> 1 messages");
            first.kill();
        }
        try (SecondJvm second = start()) {
            assertThat(say(second, "dog called")).startsWith("> ").contains("My dog is called Rex.");
            second.endInput();
            assertThat(second.await()).isZero();
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
