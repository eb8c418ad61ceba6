package dev.stele.adk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.adk.events.Event;
import com.google.adk.events.EventActions;
import com.google.adk.memory.MemoryEntry;
import com.google.adk.sessions.GetSessionConfig;
import com.google.adk.sessions.InMemorySessionService;
import com.google.adk.sessions.Session;
import com.google.adk.sessions.SessionException;
import com.google.adk.sessions.SessionNotFoundException;
import com.google.adk.sessions.State;
import com.google.genai.types.Content;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.Part;
import dev.stele.Stele;
import dev.stele.model.AgentName;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdkServicesTest {

    private static final String APP = "planner";

    @TempDir
    Path data;

    private Stele stele;
    private SteleSessionService sessions;
    private SteleMemoryService memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
        sessions = new SteleSessionService(stele);
        memory = new SteleMemoryService(stele);
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private static Event said(String author, String text) {
        return Event.builder()
                .id(Event.generateEventId())
                .author(author)
                .invocationId("i")
                .timestamp(Instant.now().toEpochMilli())
                .content(Content.builder()
                        .role(author.equals("user") ? "user" : "model")
                        .parts(List.of(Part.fromText(text)))
                        .build())
                .build();
    }

    private static Event withState(Map<String, Object> delta) {
        Event event = said("agent", "Done.");
        event.setActions(EventActions.builder()
                .stateDelta(new ConcurrentHashMap<>(delta))
                .build());
        return event;
    }

    private Session create(String user, String id) {
        return sessions.createSession(APP, user, Map.of(), id).blockingGet();
    }

    private Session get(String user, String id) {
        return sessions.getSession(APP, user, id, Optional.empty()).blockingGet();
    }

    @Test
    void eventsAreReadAsTheyWereAppendedAlsoAfterReopening() {
        Session session = create("ana", "s");
        Event question = said("user", "I moved to Lisbon.");
        Event call = Event.builder()
                .id("call")
                .author("agent")
                .timestamp(question.timestamp() + 1)
                .content(Content.builder()
                        .role("model")
                        .parts(List.of(Part.builder()
                                .functionCall(FunctionCall.builder()
                                        .name("weather")
                                        .args(Map.of("city", "Lisbon"))
                                        .build())
                                .build()))
                        .build())
                .build();
        sessions.appendEvent(session, question).ignoreElement().blockingAwait();
        sessions.appendEvent(session, call).ignoreElement().blockingAwait();
        assertThat(session.events()).hasSize(2);
        close();
        open();
        assertThat(get("ana", "s").events()).containsExactly(question, call);
        assertThat(sessions.listEvents(APP, "ana", "s").blockingGet().events()).containsExactly(question, call);
    }

    @Test
    void killedApplicationLosesNoEventThatItAppended() {
        close(); // so that the first process creates the agent
        List<String> appended = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            try (SecondJvm application = SecondJvm.start(EventAppender.class, data, name)) {
                for (int i = 0; i < 20; i++) {
                    appended.add(application.line());
                }
                application.kill();
            }
        }
        open();
        assertThat(get("ana", "s").events())
                .extracting(Event::id)
                .containsAll(appended)
                .doesNotHaveDuplicates();
        assertThat(stele.agent(APP).verify().problems()).isEmpty();
    }

    @Test
    void stateOfSessionUserAndApplicationHasItsOwnReach() {
        Map<String, Object> initial = Map.of("step", 1, "user:theme", "dark", "app:model", "small", "temp:x", "y");
        Session first = sessions.createSession(APP, "ana", initial, "s").blockingGet();
        assertThat(first.state())
                .containsEntry("step", 1L)
                .containsEntry("user:theme", "dark")
                .containsEntry("app:model", "small")
                .doesNotContainKey("temp:x");
        sessions.appendEvent(
                        first,
                        withState(Map.of(
                                "step", State.REMOVED, "plan", List.of("a", Map.of("b", 2.5)), "app:model", "large")))
                .ignoreElement()
                .blockingAwait();
        assertThat(get("ana", "s").state())
                .doesNotContainKey("step")
                .containsEntry("plan", List.of("a", Map.of("b", 2.5)))
                .containsEntry("app:model", "large");
        assertThat(create("ana", "other").state())
                .containsExactlyInAnyOrderEntriesOf(Map.of("user:theme", "dark", "app:model", "large"));
        assertThat(create("ben", "s").state()).containsExactlyInAnyOrderEntriesOf(Map.of("app:model", "large"));
        sessions.appendEvent(first, withState(Map.of("user:theme", State.REMOVED)))
                .ignoreElement()
                .blockingAwait();
        assertThat(get("ana", "other").state()).containsExactlyInAnyOrderEntriesOf(Map.of("app:model", "large"));
    }

    @Test
    void sessionsAreListedSelectedAndErased() {
        Session session = create("ana", "a/b");
        create("ana", "b");
        create("ben", "c");
        for (int i = 0; i < 5; i++) {
            sessions.appendEvent(session, said("user", "message " + i))
                    .ignoreElement()
                    .blockingAwait();
        }
        assertThat(sessions.listSessions(APP, "ana").blockingGet().sessionIds()).containsExactlyInAnyOrder("a/b", "b");
        assertThat(sessions.getSession(
                                APP,
                                "ana",
                                "a/b",
                                Optional.of(GetSessionConfig.builder()
                                        .numRecentEvents(2)
                                        .build()))
                        .blockingGet()
                        .events())
                .extracting(Event::stringifyContent)
                .containsExactly("message 3", "message 4");
        assertThat(sessions.getSession(
                                APP,
                                "ana",
                                "a/b",
                                Optional.of(GetSessionConfig.builder()
                                        .afterTimestamp(Instant.now().plusSeconds(60))
                                        .build()))
                        .blockingGet()
                        .events())
                .isEmpty();
        sessions.deleteSession(APP, "ana", "a/b").blockingAwait();
        assertThat(get("ana", "a/b")).isNull();
        assertThat(create("ana", "a/b").events()).isEmpty();
        assertThat(memory.searchMemory(APP, "ana", "message 3").blockingGet().memories())
                .isEmpty();
    }

    @Test
    void memoryFindsWhatAUserAndTheAgentSaidAndNothingOfOthers() {
        Session session = create("ana", "s");
        sessions.appendEvent(session, said("user", "I moved to Lisbon."))
                .ignoreElement()
                .blockingAwait();
        sessions.appendEvent(session, said("agent", "Lisbon is sunny."))
                .ignoreElement()
                .blockingAwait();
        sessions.appendEvent(create("ben", "s"), said("user", "I have never been to Lisbon."))
                .ignoreElement()
                .blockingAwait();
        List<MemoryEntry> found =
                memory.searchMemory(APP, "ana", "Lisbon").blockingGet().memories();
        assertThat(found)
                .extracting(entry -> entry.author() + ": " + entry.content().text())
                .containsExactlyInAnyOrder("user: I moved to Lisbon.", "agent: Lisbon is sunny.");
        assertThat(found)
                .allSatisfy(entry -> assertThat(Instant.parse(entry.timestamp()))
                        .isBefore(Instant.now().plusSeconds(60)));
    }

    @Test
    void sessionOfAnotherServiceIsAddedOnce() {
        var others = new InMemorySessionService();
        Session session = others.createSession(APP, "ana", Map.of(), "s").blockingGet();
        others.appendEvent(session, said("user", "I moved to Lisbon."))
                .ignoreElement()
                .blockingAwait();
        memory.addSessionToMemory(session).blockingAwait();
        others.appendEvent(session, said("user", "It is sunny in Lisbon."))
                .ignoreElement()
                .blockingAwait();
        memory.addSessionToMemory(session).blockingAwait();
        memory.addSessionToMemory(session).blockingAwait();
        assertThat(stele.agent(APP).messageCount()).isEqualTo(2);
        assertThat(memory.searchMemory(APP, "ana", "Lisbon").blockingGet().memories())
                .hasSize(2);
    }

    @Test
    void twoApplicationsOnOneDirectoryAppendToOneSession() throws Exception {
        create("ana", "s");
        try (Stele second = Stele.open(Stores.at(data), Optional.empty());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var appended = new ArrayList<Future<?>>();
            for (SteleSessionService service : List.of(sessions, new SteleSessionService(second))) {
                for (int i = 0; i < 10; i++) {
                    Map<String, Object> delta = Map.of("app:" + (service == sessions ? "a" : "b") + i, i);
                    appended.add(threads.submit(() -> {
                        Session own = service.getSession(APP, "ana", "s", Optional.empty())
                                .blockingGet();
                        return service.appendEvent(own, withState(delta)).blockingGet();
                    }));
                }
            }
            for (Future<?> each : appended) {
                each.get();
            }
        }
        Session session = get("ana", "s");
        assertThat(session.events()).hasSize(20).doesNotHaveDuplicates();
        assertThat(session.state()).hasSize(20).containsEntry("app:b9", 9L);
    }

    @Test
    void applicationsDoNotSeeEachOther() {
        create("ana", "s");
        assertThat(sessions.getSession("another", "ana", "s", Optional.empty()).blockingGet())
                .isNull();
        assertThat(sessions.listSessions("another", "ana").blockingGet().sessions())
                .isEmpty();
        assertThat(memory.searchMemory("another", "ana", "anything")
                        .blockingGet()
                        .memories())
                .isEmpty();
        assertThat(stele.exists(new AgentName("another"))).isFalse();
    }

    @Test
    void badInputIsRefusedWithTheReason() {
        Session session = create("ana", "s");
        assertThatThrownBy(() -> create("ana", "s"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("already");
        assertThatThrownBy(() -> sessions.createSession(null, "ana").blockingGet())
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("appName");
        assertThatThrownBy(() -> sessions.createSession("a/b", "ana").blockingGet())
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> sessions.createSession(APP, "").blockingGet())
                .isInstanceOf(InvalidInputException.class);
        Session unknown = Session.builder("none").appName(APP).userId("ana").build();
        assertThatThrownBy(() ->
                        sessions.appendEvent(unknown, said("user", "Hello.")).blockingGet())
                .isInstanceOf(SessionNotFoundException.class);
        assertThatThrownBy(() -> sessions.appendEvent(session, said("user", "x".repeat(1 << 20)))
                        .blockingGet())
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.message-bytes");
        assertThat(get("ana", "s").events()).isEmpty();
        assertThat(get("ana", "none")).isNull();
        sessions.deleteSession(APP, "ana", "none").blockingAwait();
        assertThat(memory.searchMemory(APP, "ana", " ").blockingGet().memories())
                .isEmpty();
        assertThat(create("ana", " ").id()).isNotBlank();
    }

    @Test
    void partialEventIsNotStoredAndARepeatedOneIsStoredOnce() {
        Session session = create("ana", "s");
        Event partial = said("agent", "Lis");
        partial.setPartial(true);
        sessions.appendEvent(session, partial).ignoreElement().blockingAwait();
        Event whole = said("agent", "Lisbon");
        sessions.appendEvent(session, whole).ignoreElement().blockingAwait();
        sessions.appendEvent(get("ana", "s"), whole).ignoreElement().blockingAwait();
        assertThat(get("ana", "s").events()).containsExactly(whole);
        assertThat(new HashMap<>(get("ana", "s").state())).isEmpty();
    }
}
