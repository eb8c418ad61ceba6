package dev.stele;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stele.engine.Engine;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InteractionResult;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.model.Role;
import dev.stele.model.Sha256;
import dev.stele.support.Stores;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An idempotency key stands for one request: for all of it, and in whatever order its fields come. */
class IdempotencyTest {

    private static final AgentName KIRA = new AgentName("kira");
    private static final Optional<String> KEY = Optional.of("key");

    @TempDir
    Path data;

    private Stele stele;
    private AgentMemory memory;

    @BeforeEach
    void open() {
        stele = Stele.open(Stores.at(data), Optional.empty());
        memory = stele.agent(KIRA);
    }

    @AfterEach
    void close() {
        stele.close();
    }

    private static void assertConflict(Runnable request) {
        assertThatThrownBy(request::run).isInstanceOf(ConflictException.class).hasMessageContaining("key");
    }

    @Test
    void keyOfMessagesIsBoundToEveryField() {
        MessageDraft draft = MessageDraft.user("s", "ana", "x");
        Message stored = memory.remember(List.of(draft), KEY).getFirst();
        Stream.<UnaryOperator<MessageDraft>>of(
                        other -> other.withId("m"),
                        other -> other.withSession("t"),
                        other -> other.withUser("ben"),
                        other -> MessageDraft.of("s", Role.SYSTEM, "x").withUser("ana"),
                        other -> MessageDraft.user("s", "ana", "y"),
                        other -> other.withAt(Instant.EPOCH),
                        other -> other.withMetadata(Map.of("a", 1)),
                        other -> other.withSources(List.of("source")))
                .forEach(change -> assertConflict(() -> memory.remember(List.of(change.apply(draft)), KEY)));
        assertConflict(() -> memory.remember(List.of(draft, draft), KEY));
        assertThat(memory.remember(List.of(draft), KEY)).containsExactly(stored);
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    @Test
    void keyOfAnInteractionIsBoundToWhatIsQueued() {
        List<MessageDraft> said = List.of(MessageDraft.user("s", "ana", "x"));
        InteractionDraft learn = InteractionDraft.of("chat", "ana");
        memory.recordInteraction("ana", said, KEY);
        assertConflict(() -> memory.recordInteraction("ana", said, Optional.of(learn), KEY));

        Optional<String> other = Optional.of("other key");
        InteractionResult queued = memory.recordInteraction("ana", said, Optional.of(learn), other);
        assertConflict(() -> memory.recordInteraction("ana", said, other));
        assertConflict(() -> memory.recordInteraction("ana", said, Optional.of(learn.withData(Map.of("a", 1))), other));
        InteractionResult again = memory.recordInteraction("ana", said, Optional.of(learn), other);
        assertThat(again.interaction()).isEqualTo(queued.interaction()).isPresent();
        assertThat(again.messages()).isEqualTo(queued.messages());
    }

    @Test
    void keyOfARecordedInteractionIsBoundToItsSources() {
        InteractionDraft draft = InteractionDraft.of("elaboration", "ana").withData(Map.of("text", "x"));
        var recorded = memory.interactions().record(draft, KEY, List.of("a"));
        assertConflict(() -> memory.interactions().record(draft, KEY, List.of("a", "b")));
        assertThat(memory.interactions().record(draft, KEY, List.of("a"))).isEqualTo(recorded);
    }

    /** Returns an object with a nested one, whose fields come in order or in reverse order. */
    private static Map<String, Object> fields(boolean reverse) {
        var fields = new LinkedHashMap<String, Object>();
        List<String> names = List.of("a", "b", "c");
        for (String name : reverse ? names.reversed() : names) {
            fields.put(name, 1);
        }
        var outer = new LinkedHashMap<String, Object>();
        for (String name : reverse ? names.reversed() : names) {
            outer.put(name, List.of(fields));
        }
        return outer;
    }

    @Test
    void orderOfFieldsDoesNotMatter() {
        var messages = Stream.of(false, true)
                .map(reverse -> memory.remember(
                        List.of(MessageDraft.user("s", "ana", "x").withMetadata(fields(reverse))), KEY))
                .toList();
        assertThat(messages.getFirst()).isEqualTo(messages.getLast());
        Optional<String> ofNote = Optional.of("key of a note");
        var notes = Stream.of(false, true)
                .map(reverse -> memory.notes().create(NoteDraft.of("fact", "x").withMetadata(fields(reverse)), ofNote))
                .toList();
        assertThat(notes.getFirst()).isEqualTo(notes.getLast());
        Optional<String> ofInteraction = Optional.of("key of an interaction");
        var interactions = Stream.of(false, true)
                .map(reverse -> memory.interactions()
                        .record(InteractionDraft.of("chat", "ana").withData(fields(reverse)), ofInteraction, List.of()))
                .toList();
        assertThat(interactions.getFirst()).isEqualTo(interactions.getLast());
    }

    private static Map<String, EntityDraft> entities(List<String> refs) {
        var entities = new LinkedHashMap<String, EntityDraft>();
        refs.forEach(ref -> entities.put(ref, EntityDraft.of("person", "Person " + ref)));
        return entities;
    }

    private static List<String> names(Graph.Connected connected) {
        return connected.entities().entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue().entity().name())
                .toList();
    }

