package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.support.SecondJvm;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Erasure, removal and restoration that a killed process began are completed, and its residue is removed. */
class InterruptedErasureTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private static Stele open(Path data) {
        return Stele.open(SteleConfig.at(data).withRetention(40, true), Optional.of(new WordEmbedder()));
    }

    @Test
    void erasureRemovesResidueOfAKilledProcess() throws Exception {
        Path agent = data.resolve("agents/kira");
        try (Stele stele = open(data)) {
            AgentMemory memory = stele.agent(KIRA);
            memory.sessions().setParticipants("s", List.of("ana", "ben"));
            memory.remember(MessageDraft.user("s", "ana", "the zorbaxel sings"));
            for (int i = 0; i < 60; i++) {
                memory.remember(MessageDraft.user("s", "ben", "hello " + i));
            }
            memory.runMaintenance();
            assertThat(memory.stats().archived()).isPositive();
            // As a process leaves it that is killed before and after it renames a segment.
            Path segment;
            try (var files = Files.newDirectoryStream(agent.resolve("archive"), "*.gz")) {
                segment = files.iterator().next();
            }
            Files.copy(segment, agent.resolve("archive/messages-1-orphan.jsonl.gz"));
            Files.copy(segment, agent.resolve("archive/.tmp-9f2c.gz"));
            Files.writeString(agent.resolve(".tmp-1a2b"), "vectors of zorbaxel");
            assertThat(Traces.of(data, "zorbaxel")).hasSizeGreaterThan(3);
            try (var used = DurableFiles.Temporary.in(agent, ".db")) {
                Files.writeString(used.path(), "in use");
                memory.users().forget("ana");
                assertThat(used.path()).exists();
            }
            assertThat(Traces.of(data, "zorbaxel")).isEmpty();
            assertThat(memory.verify().problems()).isEmpty();
        }
    }

    @Test
    void interruptedAgentDeletionIsCompletedOnOpen() throws Exception {
        try (Stele stele = open(data)) {
            stele.agent(KIRA).remember(MessageDraft.user("s", "ana", "the zorbaxel sings"));
        }
        try (var db = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("agents/kira/memory.db"));
                var statement = db.createStatement()) {
            statement.execute(
                    "insert into change (number, at, kind, item) select max(number) + 1, 0, 51, 0 from change");
        }
        try (Stele reader = Stele.open(SteleConfig.at(data).withReadOnly(), Optional.of(new WordEmbedder()))) {
            assertThatThrownBy(() -> reader.agent(KIRA).messageCount()).isInstanceOf(NotFoundException.class);
        }
        try (Stele stele = open(data)) {
            stele.agent(KIRA).remember(MessageDraft.user("s", "ana", "anew"));
            assertThat(stele.agent(KIRA).messageCount()).isEqualTo(1);
        }
        assertThat(Traces.of(data, "zorbaxel")).isEmpty();
    }

    @Test
    void interruptedRestoreIsCompletedOnOpen() throws Exception {
        Path agents = data.resolve("agents");
        try (Stele stele = open(data)) {
            stele.agent(KIRA)
                    .remember(MessageDraft.user("s", "ana", "from the backup").withId("m"));
        }
        // As a process leaves it that is killed between the two renames.
        Files.move(agents.resolve("kira"), agents.resolve(".new-1234"));
        Files.writeString(agents.resolve(".restore-kira"), ".new-1234");
        try (Stele stele = open(data)) {
            assertThat(stele.agents()).containsExactly(KIRA);
            assertThat(stele.agent(KIRA).message("m")).isPresent();
        }
        assertThat(agents.resolve(".restore-kira")).doesNotExist();
    }

    /** Fills a memory, says so, and forgets a user: {@code data}. */
    static final class Eraser {
        public static void main(String[] arguments) throws Exception {
            Path data = Path.of(arguments[0]);
            try (Stele stele = open(data)) {
                AgentMemory memory = stele.agent(KIRA);
                for (int i = 0; i < 60; i++) {
                    String user = i % 2 == 0 ? "ana" : "ben";
                    Message message = memory.remember(
                            MessageDraft.user(user, user, "My pet %d of %s is called Zorbaxel.".formatted(i, user)));
                    if (i % 10 == 0) {
                        memory.interactions().record(InteractionDraft.of("chat", user, message.id()));
                    }
                }
                memory.reflect();
                memory.runMaintenance();
                System.out.println("filled");
                System.in.read();
                memory.users().forget("ana");
                System.out.println("forgotten");
            }
        }
    }

    private void kill(int times) throws Exception {
        var random = new Random(11);
        for (int round = 0; round < times; round++) {
            Path here = data.resolve("round-" + round);
            try (SecondJvm eraser = SecondJvm.start(Eraser.class, here)) {
                assertThat(eraser.line()).isEqualTo("filled");
                eraser.send("\n");
                Thread.sleep(random.nextInt(120));
                eraser.kill();
            }
            try (Stele stele = open(here)) {
                AgentMemory memory = stele.agent(KIRA);
                long left = memory.users().list(10).size()
                        + memory.sessions()
                                .list(Optional.of("ana"), 10, Optional.empty())
                                .items()
                                .size();
                boolean erased = memory.sessions().get("ana").isEmpty();
                if (!erased) {
                    // All or nothing: the session is whole, and its messages are there.
                    assertThat(memory.sessions().get("ana").orElseThrow().messages())
                            .isEqualTo(30);
                    memory.users().forget("ana");
                } else {
                    assertThat(left).isZero();
                }
                memory.runMaintenance();
                assertThat(memory.sessions().get("ben").orElseThrow().messages())
                        .isEqualTo(30);
                assertThat(memory.verify().problems()).isEmpty();
            }
            assertThat(Traces.of(here, "of ana is called")).isEmpty();
            assertThat(Traces.of(here, "of ben is called")).isNotEmpty();
        }
    }

    @Test
    void killsDuringErasureLeaveAllOrNothing() throws Exception {
        kill(3);
    }

    @Test
    @Tag("proof")
    void twentyFiveKillsDuringErasureLeaveAllOrNothing() throws Exception {
        kill(25);
    }
}
