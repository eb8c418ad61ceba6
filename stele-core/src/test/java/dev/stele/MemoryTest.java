package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.MessageRevision;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.support.Stores;
import dev.stele.support.Threads;
import dev.stele.support.WordEmbedder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryTest {

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.of(new WordEmbedder()));
        memory = stele.agent("kira");
    }

    @AfterEach
    void close() {
        assertThat(stele.agents())
                .allSatisfy(agent ->
                        assertThat(stele.agent(agent).verify().problems()).isEmpty());
        stele.close();
    }

    @Test
    void storedMessageIsReturnedUnchanged() {
        Message made = memory.remember(new MessageDraft(
                Optional.of("my-id"),
                "monday",
                Optional.of("ana"),
                Role.TOOL,
                "Grüße, 世界 🌍 \"quoted\"\nand more",
                Optional.of(Instant.parse("2026-05-08T13:56:00.123Z")),
                Map.of("speaker", "Ana", "nested", Map.of("list", List.of(1L, 2.5, true))),
                List.of()));
        assertThat(memory.message("my-id")).contains(made);
        assertThat(made.metadata().get("nested")).isEqualTo(Map.of("list", List.of(1L, 2.5, true)));
        assertThat(memory.messageCount()).isEqualTo(1);
        assertThat(memory.message("other")).isEmpty();
    }

    @Test
    void batchIsStoredAtomically() {
        memory.remember(MessageDraft.user("s", "ana", "first").withId("taken"));
        assertThatThrownBy(() -> memory.remember(List.of(
                        MessageDraft.user("s", "ana", "new").withId("fresh"),
                        MessageDraft.user("s", "ana", "clash").withId("taken"))))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("taken");
        assertThat(memory.message("fresh")).isEmpty();
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    @Test
    void failedWriteDoesNotAffectOthersOfItsGroupCommit() throws Exception {
        memory.remember(MessageDraft.user("s", "ana", "first").withId("taken"));
        var refused = new AtomicInteger();
        Threads.atOnce(200, i -> () -> {
            try {
                // The odd ones write a message and then clash, so their group must be taken back and done again.
                memory.remember(
                        i % 2 == 0
                                ? List.of(MessageDraft.user("s", "ana", "good " + i)
                                        .withId("g" + i))
                                : List.of(
                                        MessageDraft.user("s", "ana", "bad " + i)
                                                .withId("b" + i),
                                        MessageDraft.user("s", "ana", "clash").withId("taken")));
            } catch (ConflictException e) {
                refused.incrementAndGet();
            }
            return i;
        });
        assertThat(refused.get()).isEqualTo(100);
        assertThat(memory.messageCount()).isEqualTo(101);
        assertThat(IntStream.range(0, 100).mapToObj(i -> "g" + 2 * i))
                .allSatisfy(id -> assertThat(memory.message(id)).isPresent());
        assertThat(memory.message("b1")).isEmpty();
    }

    @Test
    void sessionsStartWithTheirFirstMessageAndPageBackInTime() {
        Instant begin = Instant.parse("2026-01-01T00:00:00Z");
        for (int i = 0; i < 45; i++) {
            memory.remember(MessageDraft.user("talk", "ana", "m" + i).withAt(begin.plusSeconds(i)));
        }
        memory.remember(MessageDraft.user("later", "ben", "hello"));
        List<Message> last = memory.sessions().last("talk", 20);
        assertThat(last)
                .extracting(Message::content)
                .startsWith("m25")
                .endsWith("m44")
                .hasSize(20);
        var seen = new ArrayList<String>();
        Optional<String> cursor = Optional.empty();
        do {
            var page = memory.sessions().messages("talk", 10, cursor, false);
            seen.addAll(0, page.items().stream().map(Message::content).toList());
            cursor = page.next();
        } while (cursor.isPresent());
        assertThat(seen).isEqualTo(IntStream.range(0, 45).mapToObj(i -> "m" + i).toList());

        assertThat(memory.sessions()
                        .list(Optional.empty(), 10, Optional.empty())
                        .items())
                .extracting(Session::id)
                .containsExactly("later", "talk");
        assertThat(memory.sessions()
                        .list(Optional.of("ana"), 10, Optional.empty())
                        .items())
                .extracting(Session::id)
                .containsExactly("talk");
        Session session = memory.sessions().get("talk").orElseThrow();
        assertThat(session.messages()).isEqualTo(45);
        assertThat(session.startedAt()).isEqualTo(begin);

        assertThat(memory.sessions().title("talk", Optional.of("Plans")).title())
                .contains("Plans");
        assertThat(memory.sessions().end("talk").endedAt()).isPresent();
        memory.remember(MessageDraft.user("talk", "ana", "one more thing"));
        assertThat(memory.sessions().get("talk").orElseThrow().endedAt()).isEmpty();
        assertThat(memory.sessions().get("talk").orElseThrow().title()).contains("Plans");
        assertThatThrownBy(() -> memory.sessions().last("nowhere", 5)).isInstanceOf(NotFoundException.class);
    }

    @Test
    void messageEditsKeepEarlierTexts() {
        memory.remember(MessageDraft.user("s", "ana", "I like tea").withId("m"));
        memory.editMessage("m", "I like coffee");
        memory.editMessage("m", "I like water");
        memory.editMessage("m", "I like water");
        assertThat(memory.messageHistory("m"))
                .extracting(MessageRevision::content)
                .containsExactly("I like tea", "I like coffee");
        assertThat(memory.message("m").orElseThrow().content()).isEqualTo("I like water");
        assertThat(memory.recall("coffee").hits()).noneMatch(hit -> hit.words().contains("coffe"));
        assertThatThrownBy(() -> memory.editMessage("none", "x")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void repeatedIdempotencyKeyWritesOnce() throws Exception {
        var drafts = List.of(MessageDraft.user("s", "ana", "once"), MessageDraft.user("s", "ana", "and only once"));
        var made = Threads.atOnce(20, _ -> () -> memory.remember(drafts, Optional.of("key-1")));
        assertThat(made).allSatisfy(messages -> assertThat(messages).isEqualTo(made.getFirst()));
        assertThat(memory.messageCount()).isEqualTo(2);
        assertThatThrownBy(() -> memory.remember(List.of(MessageDraft.user("s", "ana", "else")), Optional.of("key-1")))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("key-1");
        Note note = memory.notes().create(NoteDraft.of("fact", "x"), Optional.of("key-2"));
        assertThat(memory.notes().create(NoteDraft.of("fact", "x"), Optional.of("key-2")))
                .isEqualTo(note);
        var said = List.of(MessageDraft.user("s", "ana", "hi"), MessageDraft.assistant("s", "hello"));
        memory.recordInteraction("ana", said, Optional.of("key-3"));
        assertThat(memory.recordInteraction("ana", said, Optional.of("key-3")).conversations())
                .isEqualTo(1);
        assertThat(memory.messageCount()).isEqualTo(4);
    }

    @Test
    void sameIdAndContentIsStoredOnce() {
        MessageDraft draft = MessageDraft.user("s", "ana", "hello").withId("m");
        assertThat(memory.remember(draft)).isEqualTo(memory.remember(draft));
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    @Test
    void notesAreVersionedFilteredAndSuperseded() {
        Notes notes = memory.notes();
        notes.create(NoteDraft.of("preference", "Ana likes tea")
                .withId("a")
                .withUser("ana")
                .withTags(List.of("drink")));
        notes.create(NoteDraft.of("my-own-word", "Ben likes rain").withId("b").withUser("ben"));
        Note patched = notes.update(
                "a",
                JsonObject.of("note", Map.of("importance", 0.9, "tags", List.of("drink", "hot"), "pinned", true)),
                OptionalLong.of(1));
        assertThat(patched.version()).isEqualTo(2);
        assertThat(patched.body().importance()).isEqualTo(0.9);
        assertThat(notes.history("a")).hasSize(1);
        assertThatThrownBy(() -> notes.update("a", JsonObject.of("note", Map.of("content", "x")), OptionalLong.of(1)))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("version 2");
        assertThat(list(NoteFilter.category("preference"))).containsExactly("a");
        assertThat(list(NoteFilter.ALL)).containsExactly("b", "a");
        assertThat(list(NoteFilter.builder()
                        .tag("hot")
                        .user("ana")
                        .minImportance(0.8)
                        .pinned(true)
                        .build()))
                .containsExactly("a");
        notes.supersede("a", NoteDraft.of("preference", "Ana likes coffee").withId("c"));
        assertThat(list(NoteFilter.ALL)).containsExactly("c", "b");
        notes.create(NoteDraft.of("fact", "Tea grows on hills").withId("d"));
        assertThat(list(NoteFilter.ofUser(Optional.of("ben")))).containsExactly("b");
        assertThat(list(NoteFilter.ofUser(Optional.empty()))).containsExactly("d", "c");
        assertThatThrownBy(
                        () -> NoteFilter.builder().user("ben").withoutUser(true).build())
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> notes.supersede("a", NoteDraft.of("preference", "again")))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("\"c\"");
        notes.delete("b");
        assertThat(notes.get("b")).isEmpty();
        assertThatThrownBy(() -> notes.delete("b")).isInstanceOf(NotFoundException.class);
    }

    private List<String> list(NoteFilter filter) {
        return memory.notes().list(filter, 10, Optional.empty()).items().stream()
                .map(Note::id)
                .toList();
    }

    @Test
    void hundredConcurrentNoteUpdatesCreateAHundredVersions() throws Exception {
        memory.notes().create(NoteDraft.of("fact", "0").withId("counter"));
        Threads.atOnce(
                100,
                _ -> () -> memory.notes()
                        .update(
                                "counter",
                                note -> NoteDraft.of("fact", String.valueOf(Integer.parseInt(note.content()) + 1))));
        assertThat(memory.notes().get("counter").orElseThrow().content()).isEqualTo("100");
        assertThat(memory.notes().history("counter")).hasSize(100);
    }

    @Test
    void friendshipGrowsWithInteractionsThroughItsStages() {
        assertThat(memory.users()
                        .update("ana", context -> context.withFriendship(19.5))
                        .stage()
                        .words())
                .isEqualTo("stranger");
        UserContext next = memory.users().recordInteraction("ana", Instant.now());
        assertThat(next.friendship()).isEqualTo(20);
        assertThat(next.stage().words()).isEqualTo("acquaintance");
        assertThat(next.withFriendship(50).stage().words()).isEqualTo("friend");
        assertThat(next.withFriendship(70).stage().words()).isEqualTo("close friend");
        assertThat(next.withFriendship(90).stage().words()).isEqualTo("best friend");
        assertThat(next.withFriendship(99.8).withInteraction(Instant.now()).friendship())
                .isEqualTo(100);
        assertThatThrownBy(() -> next.withFriendship(101)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> next.preferences().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        UserContext moody = next;
        for (int i = 0; i < 60; i++) {
            moody = moody.withMood("calm", Instant.now());
        }
        assertThat(moody.moods()).hasSize(UserContext.MAX_MOODS);
    }

    @Test
    void everyVersionOfAUserContextIsReadableAsOfItsTime() {
        Users users = memory.users();
        for (int i = 1; i <= 5; i++) {
            double trust = i / 10.0;
            users.update("ana", context -> context.withTrust(trust));
        }
        var history = users.history("ana", 10, Optional.empty()).items();
        assertThat(history).extracting(version -> version.context().version()).containsExactly(5L, 4L, 3L, 2L, 1L);
        assertThat(users.asOf("ana", history.getLast().at().minusSeconds(1))).isEmpty();
        assertThat(users.asOf("ana", history.getFirst().at()).orElseThrow().trust())
                .isEqualTo(0.5);
        UserContext patched = users.patch(
                "ana",
                Json.readObject("patch", "{\"preferences\":{\"drink\":\"tea\"},\"trust\":null}"),
                OptionalLong.of(5));
        assertThat(patched.preferences()).containsEntry("drink", "tea");
        assertThat(patched.trust()).isEqualTo(UserContext.DEFAULT_TRUST);
        assertThat(patched.firstMet()).isEqualTo(history.getLast().context().firstMet());
        assertThatThrownBy(() -> users.patch("ana", Json.readObject("patch", "{\"trust\":0.1}"), OptionalLong.of(5)))
                .isInstanceOf(ConflictException.class);
        assertThatThrownBy(() ->
                        users.patch("ana", Json.readObject("patch", "{\"stage\":\"friend\"}"), OptionalLong.empty()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("stage");
    }

    @Test
    void changeLogListsAllChangesInOrderWithoutGaps() throws InterruptedException {
        memory.remember(MessageDraft.user("s", "ana", "one").withId("m"));
        memory.users().recordInteraction("ana", Instant.now());
        memory.deleteMessage("m");
        var changes = memory.changes(0, 100);
        assertThat(changes)
                .extracting(change -> change.kind().label())
                .containsExactly("agent.created", "message.created", "user.updated", "message.deleted");
        assertThat(changes).extracting(dev.stele.model.Change::number).containsExactly(1L, 2L, 3L, 4L);
        assertThat(memory.changes(2, 1)).hasSize(1);
        Thread writer = Thread.ofVirtual().start(() -> memory.remember(MessageDraft.user("s", "ana", "two")));
        memory.awaitChange(4, Duration.ofSeconds(10));
        writer.join();
        assertThat(memory.changes(4, 10)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a/b", "..", ".", "a\\b", "a\nb", "a\u0000b", " padded ", "x:y", "tab\t"})
    void invalidAgentNamesAreRefusedAndLeaveNoTrace(String name) {
        assertThatThrownBy(() -> stele.agent(name)).isInstanceOf(InvalidInputException.class);
        assertThat(stele.agents()).isEmpty();
    }

    @Test
    void invalidInputIsRefusedAndLeavesNoTrace() {
        assertThatThrownBy(() -> memory.remember(List.of())).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> MessageDraft.user("s", "ana", " ")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> MessageDraft.user("s", "ana", "half \ud83d"))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> MessageDraft.user("s\n", "ana", "x")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Role.of("robot")).hasMessageContaining("robot").hasMessageContaining("assistant");
        assertThatThrownBy(() -> NoteDraft.of("No Category!", "x")).hasMessageContaining("No Category!");
        assertThatThrownBy(() ->
                        JsonObject.of("message", Map.of("at", "yesterday")).optionalInstant("at"))
                .hasMessageContaining("yesterday");
        assertThatThrownBy(() -> memory.remember(MessageDraft.user("s", "ana", "x".repeat(300_000))))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.message-bytes");
        assertThatThrownBy(() -> memory.remember(
                        MessageDraft.user("s", "ana", "x").withMetadata(Map.of("big", "x".repeat(20_000)))))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.metadata-bytes");
        assertThatThrownBy(
                        () -> memory.remember(java.util.Collections.nCopies(1_001, MessageDraft.user("s", "ana", "x"))))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("limits.batch-messages");
        assertThatThrownBy(() ->
                        memory.users().patch("ana", Json.readObject("patch", "{\"trust\":7}"), OptionalLong.empty()))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> memory.importFrom(new java.io.StringReader("nonsense"), _ -> {}))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(memory::stats).isInstanceOf(NotFoundException.class);
        assertThat(stele.agents()).isEmpty();
    }

    @Test
    void notesOverTheirLimitAreRefused() {
        Limits limits = Limits.builder().notesPerAgent(3).userHistory(5).build();
        try (Stele small = Stele.open(Stores.at(data.resolve("small")).withLimits(limits), Optional.empty())) {
            for (int i = 0; i < 3; i++) {
                small.agent("kira").notes().create(NoteDraft.of("fact", "note " + i));
            }
            assertThatThrownBy(() -> small.agent("kira").notes().create(NoteDraft.of("fact", "one too many")))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining("limits.notes-per-agent");
            for (int i = 0; i < 12; i++) {
                small.agent("kira").users().recordInteraction("ana", Instant.now());
            }
            assertThat(small.agent("kira")
                            .users()
                            .history("ana", 100, Optional.empty())
                            .items())
                    .hasSize(5);
        }
    }

    @Test
    void agentsOfAnyNameAreIsolated() {
        var names = List.of("kira", "Kira", "KIRA", "Ünï cödé", "a b", "a-b", "a.b", "con", "日本", "x".repeat(128));
        names.forEach(name -> stele.agent(name).remember(MessageDraft.user("s", "ana", "I am " + name)));
        assertThat(stele.agents()).extracting(AgentName::value).containsExactlyInAnyOrderElementsOf(names);
        names.forEach(name -> assertThat(stele.agent(name).sessions().last("s", 5))
                .extracting(Message::content)
                .containsExactly("I am " + name));
    }
}
