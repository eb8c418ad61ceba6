package dev.stele.fault;

import dev.stele.AgentMemory;
import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.document.Section;
import dev.stele.fault.Acknowledgement.Claim;
import dev.stele.io.DurableFiles;
import dev.stele.model.AgentName;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.InteractionDraft;
import dev.stele.model.MessageDraft;
import dev.stele.model.NotFoundException;
import dev.stele.model.NoteDraft;
import dev.stele.model.RelationDraft;
import dev.stele.model.SteleException;
import dev.stele.model.TaskDraft;
import dev.stele.model.UserContext;
import dev.stele.recall.RecallQuery;
import dev.stele.support.OlderSchema;
import dev.stele.support.WordEmbedder;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Every kind of write of the library, and the check of what each acknowledged. Thread-safe as far as the library is.
 */
final class Workload {

    static final AgentName KIRA = new AgentName("kira");

    /** Agent with so many vectors that they are kept in a file. */
    static final AgentName VECTORS = new AgentName("vectors");

    /** Agent that restorations replace. */
    static final AgentName SPARE = new AgentName("spare");

    /** Start of the names of agents that an earlier version wrote. */
    private static final String OLDER = "older-";

    /** Number of messages of such an agent. */
    private static final int OLDER_MESSAGES = 12;

    /** Number of messages from which vectors are kept in a file. */
    private static final int VECTORS_IN_FILES = 4_200;

    /** Number of messages that retention keeps; small, so that there is always something to archive. */
    private static final int KEPT = 30;

    /** Kinds of writes. */
    enum Operation {
        MESSAGE,
        MESSAGES_WITH_KEY,
        NOTE,
        NOTE_CHANGE,
        GRAPH,
        GRAPH_MERGE,
        CONTEXT,
        SESSION,
        DOCUMENT,
        ERASE_MESSAGE,
        ERASE_USER,
        RETENTION,
        IMPORT,
        EXPORT,
        BACKUP,
        RESTORE,
        NEW_AGENT,
        FORGET_AGENT,
        TASK,
        SCHEMA_MIGRATION,
        REFLECTION,
        CONSOLIDATION,
        VECTOR_FILE
    }

    private final Stele stele;
    private final Path data;
    private final Path files;

    /**
     * @param stele the memory that is written to
     * @param data its directory, which gets a directory for backups
     */
    Workload(Stele stele, Path data) {
        this.stele = stele;
        this.data = data;
        this.files = data.resolve("backups");
    }

    static SteleConfig config(Path data) {
        return SteleConfig.at(data)
                .withRetention(KEPT, true)
                .withMaintenance(Duration.ofMillis(300), Duration.ofMillis(200));
    }

    static Stele open(Path data) {
        return Stele.open(config(data), SteleModels.offline(Optional.of(new WordEmbedder())));
    }

    /** Opens the memory as an independent reader does, which changes nothing. */
    static Stele openForReading(Path data) {
        return Stele.open(config(data).withReadOnly(), SteleModels.offline(Optional.of(new WordEmbedder())));
    }

    /** Writes what the operations need: a backup to restore, and enough vectors for a file. */
    void prepare(boolean vectors) throws Exception {
        DurableFiles.createDirectories(files);
        AgentMemory spare = stele.agent(SPARE);
        spare.remember(MessageDraft.user("s", "ana", "the first message of the spare agent"));
        Path backup = spareBackup();
        if (!Files.exists(backup)) {
            spare.backup(backup);
        }
        stele.agent(KIRA).remember(MessageDraft.user("s", "ana", "the first message"));
        stele.agent(KIRA).graph().put(EntityDraft.of("place", "Hub"));
        prepareOlderAgent();
        if (vectors && !stele.exists(VECTORS)) {
            for (int from = 0; from < VECTORS_IN_FILES; from += 1_000) {
                stele.agent(VECTORS)
                        .remember(IntStream.range(from, Math.min(VECTORS_IN_FILES, from + 1_000))
                                .mapToObj(i -> MessageDraft.user("s" + i / 500, "ana", "word" + i % 977 + " rain"))
                                .toList());
            }
        }
    }

