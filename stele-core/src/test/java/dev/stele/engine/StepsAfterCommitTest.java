package dev.stele.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.model.AgentName;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A step after a commit that fails is not reported as a failure of the write. */
@Tag("directory")
class StepsAfterCommitTest {

    private static final AgentName KIRA = new AgentName("kira");
    /** Directory in which nobody can create a file. */
    private static final Path UNWRITABLE = Path.of("/proc");

    @TempDir
    Path data;

    /** Makes all further marks of agents with pending interactions fail. */
    private void refuseMarks() throws IOException {
        assumeThat(UNWRITABLE).isDirectory();
        Path marks = data.resolve("reflect");
        Files.deleteIfExists(marks.resolve("kira"));
        Files.deleteIfExists(marks);
        Files.createSymbolicLink(marks, UNWRITABLE);
    }

    @Test
    void recordedInteractionWakesTheWorkerThoughItsAgentCannotBeMarked() throws Exception {
        try (Engine engine = Engine.open(SteleConfig.at(data), SteleModels.offline(Optional.empty()))) {
            var heard = new ArrayList<AgentName>();
            engine.reflectionSignal().subscribe((agent, _) -> heard.add(agent));
            refuseMarks();
            new InteractionWriter(engine, KIRA).signal(Optional.empty());
            assertThat(heard).containsExactly(KIRA);
        }
    }

    @Test
    void erasureIsDoneAndScrubbedThoughItsAgentCannotBeMarked() throws Exception {
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent(KIRA);
            List<Message> said = kira.recordInteraction(
                            "ana",
                            List.of(
                                    MessageDraft.user("s", "ana", "I live in Lisbon."),
                                    MessageDraft.user("s", "ana", "My dog is called Zorbaxel.")),
                            Optional.of(InteractionDraft.of("chat", "ana")),
                            Optional.empty())
                    .messages();
            refuseMarks();
            assertThat(kira.deleteMessage(said.getLast().id()).scrubbed()).isTrue();
            assertThat(kira.message(said.getLast().id())).isEmpty();
        }
    }
}
