package dev.stele.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.support.OlderSchema;
import dev.stele.support.Traces;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database from before lineage gets its lineage from what it stores. */
class LineageMigrationTest {

    @TempDir
    Path data;

    private Stele open() {
        return Stele.open(SteleConfig.at(data).withRetention(30, true), Optional.of(new WordEmbedder()));
    }

    @Test
    void itemsDerivedBeforeTheLineageMigrationAreErased() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            Message said = memory.remember(MessageDraft.user("s", "ana", "My dog is called Zorbaxel."));
            memory.interactions().record(InteractionDraft.of("chat", "ana", said.id()));
            memory.reflect();
            for (String content : List.of("the dog is Zorbaxel", "the dog is Zorbaxel at home")) {
                memory.notes()
                        .create(NoteDraft.of("fact", content).withUser("ana").withProvenance(List.of(said.id())));
            }
            assertThat(memory.consolidations().consolidate(Optional.of("ana"))).isPresent();
            memory.graph().edit(graph -> {
                var dog = graph.put(EntityDraft.of("dog", "Zorbaxel")).entity();
                graph.relate(
                        graph.getOrStub("Zorbakennel"),
                        dog,
                        RelationDraft.of("Zorbakennel", "houses", "Zorbaxel").withSources(List.of(said.id())));
                return dog;
            });
            memory.graph().mention("Zorbaxel", List.of(said.id()));
            for (int i = 0; i < 40; i++) {
                memory.remember(MessageDraft.user("t", "ben", "hello " + i).withId("b" + i));
            }
            memory.runMaintenance(); // the message is in the archive
        }
        OlderSchema.downgrade(data.resolve("agents/kira/memory.db"));
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            assertThat(memory.verify().problems()).isEmpty();
            memory.sessions().delete("s");
            memory.runMaintenance();
            assertThat(memory.verify().problems()).isEmpty();
            assertThat(memory.message("b1")).isPresent();
        }
        assertThat(Traces.of(data, "zorba")).isEmpty();
    }

    @Test
    void unattributableItemIsARemarkAndNoDamage() throws Exception {
        try (Stele stele = open()) {
            AgentMemory memory = stele.agent("kira");
            Message said = memory.remember(MessageDraft.user("s", "ana", "My dog is called Rex."));
            for (int i = 0; i < 7; i++) {
                memory.notes()
                        .create(NoteDraft.of("fact", "fact " + i)
                                .withId("lost-" + i)
                                .withProvenance(List.of("a message that is not there")));
            }
            memory.notes().create(NoteDraft.of("fact", "by hand").withId("by-hand"));
            memory.notes()
                    .create(NoteDraft.of("fact", "with a source")
                            .withId("whole")
                            .withProvenance(List.of(said.id())));
            memory.graph().put(EntityDraft.of("dog", "Rex"));
            memory.interactions().record(InteractionDraft.of("chat", "ana", said.id()));
            assertThat(memory.verify().remarks()).singleElement().asString().contains("notes", "7", "lost-0", "…");
        }
        try (var db = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("agents/kira/memory.db"));
                var statement = db.createStatement()) {
            // As an earlier version left it: the source of one note is gone, that of the interaction was not recorded.
            statement.execute(
                    "update lineage set source = 100000 where item = (select number from note where id = 'whole')");
            statement.execute("delete from lineage where item in (select number from interaction)");
        }
        try (Stele stele = open()) {
            var report = stele.agent("kira").verify();
            assertThat(report.clean()).isTrue();
            assertThat(report.remarks())
                    .hasSize(3)
                    .anyMatch(remark -> remark.startsWith("interactions with no source that is known"))
                    .anyMatch(remark -> remark.startsWith("notes with no source that is known") && remark.contains("7"))
                    .anyMatch(remark -> remark.startsWith("notes with a source that does not exist")
                            && remark.contains("1 (whole)"))
                    .noneMatch(remark -> remark.contains("by-hand"));
            assertThat(report.toJson()).containsEntry("clean", true).containsKey("remarks");
        }
    }
}
