package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Migration;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.document.Section;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.profile.Persona;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Migration from a data directory to a database server and back. */
class MigrationTest {

    private static final AgentName KIRA = new AgentName("kira");

    @TempDir
    Path data;

    private String url;

    @BeforeEach
    void database() {
        url = new TestDatabases().create();
    }

    private Stele directory(String name) {
        return Stele.open(SteleConfig.at(data.resolve(name)).withRetention(40, true), Optional.of(new WordEmbedder()));
    }

    private Stele server() {
        return Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(2, 8))
                        .withRetention(40, true),
                Optional.of(new WordEmbedder()));
    }

    /** Fills an agent with items of all kinds. */
    private static void fill(AgentMemory kira) throws Exception {
        for (int i = 0; i < 60; i++) {
            kira.remember(MessageDraft.user("s" + i % 3, "ana", "message " + i)
                    .withId("m" + i)
                    .withAt(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(i)));
        }
        kira.editMessage("m55", "edited \0 once");
        kira.sessions().title("s1", Optional.of("A title"));
        kira.sessions().end("s2");
        kira.notes().create(NoteDraft.of("fact", "first").withId("n1"));
        kira.notes().update("n1", JsonObject.of("note", Map.of("content", "second")), OptionalLong.empty());
        kira.notes().supersede("n1", NoteDraft.of("fact", "third").withId("n2"));
        kira.users().update("ana", context -> context.withTrait("calm", 0.7));
        kira.users().recordInteraction("ana", Instant.now());
        kira.recordInteraction(
                "ana",
                List.of(MessageDraft.user("s", "ana", "I live in Lisbon.")),
                Optional.of(InteractionDraft.of("chat", "ana")),
                Optional.empty());
        kira.reflect();
        kira.profile().persona(Persona.plain("Kira"), OptionalLong.empty());
        kira.documents()
                .add(Documents.Draft.of(
                        "sea", Optional.of("tides"), "Tides", List.of(new Section("Moon", "The moon pulls the sea."))));
        var graph = kira.graph();
        graph.put(EntityDraft.of("person", "Saul", "comes from Tarsus").withAttributes(Map.of("tribe", "Benjamin")));
        graph.put(EntityDraft.of("city", "Rome"));
        var goes = graph.relate(RelationDraft.of("Saul", "goes_to", "Rome"));
        graph.rename("Saul", "Paul");
        graph.updateRelation(goes.id(), JsonObject.of("r", Map.of("fact", "by ship")), OptionalLong.empty());
        graph.put(EntityDraft.of("ship", "Ark", "sank"));
        graph.retire("Ark");
        kira.runMaintenance();
    }

    @Test
    void migrationToAServerAndBackPreservesEverything() throws Exception {
        try (Stele first = directory("first");
                Stele server = server();
                Stele second = directory("second")) {
            fill(first.agent(KIRA));
            Migration.Outcome there = new Migration(first, server).bring(KIRA);
            assertThat(there.added()).isPositive();
            Migration.Outcome back = new Migration(server, second).bring(KIRA);
            assertThat(back.things()).isEqualTo(there.things());
            for (Stele stele : List.of(server, second)) {
                AgentMemory kira = stele.agent(KIRA);
                assertThat(kira.verify().problems()).isEmpty();
                assertThat(kira.messageHistory("m55")).hasSize(1);
                assertThat(kira.message("m55").orElseThrow().content()).isEqualTo("edited \0 once");
                assertThat(kira.recall("comes from Tarsus").hits()).isNotEmpty();
                assertThat(kira.documents().search("sea", "moon", 5)).hasSize(1);
                assertThat(kira.graph().get("Paul").relations()).hasSize(1);
            }
            // A second migration has nothing to do and reports that.
            assertThat(new Migration(first, server).bring(KIRA).added()).isZero();
        }
    }

    @Test
    void migrationDoesNotOverwriteAnotherAgent() throws Exception {
        try (Stele first = directory("first");
                Stele server = server()) {
            fill(first.agent(KIRA));
            server.agent(KIRA).remember(MessageDraft.user("s", "ben", "mine").withId("other"));
            assertThatThrownBy(() -> new Migration(first, server).bring(KIRA))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("forget it there first");
            assertThat(server.agent(KIRA).message("other")).isPresent();
        }
    }

    @Test
    void writesDuringTheMigrationAreCopied() throws Exception {
        try (Stele first = directory("first");
                Stele server = server()) {
            fill(first.agent(KIRA));
            var stop = new AtomicBoolean();
            Thread writer = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 40 && !stop.get(); i++) {
                    first.agent(KIRA).editMessage("m59", "edit " + i);
                    first.agent(KIRA).remember(MessageDraft.user("live", "ana", "while it was copied " + i));
                }
            });
            writer.join(20);
            try {
                new Migration(first, server).bring(KIRA);
            } catch (dev.stele.model.StelePersistenceException e) {
                assertThat(e.getMessage()).contains("run it again"); // reported if the writer was faster in every round
            }
            stop.set(true);
            writer.join();
            new Migration(first, server).bring(KIRA);
            assertThat(server.agent(KIRA).message("m59").orElseThrow().content())
                    .isEqualTo(first.agent(KIRA).message("m59").orElseThrow().content());
            assertThat(server.agent(KIRA).verify().problems()).isEmpty();
        }
    }
}
