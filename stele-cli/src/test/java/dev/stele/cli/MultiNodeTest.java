package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.AgentName;
import dev.stele.model.MessageDraft;
import dev.stele.postgres.TestDatabases;
import dev.stele.server.SteleServer;
import dev.stele.server.support.Http;
import dev.stele.server.support.TestOptions;
import dev.stele.store.DatabaseConfig;
import dev.stele.support.WordEmbedder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several servers on one database, and the migration of a data directory to a database. */
class MultiNodeTest {

    private static final String KIRA = "/v1/agents/kira";

    @TempDir
    Path data;

    private String url;

    @BeforeEach
    void database() {
        url = new TestDatabases().create();
    }

    private Stele open() {
        return Stele.open(
                SteleConfig.at(data, DatabaseConfig.at(url).withConnections(2, 8)), Optional.of(new WordEmbedder()));
    }

    @Test
    void writesOfOneNodeAreReadAndReportedByAnother() throws Exception {
        try (Stele one = open();
                Stele other = open();
                var first = new SteleServer(one, TestOptions.small().build());
                var second = new SteleServer(other, TestOptions.small().build());
                var toFirst = new Http(first.port());
                var toSecond = new Http(second.port())) {
            String message = "{\"session\":\"s\",\"user\":\"ana\",\"role\":\"user\",\"content\":\"%s\"}";
            assertThat(toFirst.post(KIRA + "/messages", message.formatted("I moved to Lisbon"))
                            .status())
                    .isEqualTo(201);
            assertThat(toSecond.post(KIRA + "/recall", "{\"query\":\"Lisbon\"}").body())
                    .contains("I moved to Lisbon");
            HttpResponse<Stream<String>> feed = toSecond.client()
                    .send(
                            HttpRequest.newBuilder(toSecond.uri(KIRA + "/changes"))
                                    .header("Accept", "text/event-stream")
                                    .build(),
                            HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> lines = feed.body()) {
                Iterator<String> heard = lines.iterator();
                toFirst.post(KIRA + "/messages", message.formatted("and to Porto"));
                String change = heard.next();
                while (!change.contains("message.created") || !change.startsWith("data")) {
                    change = heard.next();
                }
                assertThat(change).contains("\"kind\":\"message.created\"");
            }
            assertThat(toSecond.get(KIRA + "/stats").json().optionalLong("messages"))
                    .contains(2L);
            assertThat(toFirst.send("DELETE", KIRA, null).status()).isLessThan(300);
            assertThat(toSecond.get(KIRA + "/stats").status()).isEqualTo(404);
        }
    }

    @Test
    void dataDirectoryIsMigratedToADatabaseAndServedFromIt() throws Exception {
        Path directory = data.resolve("directory");
        try (Stele stele = Stele.open(SteleConfig.at(directory), Optional.of(new WordEmbedder()))) {
            for (String agent : new String[] {"kira", "ben"}) {
                stele.agent(agent).remember(MessageDraft.user("s", "ana", "said to " + agent));
            }
        }
        String[] words = {"migrate", directory.toString(), url, "--set", "memory.embedder=none"};
        assertThat(SteleCommand.run(words)).isZero();
        assertThat(SteleCommand.run(words)).as("again, with nothing to do").isZero();
        try (Stele stele = open()) {
            assertThat(stele.agents()).containsExactly(new AgentName("ben"), new AgentName("kira"));
            assertThat(stele.agent("ben").recall("said").hits()).hasSize(1);
            stele.agent("ben").remember(MessageDraft.user("s", "ana", "said since"));
        }
        assertThat(SteleCommand.run(words)).as("another of that name, by now").isEqualTo(1);
        assertThat(SteleCommand.run("verify", "--store", url, "--data", data.toString()))
                .isZero();
        assertThat(SteleCommand.run(
                        "serve",
                        "--check",
                        "--port",
                        "0",
                        "--store",
                        url,
                        "--data",
                        data.toString(),
                        "--set",
                        "memory.embedder=none"))
                .isZero();
        assertThat(SteleCommand.run(
                        "agents", "--store", "jdbc:postgresql://localhost:1/x", "--set", "limits.wait-timeout=1s"))
                .isEqualTo(5);
    }
}
