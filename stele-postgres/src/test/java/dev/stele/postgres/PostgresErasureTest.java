package dev.stele.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.EntityDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NoteDraft;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Erasure of users and deletion of agents leave no rows in any table. */
class PostgresErasureTest {

    @TempDir
    Path data;

    private static List<String> tablesWith(String url, String word) throws Exception {
        var found = new ArrayList<String>();
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            for (String table : PostgresStores.TABLES) {
                try (var row = statement.executeQuery(
                        "select count(*) from stele.%s r where cast(row_to_json(r) as text) like '%%%s%%'"
                                .formatted(table, word))) {
                    row.next();
                    if (row.getLong(1) > 0) {
                        found.add(table);
                    }
                }
            }
        }
        return found;
    }

    @Test
    void noTableContainsTextOfAnErasedUser() throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(2, 4))
                        .withRetention(20, true),
                Optional.of(new WordEmbedder()))) {
            AgentMemory memory = stele.agent("kira");
            for (int i = 0; i < 60; i++) {
                String user = i % 2 == 0 ? "zebulon" : "ana";
                memory.remember(MessageDraft.user(user + "-talk", user, user + " plays the xylophone"));
            }
            String first = memory.remember(MessageDraft.user("more", "zebulon", "zebulon has a quagga"))
                    .id();
            memory.editMessage(first, "zebulon has two quaggas");
            memory.notes().create(NoteDraft.of("fact", "keeps quaggas").withProvenance(List.of(first)));
            memory.users().update("zebulon", context -> context.withPreference("drink", "retsina"));
            memory.runMaintenance();
            assertThat(memory.stats().archived()).isPositive();
            assertThat(tablesWith(url, "zebulon")).contains("message", "keyword", "user_context", "session");
            assertThat(tablesWith(url, "quagga")).isNotEmpty();
            memory.users().forget("zebulon");
            memory.runMaintenance();
            assertThat(tablesWith(url, "zebulon")).isEmpty();
            assertThat(tablesWith(url, "quagga")).isEmpty();
            assertThat(tablesWith(url, "retsina")).isEmpty();
            assertThat(memory.verify().problems()).isEmpty();
            assertThat(memory.recall("xylophone").hits()).isNotEmpty();
        }
    }

    @Test
    void deletedAgentLeavesNoRowsAndOthersKeepTheirs() throws Exception {
        String url = new TestDatabases().create();
        try (Stele stele = Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(2, 4)), Optional.of(new WordEmbedder()))) {
            for (String agent : List.of("kira", "ben")) {
                AgentMemory memory = stele.agent(agent);
                memory.remember(MessageDraft.user("s", "ana", "said to " + agent));
                memory.graph().put(EntityDraft.of("person", "Ana", "talks to " + agent));
            }
            AgentMemory open = stele.agent("kira");
            stele.forget(new AgentName("kira"));
            assertThat(tablesWith(url, "kira")).isEmpty();
            assertThat(stele.agents()).containsExactly(new AgentName("ben"));
            assertThat(stele.agent("ben").recall("said").hits()).isNotEmpty();
            // A new agent with the same name starts empty.
            open.remember(MessageDraft.user("s", "ana", "anew"));
            assertThat(open.messageCount()).isEqualTo(1);
            assertThat(open.stats().graph().entities()).isZero();
        }
    }
}
