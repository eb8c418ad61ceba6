package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases that are too large to be rewritten after an erasure: what may remain in them is told, and goes later. */
class ResidueTest {

    @TempDir
    Path data;

    private Stele open(long rewriteBytes) {
        return Stele.open(
                SteleConfig.at(data).withLimits(Limits.DEFAULT.withRewriteBytes(rewriteBytes)),
                Optional.of(new WordEmbedder()));
    }

    /** Writes, edits and deletes texts of many sizes, so that rows are moved among pages before they are erased. */
    private static void fill(AgentMemory memory) {
        var random = new Random(3);
        var mine = new ArrayList<Message>();
        for (int round = 0; round < 25; round++) {
            var drafts = new ArrayList<MessageDraft>();
            for (int i = 0; i < 20; i++) {
                String user = random.nextInt(3) == 0 ? "ana" : "ben";
                String word = user.equals("ana") ? "zorbaxel " : "hello ";
                drafts.add(MessageDraft.user(user, user, word.repeat(1 + random.nextInt(i == 0 ? 900 : 30))));
            }
            memory.remember(drafts).stream()
                    .filter(message -> message.user().equals(Optional.of("ben")))
                    .forEach(mine::add);
            Message edited = mine.get(random.nextInt(mine.size()));
            memory.editMessage(edited.id(), "hello again ".repeat(1 + random.nextInt(60)));
            Message deleted = mine.remove(random.nextInt(mine.size()));
            memory.deleteMessage(deleted.id());
            memory.notes()
                    .create(NoteDraft.of("fact", "the zorbaxel of round " + round)
                            .withUser("ana"));
        }
        memory.graph().put(EntityDraft.of("user", "ana"));
    }

    private static List<String> remarks(AgentMemory memory) {
        return memory.verify().remarks().stream()
                .filter(remark -> remark.contains("limits.rewrite-bytes"))
                .toList();
    }

    @Test
    void residueOfALargeDatabaseIsToldAndGoesWhenItMayBeRewritten() {
        try (Stele stele = open(0)) {
            AgentMemory memory = stele.agent("kira");
            memory.remember(MessageDraft.user("s", "ben", "nothing was erased so far"));
            assertThat(remarks(memory)).isEmpty();
            fill(memory);
            memory.users().forget("ana");
            memory.runMaintenance();
            assertThat(memory.recall("zorbaxel").hits())
                    .noneMatch(hit -> hit.content().contains("zorbaxel"));
            assertThat(remarks(memory)).hasSize(1);
            assertThat(memory.verify().clean()).isTrue();
        }
        try (Stele stele = open(Limits.DEFAULT.rewriteBytes())) {
            AgentMemory memory = stele.agent("kira");
            memory.runMaintenance();
            assertThat(remarks(memory)).isEmpty();
            assertThat(Traces.of(data, "zorbaxel")).isEmpty();
            memory.users().update("ben", context -> context.withTrust(0.5));
            memory.users().forget("ben");
            memory.runMaintenance();
            assertThat(remarks(memory)).isEmpty();
            assertThat(Traces.of(data, "hello")).isEmpty();
        }
    }
}
