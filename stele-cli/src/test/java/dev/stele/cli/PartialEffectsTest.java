package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands with several steps, the last of which fails: nothing is changed. */
class PartialEffectsTest {

    /** Half of a surrogate pair, which no text may contain. */
    private static final String INVALID = "\ud800";

    @TempDir
    Path home;

    private int run(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", home.resolve("data").toString(), "--set", "memory.embedder=none"));
        return Start.run(all.toArray(String[]::new));
    }

    private Stele open() {
        return Stele.open(SteleConfig.at(home.resolve("data")), Optional.empty());
    }

    private String file(String name, String content) throws Exception {
        Path file = home.resolve(name);
        Files.createDirectories(Optional.ofNullable(file.getParent()).orElseThrow());
        return Files.writeString(file, content).toString();
    }

    @Test
    void wrongFileOfAProfileChangesNoPartOfIt() throws Exception {
        String persona = file("persona.json", "{\"name\":\"Kira\",\"description\":\"A guide.\"}");
        String wrong = file("wrong.json", "{\"colour\":1}");
        assertThat(run("persona", "--persona", persona, "--access", wrong)).isEqualTo(2);
        assertThat(run("persona", "--persona", persona, "--schedule", wrong)).isEqualTo(2);
        assertThat(run("persona", "--persona", persona, "--access", "absent.json"))
                .isEqualTo(3);
        try (Stele stele = open()) {
            assertThat(stele.agent("default").profile().persona().version()).isZero();
        }
        assertThat(run("persona", "--persona", persona)).isZero();
        try (Stele stele = open()) {
            assertThat(stele.agent("default").profile().persona().value().name())
                    .isEqualTo("Kira");
        }
    }

    @Test
    void wrongTitleSharesNoSession() {
        try (Stele stele = open()) {
            stele.agent("default").remember(MessageDraft.user("monday", "ana", "hello"));
        }
        assertThat(run("sessions", "monday", "--participant", "ana", "--participant", "ben", "--title", INVALID))
                .isEqualTo(2);
        assertThat(run("sessions", "team", "--participant", "ana", "--participant", "ben", "--title", INVALID))
                .isEqualTo(2);
        assertThat(run("sessions", "monday", "--participant", "ben", "--title", "x")) // without its owner
                .isEqualTo(2);
        try (Stele stele = open()) {
            var sessions = stele.agent("default").sessions();
            assertThat(sessions.get("monday").orElseThrow().participants()).isEmpty();
            assertThat(sessions.get("monday").orElseThrow().title()).isEmpty();
            assertThat(sessions.get("team")).isEmpty();
        }
        assertThat(run("sessions", "monday", "--participant", "ana", "--participant", "ben", "--title", "x", "--end"))
                .isZero();
        assertThat(run("sessions", "team", "--agent", "new", "--participant", "ana", "--title", "y"))
                .isZero();
        try (Stele stele = open()) {
            var monday = stele.agent("default").sessions().get("monday").orElseThrow();
            assertThat(monday.participants()).containsExactly("ana", "ben");
            assertThat(monday.title()).contains("x");
            assertThat(monday.endedAt()).isPresent();
            assertThat(stele.agent("new").sessions().get("team").orElseThrow().title())
                    .contains("y");
        }
    }

    @Test
    void documentsOfOneCallAreAddedTogetherUnderDifferentIds() throws Exception {
        String first = file("a/README.md", "The tide follows the moon.");
        String second = file("b/README.md", "Currents follow the wind.");
        String blank = file("blank.md", " \n");
        assertThat(run("documents", "add", "code", first, second)).isEqualTo(2);
        assertThat(run(
                        "documents",
                        "add",
                        "code",
                        first,
                        home.resolve("absent.md").toString()))
                .isEqualTo(3);
        assertThat(run("documents", "add", "code", first, blank)).isEqualTo(2);
        assertThat(run("documents", "add", "code", first, file("c.pdf", "no PDF")))
                .isEqualTo(2);
        assertThat(run("documents", "add", "code", "/")).isEqualTo(2);
        try (Stele stele = open()) {
            assertThat(stele.agents()).isEmpty();
        }
        assertThat(run("documents", "add", "code", first)).isZero();
        assertThat(run("documents", "add", "code", second, "--id", "b/README.md"))
                .isZero();
        assertThat(run("documents", "add", "code", file("c.md", "One."), file("d.md", "Two.")))
                .isZero();
        try (Stele stele = open()) {
            assertThat(stele.agent("default")
                            .documents()
                            .list(Optional.of("code"), 10, Optional.empty())
                            .items())
                    .extracting(document -> document.id())
                    .containsExactlyInAnyOrder("README.md", "b/README.md", "c.md", "d.md");
        }
    }

    @Test
    void missingFileOfAnImportIsFoundBeforeTheFirstOneIsImported() throws Exception {
        String chat = file("chat.jsonl", "{\"role\":\"user\",\"content\":\"hello\",\"user\":\"ana\"}\n");
        assertThat(run("import", chat, home.resolve("absent.jsonl").toString())).isEqualTo(3);
        try (Stele stele = open()) {
            assertThat(stele.agents()).isEmpty();
        }
    }

    @Test
    void sessionOfANoteIsStored() {
        assertThat(run("remember", "--category", "fact", "--session", "monday", "--tag", "a", "Ana", "keeps", "bees."))
                .isZero();
        try (Stele stele = open()) {
            Note note = stele.agent("default")
                    .notes()
                    .list(NoteFilter.builder().build(), 10, Optional.empty())
                    .items()
                    .getFirst();
            assertThat(note.body().session()).contains("monday");
            assertThat(note.body().tags()).containsExactly("a");
        }
    }
}