    /** Makes the directory of an agent of an earlier version, of which {@link #arrange} makes copies. */
    private void prepareOlderAgent() throws Exception {
        Path older = files.resolve("older");
        if (Files.exists(older)) {
            return;
        }
        Path making = files.resolve("older-making");
        try (Stele other = open(making)) {
            AgentMemory agent = other.agent(OLDER + "agent");
            agent.remember(IntStream.range(0, OLDER_MESSAGES)
                    .mapToObj(i ->
                            MessageDraft.user("s", "ana", "old message " + i).withId("old-" + i))
                    .toList());
            agent.notes().create(NoteDraft.of("fact", "Old note").withId("old").withProvenance(List.of("old-1")));
            agent.graph().put(EntityDraft.of("person", "Ana", "knows tea"));
        }
        Path agent = making.resolve("agents").resolve(OLDER + "agent");
        OlderSchema.downgrade(agent.resolve("memory.db"));
        Files.move(agent, older);
    }

    /**
     * Prepares an operation, outside of what can fail.
     *
     * @param id the id of the operation
     * @return what is acknowledged before the operation begins
     */
    List<Acknowledgement> arrange(Operation operation, String id) throws IOException {
        if (operation != Operation.SCHEMA_MIGRATION) {
            return List.of();
        }
        String agent = OLDER + id;
        Path staging = data.resolve("agents/.new-" + agent);
        copy(files.resolve("older"), staging);
        Files.writeString(staging.resolve("name"), agent);
        DurableFiles.forceFile(staging.resolve("name"));
        try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + staging.resolve("memory.db"));
                Statement statement = db.createStatement()) {
            statement.execute("update meta set value = '" + agent + "' where key = 'agent'");
        } catch (SQLException e) {
            throw new IOException(e);
        }
        DurableFiles.forceFile(staging.resolve("memory.db"));
        DurableFiles.move(staging, data.resolve("agents").resolve(agent));
        return List.of(
                Acknowledgement.of(Claim.AGENT, agent, OLDER_MESSAGES),
                Acknowledgement.of(Claim.NOTE, agent, "old", "Old note"),
                Acknowledgement.of(Claim.ENTITY, agent, "Ana"));
    }

    /** Copies a directory and forces the copy to the disk. */
    private static void copy(Path from, Path to) throws IOException {
        if (Files.isDirectory(from)) {
            Files.createDirectory(to);
            try (Stream<Path> paths = Files.list(from)) {
                for (Path path : (Iterable<Path>) paths::iterator) {
                    copy(path, to.resolve(path.getFileName()));
                }
            }
            DurableFiles.forceDirectory(to);
        } else {
            Files.copy(from, to);
            DurableFiles.forceFile(to);
        }
    }

    /** Opens agents of an earlier version, as a reader cannot migrate them. */
    static void migrate(Stele stele, Stream<String> agents) {
        agents.filter(agent -> agent.startsWith(OLDER))
                .distinct()
                .forEach(agent -> stele.agent(agent).messageCount());
    }

    private Path spareBackup() {
        return files.resolve("spare.stele");
    }

    /**
     * Runs an operation.
     *
     * @param id text that no other run uses, of letters, digits and hyphens
     * @return what is acknowledged when the operation returns
     */
    List<Acknowledgement> run(Operation operation, String id) throws Exception {
        AgentMemory kira = stele.agent(KIRA);
        return switch (operation) {
            case MESSAGE -> {
                kira.remember(message(id));
                yield List.of(Acknowledgement.of(Claim.MESSAGE, KIRA, "m-" + id));
            }
            case MESSAGES_WITH_KEY -> {
                List<MessageDraft> drafts = List.of(message(id + "-a"), message(id + "-b"));
                kira.remember(drafts, Optional.of("key-" + id));
                yield drafts.stream()
                        .map(draft -> Acknowledgement.of(
                                Claim.MESSAGE, KIRA, draft.id().orElseThrow()))
                        .toList();
            }
            case NOTE -> {
                kira.notes().create(NoteDraft.of("fact", "Note " + id).withId("n-" + id));
                yield List.of(Acknowledgement.of(Claim.NOTE, KIRA, "n-" + id, "Note " + id));
            }
            case NOTE_CHANGE -> {
                kira.notes().create(NoteDraft.of("fact", "Draft of " + id).withId("n-" + id));
                kira.notes()
                        .update(
                                "n-" + id,
                                _ -> NoteDraft.of("fact", "Changed " + id).withId("n-" + id));
                yield List.of(Acknowledgement.of(Claim.NOTE, KIRA, "n-" + id, "Changed " + id));
            }
            case GRAPH -> {
                kira.graph().edit(graph -> {
                    Entity person = graph.put(EntityDraft.of("person", "P " + id, "knows tea"))
                            .entity();
                    return graph.relate(person, graph.get("Hub"), RelationDraft.of("P " + id, "visits", "Hub"));
                });
                yield List.of(Acknowledgement.of(Claim.ENTITY, KIRA, "P " + id));
            }
            case GRAPH_MERGE -> {
                kira.graph().put(EntityDraft.of("person", "Kept " + id));
                kira.graph().put(EntityDraft.of("person", "Gone " + id));
                kira.graph().merge("Kept " + id, "Gone " + id);
                yield List.of(Acknowledgement.of(Claim.MERGED, KIRA, "Kept " + id, "Gone " + id));
            }
            case CONTEXT -> {
                UserContext context = kira.users().update("counter", seen -> seen.withInteraction(Instant.now()));
                yield List.of(Acknowledgement.of(Claim.CONTEXT, KIRA, "counter", context.conversations()));
            }
            case SESSION -> {
                kira.remember(MessageDraft.user("s-" + id, "ana", "hello").withId("m-" + id));
                kira.sessions().title("s-" + id, Optional.of("Title " + id));
                yield List.of(Acknowledgement.of(Claim.TITLE, KIRA, "s-" + id, "Title " + id));
            }
            case DOCUMENT -> {
                kira.documents()
                        .add(Documents.Draft.of(
                                "papers",
                                Optional.of("d-" + id),
                                "Paper " + id,
                                List.of(new Section("Tea", "Tea is a drink. ".repeat(30)))));
                yield List.of(Acknowledgement.of(Claim.DOCUMENT, KIRA, "papers", "d-" + id));
            }
            case ERASE_MESSAGE -> {
                kira.remember(message(id));
                kira.deleteMessage("m-" + id);
                yield List.of(Acknowledgement.of(Claim.NO_MESSAGE, KIRA, "m-" + id));
            }
            case ERASE_USER -> {
                String user = "user-" + id;
                kira.recordInteraction(
                        user, List.of(MessageDraft.user("of-" + user, user, "I am " + user)), Optional.empty());
                kira.users().forget(user);
                yield List.of(Acknowledgement.of(Claim.NO_USER, KIRA, user));
            }
            case RETENTION -> {
                var drafts = new ArrayList<MessageDraft>();
                for (int i = 0; i < 5; i++) {
                    drafts.add(message(id + "-" + i));
                }
                kira.remember(drafts);
                kira.runMaintenance();
                yield drafts.stream()
                        .map(draft -> Acknowledgement.of(
                                Claim.MESSAGE, KIRA, draft.id().orElseThrow()))
                        .toList();
            }
            case IMPORT -> {
                String line = "{\"role\":\"user\",\"content\":\"imported %1$s\",\"id\":\"m-%1$s\"}\n".formatted(id);
                kira.importFrom(new StringReader(line), _ -> {});
                yield List.of(Acknowledgement.of(Claim.MESSAGE, KIRA, "m-" + id));
            }
            case EXPORT -> {
                kira.export(new StringWriter());
                kira.recall(RecallQuery.of("first message"));
                yield List.of();
            }
            case BACKUP -> {
                Path target = files.resolve(id + ".stele");
                kira.backup(target);
                yield List.of(Acknowledgement.of(Claim.BACKUP, KIRA, target));
            }
            case RESTORE -> {
                stele.restore(spareBackup(), Optional.of(SPARE), true);
                yield List.of(Acknowledgement.of(Claim.AGENT, SPARE, 1));
            }
            case NEW_AGENT -> {
                AgentName agent = new AgentName("new-" + id);
                stele.agent(agent).remember(message(id));
                yield List.of(Acknowledgement.of(Claim.MESSAGE, agent, "m-" + id));
            }
            case FORGET_AGENT -> {
                AgentName agent = new AgentName("temporary-" + id);
                stele.agent(agent).remember(message(id));
                stele.forget(agent);
                yield List.of(Acknowledgement.of(Claim.NO_AGENT, agent));
            }
            case TASK -> {
                String task = stele.tasks()
                        .submit(TaskDraft.of("maintenance").withAgent(KIRA))
                        .id();
                yield List.of(Acknowledgement.of(Claim.TASK, KIRA, task));
            }
            case SCHEMA_MIGRATION -> {
                String agent = OLDER + id;
                stele.agent(agent).remember(message(id));
                yield List.of(Acknowledgement.of(Claim.MESSAGE, agent, "m-" + id));
            }
            case REFLECTION -> {
                var recorded = kira.recordInteraction(
                        "reflected",
                        List.of(MessageDraft.user("of-reflected", "reflected", "I live in Town" + id + ".")
                                .withId("m-" + id)),
                        Optional.of(InteractionDraft.of("chat", "reflected")
                                .withSession("of-reflected")
                                .withId("i-" + id)),
                        Optional.empty());
                kira.reflect();
                yield List.of(
                        Acknowledgement.of(Claim.MESSAGE, KIRA, "m-" + id),
                        Acknowledgement.of(
                                Claim.INTERACTION,
                                KIRA,
                                recorded.interaction().orElseThrow().id()));
            }
            case CONSOLIDATION -> {
                kira.notes().create(NoteDraft.of("fact", "Tea " + id).withUser("reflected"));
                kira.notes().create(NoteDraft.of("fact", "Tea " + id + ".").withUser("reflected"));
                kira.consolidations().consolidate(Optional.of("reflected"));
                yield List.of();
            }
            case VECTOR_FILE -> {
                AgentMemory vectors = stele.agent(VECTORS);
                vectors.remember(message(id));
                vectors.recall(RecallQuery.of("word1 rain"));
                vectors.runMaintenance();
                yield List.of(Acknowledgement.of(Claim.MESSAGE, VECTORS, "m-" + id));
            }
        };
    }

    private static MessageDraft message(String id) {
        return MessageDraft.user("s", "ana", "message " + id).withId("m-" + id);
    }

    /** Returns how an acknowledgement was broken; empty if it is kept. */
    static Optional<String> broken(Stele stele, Acknowledgement ack) {
        try {
            return holds(stele, ack) ? Optional.empty() : Optional.of("broken: " + ack);
        } catch (SteleException e) {
            return Optional.of("broken: " + ack + ": " + e.getMessage());
        }
    }

    private static boolean holds(Stele stele, Acknowledgement ack) {
        AgentMemory agent = stele.agent(ack.agent());
        return switch (ack.claim()) {
            case MESSAGE -> agent.message(ack.argument(1)).isPresent();
            case NO_MESSAGE -> agent.message(ack.argument(1)).isEmpty();
            case NOTE ->
                agent.notes()
                        .get(ack.argument(1))
                        .map(note -> note.content().equals(ack.argument(2)))
                        .orElse(false);
            case ENTITY -> agent.graph().get(ack.argument(1)).entity().name().equals(ack.argument(1));
            case MERGED -> agent.graph().get(ack.argument(2)).entity().name().equals(ack.argument(1));
            case CONTEXT ->
                agent.users()
                        .get(ack.argument(1))
                        .map(context -> context.conversations() >= Long.parseLong(ack.argument(2)))
                        .orElse(false);
            case NO_USER ->
                agent.users().get(ack.argument(1)).isEmpty()
                        && agent.sessions().get("of-" + ack.argument(1)).isEmpty();
            case INTERACTION -> agent.interactions().get(ack.argument(1)).isPresent();
            case DOCUMENT ->
                agent.documents().get(ack.argument(1), ack.argument(2)).isPresent();
            case TITLE ->
                agent.sessions()
                        .get(ack.argument(1))
                        .flatMap(session -> session.title())
                        .equals(Optional.of(ack.argument(2)));
            case TASK -> taskExists(stele, ack.argument(1));
            case BACKUP -> Files.exists(Path.of(ack.argument(1)));
            case AGENT -> agent.messageCount() >= Long.parseLong(ack.argument(1));
            case NO_AGENT -> !stele.exists(new AgentName(ack.agent()));
        };
    }

    private static boolean taskExists(Stele stele, String id) {
        try {
            return stele.tasks().get(id) != null;
        } catch (NotFoundException e) {
            return false;
        }
    }

    /** Returns the problems that verify finds in any agent. */
    static List<String> damage(Stele stele) {
        var problems = new ArrayList<String>();
        for (AgentName agent : stele.agents()) {
            try {
                stele.agent(agent).verify().problems().forEach(problem -> problems.add(agent + ": " + problem));
            } catch (NotFoundException e) {
                // A process was killed while it erased the agent, whose directory is still there.
            }
        }
        return problems;
    }
}