    @Test
    void orderOfConnectedEntitiesDoesNotMatter() {
        List<RelationDraft> relations = List.of(RelationDraft.of("a", "knows", "b"));
        Graph.Connected first = memory.graph().connect(entities(List.of("c", "a", "b")), relations, KEY);
        Graph.Connected again = memory.graph().connect(entities(List.of("b", "c", "a")), relations, KEY);
        assertThat(names(again)).containsExactly("b Person b", "c Person c", "a Person a");
        assertThat(again.relations()).isEqualTo(first.relations());
        assertConflict(() -> memory.graph().connect(entities(List.of("a", "b")), relations, KEY));
    }

    /** Stores a key as earlier versions did. */
    private void record(String key, String request, List<String> ids) {
        stele.engine().write(KIRA, edit -> {
            edit.record(key, Sha256.hex(request).substring(0, 32), ids, Engine.now());
            return true;
        });
    }

    @Test
    void keysOfEarlierVersionsAreKnown() {
        MessageDraft draft = MessageDraft.user("s", "ana", "x").withMetadata(Map.of("a", 1));
        Message message = memory.remember(draft);
        String form = """
                [{"session":"s","user":"ana","role":"user","content":"x","metadata":{"a":1}}]""";
        record("messages", form, List.of(message.id()));
        assertThat(memory.remember(List.of(draft), Optional.of("messages"))).containsExactly(message);
        assertConflict(() -> memory.remember(List.of(draft.withUser("ben")), Optional.of("messages")));

        memory.recordInteraction("ana", List.of(), Optional.empty());
        record("interaction", "[\"interaction\",\"ana\"," + form + "]", List.of(message.id()));
        assertThat(memory.recordInteraction("ana", List.of(draft), Optional.of("interaction"))
                        .conversations())
                .isEqualTo(1);

        var interaction = memory.interactions().record(InteractionDraft.of("chat", "ana"));
        record(
                "recorded",
                "[\"interaction of a type\",{\"type\":\"chat\",\"user\":\"ana\"}]",
                List.of(interaction.id()));
        assertThat(memory.interactions().record(InteractionDraft.of("chat", "ana"), Optional.of("recorded"), List.of()))
                .isEqualTo(interaction);

        Note note = memory.notes().create(NoteDraft.of("fact", "x"));
        record(
                "note",
                "[\"note\",{\"content\":\"x\",\"category\":\"fact\",\"confidence\":1.0,\"importance\":0.5}]",
                List.of(note.id()));
        assertThat(memory.notes().create(NoteDraft.of("fact", "x"), Optional.of("note")))
                .isEqualTo(note);

        Graph.Connected connected = memory.graph().connect(entities(List.of("b", "a")), List.of(), Optional.empty());
        record(
                "connect",
                "[\"connect\",[[\"b\",{\"name\":\"Person b\",\"type\":\"person\"}],"
                        + "[\"a\",{\"name\":\"Person a\",\"type\":\"person\"}]],[]]",
                connected.entities().values().stream()
                        .map(stored -> stored.entity().id())
                        .toList());
        assertThat(names(memory.graph().connect(entities(List.of("b", "a")), List.of(), Optional.of("connect"))))
                .containsExactly("b Person b", "a Person a");
        assertThat(memory.messageCount()).isEqualTo(1);
    }

    @Test
    void sourcesOfARepeatedMessageAreAddedToItsLineage() {
        String source = memory.remember(MessageDraft.user("t", "ana", "my dog is called Rex"))
                .id();
        MessageDraft reply = MessageDraft.assistant("s", "Rex").withId("reply");
        memory.remember(reply);
        memory.remember(reply.withSources(List.of(source)));
        memory.deleteMessage(source);
        assertThat(memory.sessions().last("s", 5)).isEmpty();
    }
}
