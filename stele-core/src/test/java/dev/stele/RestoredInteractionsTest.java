package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stele.model.AgentName;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionState;
import dev.stele.model.MessageDraft;
import dev.stele.support.Stores;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interactions that were pending when an agent was backed up are reflected after it is restored. */
class RestoredInteractionsTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private Path backup;

    private Stele open(String name) {
        return Stele.open(Stores.at(data.resolve(name)), Optional.of(new WordEmbedder()));
    }

    @BeforeEach
    void backUpPendingInteraction() {
        backup = data.resolve("kira.zip");
        try (Stele stele = open("memory")) {
            AgentMemory kira = stele.agent(KIRA);
            kira.recordInteraction(
                    "ana",
                    List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                    Optional.of(InteractionDraft.of("chat", "ana")),
                    Optional.empty());
            kira.backup(backup);
        }
    }

    private static void assertReflected(Stele stele, AgentName agent) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(stele.agent(agent)
                                .interactions()
                                .list(Optional.empty(), Optional.empty(), 10, Optional.empty())
                                .items())
                        .extracting(Interaction::state)
                        .containsExactly(InteractionState.PROCESSED));
    }

    @Test
    void inAnotherMemory() {
        try (Stele stele = open("fresh")) {
            stele.restore(backup, Optional.empty(), false);
            stele.startLearning();
            assertReflected(stele, KIRA);
        }
    }

    @Test
    void underAnotherName() {
        try (Stele stele = open("memory")) {
            stele.startLearning();
            assertReflected(stele, stele.restore(backup, Optional.of(new AgentName("copy")), false));
        }
    }

    @Test
    void inPlaceOfAnAgentWithoutPendingInteractions() throws Exception {
        try (Stele stele = open("memory")) {
            assertThat(stele.agent(KIRA).reflect()).isZero();
            stele.restore(backup, Optional.empty(), true);
            stele.startLearning();
            assertReflected(stele, KIRA);
        }
    }
}
