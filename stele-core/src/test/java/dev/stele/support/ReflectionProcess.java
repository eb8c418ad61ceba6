package dev.stele.support;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleModels;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionResult;
import dev.stele.model.MessageDraft;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process that records interactions and learns from them until it is killed: says the id of each that was
 * acknowledged.
 */
public final class ReflectionProcess {

    private ReflectionProcess() {}

    /**
     * Runs until it is killed.
     *
     * @param arguments the data directory, and a word that its statements are told by
     */
    public static void main(String[] arguments) {
        try (Stele stele =
                Stele.open(Stores.at(Path.of(arguments[0])), SteleModels.offline(Optional.of(new WordEmbedder())))) {
            stele.startLearning();
            AgentMemory kira = stele.agent("kira");
            for (int i = 0; ; i++) {
                String user = "user" + i % 5;
                InteractionResult done = kira.recordInteraction(
                        user,
                        List.of(MessageDraft.user(
                                "s-" + user, user, "I visited museum" + arguments[1] + i + " of Town" + i + ".")),
                        Optional.of(InteractionDraft.of("chat", user).withSession("s-" + user)),
                        Optional.empty());
                System.out.println(done.interaction().orElseThrow().id());
            }
        }
    }
}
