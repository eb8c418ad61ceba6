package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import dev.stele.model.Role;
import dev.stele.server.support.Http;
import dev.stele.support.ModelServer;
import dev.stele.support.ModelServer.Script;
import dev.stele.support.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed during chats and restarted on the same directory. */
class ChatRecoveryTest {

    private static final int USERS = 8;
    private static final int TURNS = 6;
    private static final int KILLS = 3;

    @TempDir
    Path data;

    private ServeProcess serve() throws Exception {
        return new ServeProcess(data, List.of("-XX:TieredStopAtLevel=1"), List.of());
    }

    @Test
    void retriedChatMessageIsAnsweredOnceAndEachInteractionIsProcessedOnceAcrossKills() throws Exception {
        var answers = new AtomicInteger();
        try (var models = new ModelServer()) {
            models.answering(question -> {
                answers.incrementAndGet();
                return question.system().startsWith("You take notes")
                        ? Script.of("nothing of use") // no JSON, so the rules extract the notes
                        : Script.of("You ", "said: ", question.last()).slowly(15);
            });
            Files.writeString(data.resolve("stele.yaml"), """
                    memory:
                      embedder: none
                    models:
                      chain: local
                      local:
                        kind: openai
                        url: %s
                        model: test
                    """.formatted(models.openAiUrl()));
            var current = new AtomicReference<>(serve());
            var stop = new AtomicReference<Boolean>(false);
            Thread killer = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 1; i <= KILLS; i++) {
                        int threshold = i * USERS * TURNS / (KILLS + 1);
                        Awaitility.await()
                                .atMost(java.time.Duration.ofMinutes(2))
                                .until(() -> answers.get() > threshold);
                        current.get().kill();
                        current.set(serve());
                    }
                } catch (Exception e) {
                    stop.set(true);
                    throw new IllegalStateException(e);
                }
            });
            try {
                Threads.atOnce(USERS, i -> () -> {
                    for (int turn = 0; turn < TURNS; turn++) {
                        String text = turn == 0
                                ? "I live in Lisbon."
                                : turn == 3 ? "I moved to Porto." : "message " + turn + " of user" + i;
                        ask(current, stop, "user" + i, "m-" + i + "-" + turn, text);
                    }
                    return i;
                });
                killer.join();
                Awaitility.await().atMost(java.time.Duration.ofMinutes(1)).untilAsserted(() -> {
                    try (var http = new Http(current.get().port())) {
                        assertThat(http.get("/v1/agents/kira/interactions?state=pending")
                                        .json()
                                        .objects("items"))
                                .isEmpty();
                    }
                });
            } finally {
                current.get().kill();
            }
        }
        try (Stele stele = Stele.open(SteleConfig.at(data), Optional.empty())) {
            AgentMemory kira = stele.agent("kira");
            for (int i = 0; i < USERS; i++) {
                String user = "user" + i;
                List<Message> all = kira.sessions().last("s-" + user, 100);
                assertThat(all).as(user).hasSize(2 * TURNS);
                for (int turn = 0; turn < TURNS; turn++) {
                    Message question = all.get(2 * turn);
                    assertThat(question.id()).isEqualTo("m-" + i + "-" + turn);
                    assertThat(all.get(2 * turn + 1).role()).isEqualTo(Role.ASSISTANT);
                    assertThat(all.get(2 * turn + 1).metadata()).containsEntry("reply_to", question.id());
                }
                List<Interaction> processed = kira.interactions()
                        .list(Optional.of(user), Optional.of(InteractionState.PROCESSED), 100, Optional.empty())
                        .items();
                assertThat(processed).as(user).hasSize(TURNS);
                assertThat(kira.users().get(user).orElseThrow().conversations()).isEqualTo(TURNS);
                assertThat(kira.notes()
                                .list(NoteFilter.ofUser(Optional.of(user)), 100, Optional.empty())
                                .items())
                        .filteredOn(note -> note.content().contains(" lives in "))
                        .extracting(Note::content)
                        .containsExactly(user + " lives in Porto.");
            }
            assertThat(kira.verify().problems()).isEmpty();
        }
    }

    /** Sends a message until it is answered, like a client that retries while its server restarts. */
    private static void ask(
            AtomicReference<ServeProcess> current, AtomicReference<Boolean> stop, String user, String id, String text)
            throws InterruptedException {
        String body = Json.write(Json.fields()
                .put("session", "s-" + user)
                .put("user", user)
                .put("id", id)
                .put("message", text)
                .map());
        while (!stop.get()) {
            try (var http = new Http(current.get().port())) {
                Http.Answer answer = http.post("/v1/agents/kira/chat", body);
                if (answer.status() == 200) {
                    return;
                }
                assertThat(answer.status()).as(answer.body()).isEqualTo(503);
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(50); // the server was killed and is being restarted
            }
        }
    }
}
