package dev.stele.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.recall.RecallQuery;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.session.CreateSessionRequest;
import org.springframework.ai.session.DefaultSessionService;
import org.springframework.ai.session.EventFilter;
import org.springframework.ai.session.InMemorySessionRepository;
import org.springframework.ai.session.Session;
import org.springframework.ai.session.SessionEvent;
import org.springframework.ai.session.SessionRepository;
import org.springframework.ai.session.compaction.SlidingWindowCompactionStrategy;
import org.springframework.ai.session.compaction.TurnCountTrigger;

/** The repository does what the repository in memory of the library does, and keeps it. */
class SteleSessionRepositoryTest {

    private static final Instant START = Instant.parse("2026-05-04T08:00:00.123456789Z");

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;
    private SteleSessionRepository repository;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        repository = new SteleSessionRepository(memory);
    }

    @AfterEach
    void close() {
        if (memory.exists()) {
            assertThat(memory.verify().problems()).isEmpty();
        }
        stele.close();
    }

    private static Session session(String id, String user) {
        return Session.builder()
                .id(id)
                .userId(user)
                .createdAt(START)
                .expiresAt(START.plusSeconds(60))
                .metadata(Map.of("model", "x", "turns", 3))
                .build();
    }

    private static SessionEvent event(String session, String id, Message message) {
        return SessionEvent.builder()
                .id(id)
                .sessionId(session)
                .timestamp(START)
                .message(message)
                .build();
    }

    private static SessionEvent said(String id, String text) {
        return event("s", id, new UserMessage(text));
    }

    private List<String> ids(EventFilter filter) {
        return repository.findEvents("s", filter).stream()
                .map(SessionEvent::getId)
                .toList();
    }

    @Test
    void sessionsAreFoundAsTheyWereSaved() {
        assertThat(repository.findById("s")).isNull();
        assertThat(repository.findByUserId("ana")).isEmpty();
        assertThat(memory.exists()).as("reading creates nothing").isFalse();
        repository.save(session("s", "ana"));
        repository.save(session("t", "ben"));
        repository.save(Session.builder().id("u").userId("ana").expiresAt(null).build());
        Session found = repository.findById("s");
        assertThat(found.userId()).isEqualTo("ana");
        assertThat(found.createdAt()).isEqualTo(START);
        assertThat(found.expiresAt()).isEqualTo(START.plusSeconds(60));
        assertThat(found.metadata()).isEqualTo(Map.of("model", "x", "turns", 3));
        assertThat(repository.findByUserId("ana")).extracting(Session::id).containsExactlyInAnyOrder("s", "u");
        assertThat(repository.findExpiredSessionIds(START.plusSeconds(61))).containsExactlyInAnyOrder("s", "t");
        assertThat(repository.findExpiredSessionIds(START.plusSeconds(60))).isEmpty();
        repository.appendEvent(said("e1", "one"));
        repository.save(
                Session.builder().id("s").userId("ana").metadata(Map.of()).build());
        assertThat(repository.findById("s").metadata()).isEmpty();
        assertThat(ids(EventFilter.all())).as("saving keeps the events").containsExactly("e1");
    }

    @Test
    void eventsAreReturnedAsTheyWereAppended() {
        repository.save(session("s", "ana"));
        List<SessionEvent> events = List.of(
                said("e1", "My dog is called Rex"),
                event(
                        "s",
                        "e2",
                        AssistantMessage.builder()
                                .content("")
                                .toolCalls(List.of(new AssistantMessage.ToolCall("c1", "function", "vet", "{}")))
                                .build()),
                event(
                        "s",
                        "e3",
                        ToolResponseMessage.builder()
                                .responses(List.of(new ToolResponseMessage.ToolResponse("c1", "vet", "open at nine")))
                                .build()),
                SessionEvent.builder()
                        .id("e4")
                        .sessionId("s")
                        .timestamp(START.plusNanos(1))
                        .message(new AssistantMessage("The vet opens at nine."))
                        .metadata(SessionEvent.METADATA_SYNTHETIC, true)
                        .metadata("n", 7)
                        .branch("orch.vet")
                        .build());
        events.forEach(repository::appendEvent);
        stele.close();
        open();
        List<SessionEvent> found = repository.findEvents("s", EventFilter.all());
        assertThat(found).isEqualTo(events);
        assertThat(found)
                .usingRecursiveComparison()
                .comparingOnlyFields("timestamp", "metadata", "branch", "archived")
                .isEqualTo(events);
        assertThat(((AssistantMessage) found.get(1).getMessage()).getToolCalls())
                .isEqualTo(((AssistantMessage) events.get(1).getMessage()).getToolCalls());
        assertThat(((ToolResponseMessage) found.get(2).getMessage()).getResponses())
                .isEqualTo(((ToolResponseMessage) events.get(2).getMessage()).getResponses());
        assertThat(memory.recall(RecallQuery.of("what is the dog called").withLimit(1))
                        .hits()
                        .getFirst()
                        .content())
                .isEqualTo("My dog is called Rex");
    }

    @Test
    void whatIsUnknownOrInvalidIsRefusedAndChangesNothing() {
        assertThatThrownBy(() -> repository.appendEvent(said("e1", "one")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"s\"");
        assertThatThrownBy(() -> repository.compactEvents("s", List.of(), List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(repository.findEvents("s", EventFilter.all())).isEmpty();
        assertThat(repository.getEventVersion("s")).isZero();
        repository.delete("s");
        for (String none : new String[] {null, "", " "}) {
            assertThatThrownBy(() -> repository.findById(none)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> repository.findByUserId(none)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> repository.findEvents(none, EventFilter.all()))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> repository.delete(none)).isInstanceOf(InvalidInputException.class);
        }
        assertThatThrownBy(() -> repository.save(null)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> repository.appendEvent(null)).isInstanceOf(InvalidInputException.class);
        repository.save(session("s", "ana"));
        assertThatThrownBy(() -> repository.appendEvent(said("e1", "x".repeat(3 << 20))))
                .isInstanceOf(LimitExceededException.class);
        repository.appendEvent(said("e1", "one"));
        repository.appendEvent(said("e1", "one"));
        assertThatThrownBy(() -> repository.appendEvent(said("e1", "another"))).isInstanceOf(ConflictException.class);
        assertThat(ids(EventFilter.all())).containsExactly("e1");
    }

    @Test
    void compactionArchivesWhatIsNamedRemovesTheRestAndHappensOnce() {
        repository.save(session("s", "ana"));
        repository.appendEvent(said("e1", "the tea was hot"));
        repository.appendEvent(said("e2", "old summary"));
        repository.appendEvent(said("e3", "the soup was cold"));
        long version = repository.getEventVersion("s");
        SessionEvent summary = said("sum", "tea and soup");
        List<SessionEvent> archived = List.of(said("e1", "the tea was hot"));
        List<SessionEvent> retained = List.of(summary, said("e3", "the soup was cold"));
        assertThat(repository.compactEvents("s", archived, retained, version)).isTrue();
        assertThat(repository.compactEvents("s", archived, retained, version)).isFalse();
        assertThat(ids(EventFilter.all())).containsExactly("e1", "sum", "e3");
        assertThat(ids(EventFilter.active())).containsExactly("sum", "e3");
        assertThat(repository.findEvents("s", EventFilter.all()))
                .extracting(SessionEvent::isArchived)
                .containsExactly(true, false, false);
        assertThat(ids(EventFilter.keywordSearch("TEA"))).containsExactly("e1", "sum");
        assertThat(repository.getEventVersion("s")).isEqualTo(version + 1);
    }

    @Test
    void sameIdsOfEventsInTwoSessionsAreTwoEvents() {
        repository.save(session("s", "ana"));
        repository.save(session("t", "ana"));
        repository.appendEvent(said("e1", "one"));
        repository.appendEvent(event("t", "e1", new UserMessage("two")));
        repository.delete("s");
        assertThat(repository.findById("s")).isNull();
        assertThat(ids(EventFilter.all())).isEmpty();
        assertThat(repository.findEvents("t", EventFilter.all())).hasSize(1);
        assertThat(memory.recall("one").hits()).noneMatch(hit -> hit.content().equals("one"));
        memory.users().forget("ana");
        assertThat(repository.findById("t")).isNull();
    }

    @Test
    void randomOperationsDoWhatTheRepositoryInMemoryDoes() {
        SessionRepository model = InMemorySessionRepository.builder().build();
        var random = new Random(11);
        for (String session : List.of("a", "b")) {
            model.save(session(session, "ana"));
            repository.save(session(session, "ana"));
        }
        for (int step = 0; step < 60; step++) {
            String session = random.nextBoolean() ? "a" : "b";
            int number = step;
            if (random.nextInt(5) > 0) {
                MessageType type = random.nextBoolean() ? MessageType.USER : MessageType.ASSISTANT;
                SessionEvent event = SessionEvent.builder()
                        .id("e" + number)
                        .sessionId(session)
                        .timestamp(START.plusSeconds(random.nextInt(100)))
                        .message(
                                type == MessageType.USER
                                        ? new UserMessage("Word" + random.nextInt(5))
                                        : new AssistantMessage("word" + random.nextInt(5)))
                        .metadata(SessionEvent.METADATA_SYNTHETIC, random.nextInt(4) == 0)
                        .branch(Arrays.asList(null, "x", "x.y", "z").get(random.nextInt(4)))
                        .build();
                model.appendEvent(event);
                repository.appendEvent(event);
            } else {
                List<SessionEvent> active = new ArrayList<>(model.findEvents(session, EventFilter.active()));
                int cut = active.isEmpty() ? 0 : random.nextInt(active.size());
                var retained = new ArrayList<>(active.subList(cut, active.size()));
                retained.addFirst(event(session, "sum" + number, new AssistantMessage("summary " + number)));
                // As the strategies of the library do, a summary that is superseded is removed and not archived.
                List<SessionEvent> archived = active.subList(0, random.nextInt(cut + 1)).stream()
                        .filter(event -> !event.getId().startsWith("sum"))
                        .toList();
                long version = model.getEventVersion(session) - random.nextInt(4) / 3;
                assertThat(repository.compactEvents(session, archived, retained, version))
                        .isEqualTo(model.compactEvents(session, archived, retained, version));
            }
            for (EventFilter filter : filters(random)) {
                Function<SessionRepository, List<String>> found = from -> from.findEvents(session, filter).stream()
                        .map(event -> event.getId() + event.isArchived())
                        .toList();
                assertThat(found.apply(repository)).as(step + " " + filter).isEqualTo(found.apply(model));
            }
            assertThat(repository.getEventVersion(session)).isEqualTo(model.getEventVersion(session));
        }
    }

    private static List<EventFilter> filters(Random random) {
        return List.of(
                EventFilter.all(),
                EventFilter.active(),
                EventFilter.realOnly(),
                EventFilter.lastN(1 + random.nextInt(5)),
                EventFilter.forBranch(random.nextBoolean() ? "x.y" : "x"),
                EventFilter.keywordSearch("word" + random.nextInt(5), random.nextInt(3), 1 + random.nextInt(3)),
                EventFilter.builder()
                        .messageTypes(Set.of(MessageType.ASSISTANT))
                        .from(START.plusSeconds(random.nextInt(50)))
                        .to(START.plusSeconds(50 + random.nextInt(50)))
                        .build());
    }

    @Test
    void appendersOfTwoApplicationsLoseNothingBesideCompactions() throws Exception {
        repository.save(session("s", "ana"));
        try (var other = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()))) {
            var service = DefaultSessionService.builder()
                    .sessionRepository(new SteleSessionRepository(other.agent("kira")))
                    .build();
            Threads.atOnce(5, thread -> () -> {
                for (int i = 0; i < 12; i++) {
                    if (thread == 4) {
                        service.compact(
                                "s",
                                new TurnCountTrigger(6),
                                SlidingWindowCompactionStrategy.builder()
                                        .maxEvents(4)
                                        .build());
                    } else if (thread % 2 == 0) {
                        repository.appendEvent(said("e" + thread + "-" + i, "text " + thread + " " + i));
                    } else {
                        service.appendEvent(said("e" + thread + "-" + i, "text " + thread + " " + i));
                    }
                }
                return null;
            });
        }
        assertThat(repository.findEvents("s", EventFilter.realOnly()))
                .hasSize(48)
                .doesNotHaveDuplicates();
    }

    @Test
    void serviceOfTheLibraryWorksOnTheRepository() {
        var service =
                DefaultSessionService.builder().sessionRepository(repository).build();
        Session created =
                service.create(CreateSessionRequest.builder().userId("ana").build());
        service.appendMessage(created.id(), new UserMessage("hello"));
        assertThat(service.getMessages(created.id())).hasSize(1);
        assertThat(service.findById(created.id())).isNotNull();
    }

    @Test
    void eventsAreFoundInPagesWhileOthersAppend() throws Exception {
        stele.close();
        stele = Stele.open(
                Stores.at(data).withLimits(Limits.builder().results(2).build()), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
        repository = new SteleSessionRepository(memory);
        repository.save(session("s", "ana"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var appended = threads.submit(() -> {
                for (int i = 0; i < 60; i++) {
                    repository.appendEvent(said("e" + i, "text " + i));
                }
            });
            boolean done;
            do {
                done = appended.isDone();
                List<SessionEvent> events = repository.findEvents("s", EventFilter.all());
                assertThat(events).noneMatch(SessionEvent::isArchived);
                assertThat(events)
                        .extracting(SessionEvent::getId)
                        .containsExactlyElementsOf(IntStream.range(0, events.size())
                                .mapToObj(i -> "e" + i)
                                .toList());
            } while (!done);
            appended.get();
        }
        assertThat(ids(EventFilter.all())).hasSize(60);
    }
}
