package dev.stele.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.Stele;
import dev.stele.concurrent.Deadline;
import dev.stele.concurrent.WorkLimits;
import dev.stele.config.SteleConfig;
import dev.stele.model.Limits;
import dev.stele.server.support.Http;
import dev.stele.server.support.Http.Answer;
import dev.stele.server.support.TestOptions;
import dev.stele.store.sql.InterProcessQueueLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages over HTTP whose write has to wait: no thread waits for them, and each is answered in time. */
class PendingWritesTest {

    private static final int PERMITS = 4;
    private static final String MESSAGES = "/v1/agents/kira/messages";

    @TempDir
    Path data;

    private Stele stele;
    private SteleServer server;
    private Http http;

    @BeforeEach
    void start() throws Exception {
        stele = Stele.open(SteleConfig.at(data).withEmbedder("none").withLimits(Limits.DEFAULT));
        server = new SteleServer(
                stele,
                TestOptions.small()
                        .maxRequests(PERMITS)
                        .requestLimits(WorkLimits.DEFAULT.withTime(Duration.ofSeconds(1)))
                        .build());
        http = new Http(server.port());
        assertThat(post("first").status()).isEqualTo(201);
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
        stele.close();
    }

    private Answer post(String content) throws Exception {
        return http.post(MESSAGES, "{\"content\":\"" + content + "\"}");
    }

    private long stored() {
        return stele.agent("kira").stats().messages();
    }

    /** Posts as many messages at once as there are permits. */
    private List<Answer> postAll(String content) throws Exception {
        try (var threads = Executors.newFixedThreadPool(PERMITS)) {
            var answers = new ArrayList<Future<Answer>>();
            for (int i = 0; i < PERMITS; i++) {
                answers.add(threads.submit(() -> post(content)));
            }
            var responses = new ArrayList<Answer>();
            for (Future<Answer> answer : answers) {
                responses.add(answer.get());
            }
            return responses;
        }
    }

    @Test
    void writeThatCannotBeginInTimeIsWithdrawnAndReleasesItsPermit() throws Exception {
        for (int round = 0; round < 2; round++) {
            try (var queue = InterProcessQueueLock.open(data.resolve("agents/kira/writer.lock"));
                    var _ = queue.take("a test", Deadline.in(Duration.ofSeconds(5)))) {
                for (Answer refused : postAll("too late")) {
                    assertThat(refused.status()).isBetween(400, 503);
                    assertThat(refused.body()).contains("limits.request-time");
                }
                assertThat(http.get("/health").status()).isEqualTo(200);
            }
            for (Answer accepted : postAll("in time")) {
                assertThat(accepted.status()).isEqualTo(201);
            }
            assertThat(stored()).isEqualTo(1 + (round + 1L) * PERMITS);
        }
    }

    @Test
    void failedWriteIsAnsweredWithItsProblem() throws Exception {
        String message = "{\"id\":\"same\",\"content\":\"%s\"}";
        assertThat(http.post(MESSAGES, message.formatted("one")).status()).isEqualTo(201);
        for (int i = 0; i < 2 * PERMITS; i++) {
            Answer conflict = http.post(MESSAGES, message.formatted("other"));
            assertThat(conflict.status()).isEqualTo(409);
            assertThat(conflict.body()).contains("same");
        }
        assertThat(stored()).isEqualTo(2);
    }
}
