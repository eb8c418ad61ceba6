package dev.stele.adk;

import static java.util.stream.Collectors.joining;
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
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.MessageDraft;
import dev.stele.support.SecondJvm;
import dev.stele.support.Stores;
import java.io.StringWriter;
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
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
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

    private void openWith(UnaryOperator<Limits.Builder> change) {
        stele.close();
        var limits = change.apply(Limits.builder()).build();
        stele = Stele.open(Stores.at(data).withLimits(limits), Optional.empty());
        sessions = new SteleSessionService(stele);
        memory = new SteleMemoryService(stele);
    }

    private static Event at(Instant time, Map<String, Object> delta) {
        Event event = withState(delta);
        event.setTimestamp(time.toEpochMilli());
        return event;
    }

    @Test
    void reloadedSessionFollowsTheOrderOfAppendingAndNotTheClocks() {
        for (int results : List.of(2, 1_000)) { // few results make many pages
            openWith(limits -> limits.results(results));
            String id = "s" + results;
            Session live =
                    sessions.createSession(APP, "ana", Map.of("step", "1"), id).blockingGet();
            Instant now = Instant.now();
            List<Event> appended = List.of(
                    at(now.minusSeconds(3_600), Map.of("step", "2", "plan", "a")), // replayed history
                    at(now.plusSeconds(60), Map.of("step", "3", "plan", State.REMOVED)),
                    at(now.minusSeconds(60), Map.of("step", "4")), // a node whose clock is behind
                    at(now, Map.of("step", "5", "goal", "b")),
                    at(now.minusSeconds(7_200), Map.of("goal", State.REMOVED)));
            for (Event event : appended) {
                sessions.appendEvent(live, event).ignoreElement().blockingAwait();
                Session read = get("ana", id);
                assertThat(new HashMap<>(read.state())).isEqualTo(new HashMap<>(live.state()));
                assertThat(read.lastUpdateTime()).isEqualTo(live.lastUpdateTime());
            }
            assertThat(get("ana", id).events()).containsExactlyElementsOf(appended);
            assertThat(sessions.listEvents(APP, "ana", id).blockingGet().events())
                    .containsExactlyElementsOf(appended);
            assertThat(selected(id, GetSessionConfig.builder().numRecentEvents(2)))
                    .containsExactly(appended.get(3), appended.get(4));
            assertThat(selected(id, GetSessionConfig.builder().afterTimestamp(now.minusSeconds(100))))
                    .containsExactly(appended.get(1), appended.get(2), appended.get(3));
        }
    }

    private List<Event> selected(String id, GetSessionConfig.Builder config) {
        return sessions.getSession(APP, "ana", id, Optional.of(config.build()))
                .blockingGet()
                .events();
    }

    @Test
    void sessionThatIsReadWhileOthersAppendIsOneThatExisted() throws Exception {
        openWith(limits -> limits.results(2));
        Session session = create("ana", "s");
        Instant now = Instant.now();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> appended = threads.submit(() -> {
                for (int i = 1; i <= 60; i++) {
                    // Odd events come last in the order of times, even ones first.
                    sessions.appendEvent(session, at(now.plusSeconds(i % 2 == 0 ? -i : i), Map.of("step", "" + i)))
                            .ignoreElement()
                            .blockingAwait();
                }
            });
            boolean done;
            do {
                done = appended.isDone();
                List<Object> steps = get("ana", "s").events().stream()
                        .map(event -> event.actions().stateDelta().get("step"))
                        .toList();
                List<Object> expected = IntStream.rangeClosed(1, steps.size())
                        .<Object>mapToObj(String::valueOf)
                        .toList();
                assertThat(steps).isEqualTo(expected);
            } while (!done);
            appended.get();
        }
        assertThat(get("ana", "s").events()).hasSize(60);
    }

    @Test
    void temporaryValuesAreNotStored() throws Exception {
        Session session = create("ana", "s");
        Event said = withState(Map.of("temp:access_token", "hush", "temp:client", new Object(), "step", "1"));
        Event called = withState(Map.of("temp:access_token", "hush"));
        called.setContent(null);
        for (Event event : List.of(said, called)) {
            sessions.appendEvent(session, event).ignoreElement().blockingAwait();
            assertThat(event.actions().stateDelta())
                    .as("the event of the caller is left alone")
                    .containsEntry("temp:access_token", "hush");
        }
        Event added = withState(Map.of("temp:access_token", "hush"));
        memory.addSessionToMemory(Session.builder("other")
                        .appName(APP)
                        .userId("ana")
                        .events(new ArrayList<>(List.of(added)))
                        .build())
                .blockingAwait();
        assertThat(get("ana", "s").events())
                .extracting(event -> event.actions().stateDelta())
                .containsExactly(new ConcurrentHashMap<>(Map.of("step", "1")), new ConcurrentHashMap<>());
        var exported = new StringWriter();
        stele.agent(APP).export(exported);
        assertThat(exported.toString()).contains("step").doesNotContain("hush").doesNotContain("temp:");
        said.actions().stateDelta().put("temp:access_token", "another");
        said.actions().stateDelta().remove("temp:client");
        sessions.appendEvent(get("ana", "s"), said).ignoreElement().blockingAwait();
        assertThat(get("ana", "s").events()).hasSize(2);
    }

    @Test
    void stateOfAnEventIsStoredOnce() {
        Session session = create("ana", "s");
        String large = "x".repeat(14 * 1024);
        sessions.appendEvent(session, withState(Map.of("large", large)))
                .ignoreElement()
                .blockingAwait();
        assertThat(get("ana", "s").state()).containsEntry("large", large);
    }

    @Test
    void sessionOfAnEarlierVersionIsReadAndGoesOn() {
        Session session = create("ana", "s");
        Event event = withState(new HashMap<>(
                Map.of("step", "2", "plan", State.REMOVED, "user:theme", "dark", "temp:access_token", "hush")));
        MessageDraft draft = EventCodec.draft("ana", "s", event);
        Map<String, Object> metadata = new HashMap<>(draft.metadata());
        Event stored = Event.fromJson(event.toJson());
        stored.setContent(null);
        metadata.put(EventCodec.EVENT, Json.read(stored.toJson()));
        metadata.put(EventCodec.STATE, Map.of("step", "2"));
        metadata.put(EventCodec.REMOVED, List.of("plan"));
        stele.agent(APP).remember(draft.withMetadata(metadata));
        assertThat(get("ana", "s").state()).containsExactlyInAnyOrderEntriesOf(Map.of("step", "2"));
        assertThat(get("ana", "s").events())
                .singleElement()
                .satisfies(read -> assertThat(read.actions().stateDelta())
                        .containsExactlyInAnyOrderEntriesOf(
                                Map.of("step", "2", "plan", State.REMOVED, "user:theme", "dark")));
        sessions.appendEvent(session, event).ignoreElement().blockingAwait();
        assertThat(get("ana", "s").events()).hasSize(1);
        assertThat(get("ana", "s").state())
                .containsExactlyInAnyOrderEntriesOf(Map.of("step", "2", "user:theme", "dark"));
        Event other = said("agent", "Something else.");
        other.setId(event.id());
        assertThatThrownBy(() -> sessions.appendEvent(session, other).blockingGet())
                .isInstanceOf(ConflictException.class);
    }

    @Test
    void searchTakesAMessageOfAnyLengthUnderAnyLimits() {
        Session session = create("ana", "s");
        sessions.appendEvent(session, said("user", "I moved to Lisbon."))
                .ignoreElement()
                .blockingAwait();
        List<String> messages = List.of(
                "Lisbon " + "x ".repeat(40_000),
                " ".repeat(5_000) + "Lisbon",
                "\"Lisbon\" "
                        + IntStream.range(0, 50)
                                .mapToObj(i -> "\"word" + i + "\"")
                                .collect(joining(" ")),
                "Lisbon \"" + IntStream.range(0, 200).mapToObj(i -> "w" + i).collect(joining(" ")) + "\"");
        for (UnaryOperator<Limits.Builder> limits : List.<UnaryOperator<Limits.Builder>>of(
                builder -> builder, builder -> builder.results(3).queryBytes(60))) {
            openWith(limits);
            for (String message : messages) {
                assertThat(memory.searchMemory(APP, "ana", message)
                                .blockingGet()
                                .memories())
                        .hasSize(1);
            }
            assertThat(memory.searchMemory(APP, "ana", "\"\"").blockingGet().memories())
                    .isEmpty();
        }
        assertThat(new SteleMemoryService(stele, 3)
                        .searchMemory(APP, "ana", "Lisbon")
                        .blockingGet()
                        .memories())
                .hasSize(1);
        assertThatThrownBy(() -> new SteleMemoryService(stele, 4)).hasMessageContaining("limits.results");
    }
}
