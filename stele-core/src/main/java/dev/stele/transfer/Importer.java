package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.GraphLimits;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.DocumentEdit;
import dev.stele.store.IndexEntry;
import dev.stele.store.LineageView;
import dev.stele.store.StoreEdit;
import dev.stele.transfer.ImportReport.BadLine;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Importer that writes the entries of a file to the memory of an agent, in groups that are each atomic. A bad line is
 * counted and reported; the valid lines are kept. Entries that already exist as they are in the file are skipped, so an
 * interrupted import can simply be repeated. Not thread-safe; each import needs its own instance.
 */
public final class Importer {

    /** Maximum number of entries that are written in one transaction. */
    private static final int MAX_GROUP_ENTRIES = 256;

    /**
     * Maximum number of entries, and of characters in their lines, that are read before existing messages are looked
     * up. The lookup reads each archive segment once per window.
     */
    private static final int MAX_WINDOW_ENTRIES = 8_192;

    private static final long MAX_WINDOW_CHARS = 32L << 20;

    /** Memory to which the entries are written. */
    public interface Target {
        /**
         * Looks up messages by their ids, including archived ones. A memory that does not exist yet has none.
         *
         * @param ids ids of messages
         * @return existing messages by id
         */
        Map<String, Message> messages(Collection<String> ids);

        /**
         * Runs an edit and returns after it is durably committed.
         *
         * @param edit edit, which may run more than once
         * @return result of the edit
         */
        <T> T write(Function<? super StoreEdit, T> edit);
    }

    /**
     * Entry with its line number.
     *
     * @param known whether the entry already exists unchanged and is not written
     */
    private record Numbered(long line, ImportEntry entry, boolean known) {}

    private final Target target;
    private final AgentName agent;
    private final Indexer indexer;
    private final GraphLimits limits;
    private final int maxLineChars;
    private final LongConsumer progress;
    private final List<Numbered> window = new ArrayList<>();
    private long windowChars;
    private final Map<String, Message> latest = new HashMap<>();
    private final List<BadLine> problems = new ArrayList<>();
    private final List<ImportEntry.OfSession> sessions = new ArrayList<>();
    /** Users of the conversations that this import began. */
    private final Map<String, Set<String>> conversations = new HashMap<>();

    private final Counts done = new Counts();
    /** Whether the file itself says who shares its sessions. */
    private boolean declared;

    private long bad;

    /** Counts of one group; each run of its edit creates a new instance. */
    private static final class Counts {
        private long messages;
        private long notes;
        private long users;
        private long entities;
        private long relations;
        private long others;
        private long known;
        private final List<BadLine> problems = new ArrayList<>();
        /** Users of each conversation to which messages were written; empty if it existed before the import. */
        private final Map<String, Optional<Set<String>>> conversations = new HashMap<>();

        void add(Counts more) {
            messages += more.messages;
            notes += more.notes;
            users += more.users;
            entities += more.entities;
            relations += more.relations;
            others += more.others;
            known += more.known;
        }

        void other(boolean added) {
            others += added ? 1 : 0;
            known += added ? 0 : 1;
        }
    }

    /**
     * Creates an importer.
     *
     * @param agent agent that receives the entries
     * @param target memory of the agent
     * @param indexer creator of index entries
     * @param limits limits of the memory
     * @param progress receiver of the number of characters processed so far, called from time to time
     */
    public Importer(AgentName agent, Target target, Indexer indexer, Limits limits, LongConsumer progress) {
        this.target = target;
        this.agent = agent;
        this.indexer = indexer;
        this.limits = limits.graph();
        this.maxLineChars = limits.importLineChars();
        this.progress = progress;
    }

    /**
     * Imports all entries and leaves the reader open.
     *
     * @param file content of the file
     * @return counts and problems
     * @throws InvalidInputException if the file is empty or has no known format
     * @throws StelePersistenceException if the file cannot be read
     */
    public ImportReport run(Reader file) {
        try {
            return read(new LineReader(file, maxLineChars));
        } catch (IOException e) {
            throw new StelePersistenceException("The file could not be read: " + e.getMessage(), e);
        }
    }

    private ImportReport read(LineReader file) throws IOException {
        String line = nextLine(file);
        while (line != null && line.isBlank()) {
            line = nextLine(file);
        }
        if (line == null) {
            if (bad > 0) {
                throw new InvalidInputException("No line of the file could be read: "
                        + problems.getFirst().reason());
            }
            throw new InvalidInputException("The file is empty; there is nothing to import.");
        }
        if (line.charAt(0) == '\ufeff') {
            line = line.substring(1);
        }
        Format format = Format.of(line);
        declared = format == Format.STELE;
        switch (format) {
            case LOCOMO -> document(line, file);
            case STELE -> lines(line, file, SteleReader::read);
            case MCP_MEMORY -> lines(line, file, McpMemoryReader::read);
            case CHAT -> lines(line, file, new ChatReader()::read);
        }
        flush();
        endSessions();
        shareConversations();
        return new ImportReport(
                format.label(),
                done.messages,
                done.notes,
                done.users,
                done.entities,
                done.relations,
                done.others,
                done.known,
                bad,
                problems);
    }

    /** Returns the next line that is not too long; null at the end. Lines that are too long count as bad. */
    private @Nullable String nextLine(LineReader file) throws IOException {
        while (true) {
            switch (file.next()) {
                case LineReader.Line.Text text -> {
                    return text.text();
                }
                case LineReader.Line.TooLong _ ->
                    refuse(
                            file.lineNumber(),
                            "the line has more than %d characters (limits.import-line)".formatted(maxLineChars));
                case LineReader.Line.End _ -> {
                    return null;
                }
            }
        }
    }

    private void document(String first, LineReader file) throws IOException {
        String text = file.rest(first);
        List<LocomoReader.Turn> turns = LocomoReader.read(text);
        for (LocomoReader.Turn turn : turns) {
            turn.entry()
                    .ifPresentOrElse(
                            entry -> add(turn.number(), entry, 0), () -> refuse(turn.number(), turn.problem()));
            progress.accept(text.length() * turn.number() / turns.size());
        }
    }

    private void lines(String first, LineReader file, Function<String, List<ImportEntry>> parser) throws IOException {
        for (String line = first; line != null; line = nextLine(file)) {
            if (!line.isBlank()) {
                try {
                    for (ImportEntry entry : parser.apply(line)) {
                        add(file.lineNumber(), entry, line.length());
                    }
                } catch (InvalidInputException e) {
                    refuse(file.lineNumber(), e.getMessage());
                }
            }
            progress.accept(file.charsRead());
        }
    }

    private void refuse(long line, @Nullable String reason) {
        bad++;
        if (problems.size() < ImportReport.MAX_PROBLEMS) {
            problems.add(new BadLine(line, reason == null ? "unknown" : reason));
        }
    }

    private void add(long line, ImportEntry entry, int chars) {
        if (entry instanceof ImportEntry.OfSession session) {
            sessions.add(session); // written after the messages, because a message reopens its session
            return;
        }
        window.add(new Numbered(line, entry, false));
        windowChars += chars;
        if (window.size() == MAX_WINDOW_ENTRIES || windowChars > MAX_WINDOW_CHARS) {
            flush();
        }
    }

    /** Writes the entries of the window in their order, except for messages that already exist unchanged. */
    private void flush() {
        Map<String, Message> known = target.messages(window.stream()
                .flatMap(numbered -> numbered.entry() instanceof ImportEntry.OfMessage of
                        ? Stream.of(of.message().id())
                        : Stream.empty())
                .toList());
        var group = new ArrayList<Numbered>();
        int fresh = 0;
        for (Numbered numbered : window) {
            boolean same = numbered.entry() instanceof ImportEntry.OfMessage of
                    && Optional.ofNullable(known.get(of.message().id()))
                            .filter(existing -> sameContent(existing, of.message()))
                            .isPresent();
            group.add(same ? new Numbered(numbered.line(), numbered.entry(), true) : numbered);
            fresh += same ? 0 : 1;
            if (fresh == MAX_GROUP_ENTRIES) {
                write(group);
                fresh = 0;
            }
        }
        write(group);
        window.clear();
        windowChars = 0;
    }

    /** Writes the entries that are not known in one transaction, and clears the list. */
    private void write(List<Numbered> group) {
        List<Numbered> entries = List.copyOf(group);
        group.clear();
        List<IndexEntry> indexings = index(entries);
        List<Numbered> fresh =
                entries.stream().filter(numbered -> !numbered.known()).toList();
        done.known += entries.size() - fresh.size();
        if (fresh.isEmpty()) {
            return;
        }
        Counts added = target.write(edit -> write(edit, fresh, indexings));
        done.add(added);
        added.conversations.forEach((session, users) -> {
            users.ifPresent(speakers ->
                    conversations.computeIfAbsent(session, _ -> new TreeSet<>()).addAll(speakers));
        });
        added.problems.forEach(problem -> refuse(problem.line(), problem.reason()));
    }

    /**
     * Returns the index entries in the order of the entries. Some entries have none; an entity has one per observation.
     */
    private List<IndexEntry> index(List<Numbered> entries) {
        var drafts = new ArrayList<Indexer.Draft>();
        for (Numbered numbered : entries) {
            switch (numbered.entry()) {
                case ImportEntry.OfMessage of -> {
                    if (!numbered.known()) {
                        drafts.add(indexer.draft(
                                agent,
                                of.message(),
                                Optional.ofNullable(latest.get(of.message().session()))));
                    }
                    latest.put(of.message().session(), of.message());
                }
                case ImportEntry.OfNote of ->
                    drafts.add(indexer.draft(agent, of.note().body(), of.note().createdAt()));
                case ImportEntry.OfEntity of ->
                    of.observations()
                            .forEach(observation -> drafts.add(indexer.draft(
                                    agent,
                                    of.entity().name(),
                                    of.entity().type(),
                                    observation.content(),
                                    observation.at().orElse(observation.recordedAt()))));
                case ImportEntry.OfDocument of ->
                    of.passages().forEach(passage -> drafts.add(indexer.draft(agent, passage)));
                case ImportEntry.OfUser _,
                        ImportEntry.OfSession _,
                        ImportEntry.OfRelation _,
                        ImportEntry.OfInteraction _,
                        ImportEntry.OfConsolidation _,
                        ImportEntry.OfProfile _,
                        ImportEntry.OfLineage _,
                        ImportEntry.OfPlain _ -> {}
            }
        }
        return indexer.index(drafts);
    }

    /** Adds the sources of an item whose id names one item only. */
    private static void addLineage(StoreEdit edit, ImportEntry.OfLineage of) {
        List<Long> items = edit.lineage().numbers(List.of(of.id()));
        if (items.size() == 1) {
            var sources = new ArrayList<>(edit.lineage().numbers(of.sources()));
            if (of.byCaller()) {
                sources.add(LineageView.CALLER);
            }
            edit.lineage().importSources(items.getFirst(), sources);
        }
    }

    /**
     * Admits the user of a message to its session. A conversation that the import itself begins is shared by all users
     * who speak in it: it is a record of what each of them has heard. To a session that existed before, the rule of
     * every write applies.
     *
     * @return whether the message may be written
     */
    private boolean admit(StoreEdit edit, Message message, Counts counts) {
        if (message.user().isEmpty()) {
            return true;
        }
        String id = message.session();
        Optional<Set<String>> users = counts.conversations.computeIfAbsent(id, _ -> {
            boolean isNew = conversations.containsKey(id) || edit.session(id).isEmpty();
            return isNew ? Optional.of(new TreeSet<>()) : Optional.empty();
        });
        String user = message.user().get();
        users.ifPresent(speakers -> speakers.add(user));
        return users.isPresent()
                || edit.session(id).map(session -> session.admits(user)).orElse(true);
    }

    private Counts write(StoreEdit edit, List<Numbered> entries, List<IndexEntry> indexings) {
        var counts = new Counts();
        var graph = new GraphImport(edit, limits, (entity, content, at) -> indexer.words(agent, entity, content, at));
        Iterator<IndexEntry> next = indexings.iterator();
        for (Numbered numbered : entries) {
            long line = numbered.line();
            switch (numbered.entry()) {
                case ImportEntry.OfMessage of -> {
                    IndexEntry indexing = next.next();
                    Optional<Message> existing = edit.message(of.message().id());
                    if (existing.isEmpty()) {
                        if (!declared && !admit(edit, of.message(), counts)) {
                            counts.problems.add(new BadLine(
                                    line,
                                    "session %s belongs to other users; declare its participants first"
                                            .formatted(Json.write(of.message().session()))));
                            continue;
                        }
                        edit.importMessage(of.message(), of.history(), indexing);
                        counts.messages++;
                    } else if (sameContent(existing.get(), of.message())) {
                        counts.known++;
                    } else {
                        counts.problems.add(taken(line, "message", of.message().id()));
                    }
                }
                case ImportEntry.OfNote of -> {
                    IndexEntry indexing = next.next();
                    var existing = edit.note(of.note().id());
                    if (existing.isEmpty()) {
                        edit.importNote(of.note(), of.history(), indexing);
                        counts.notes++;
                    } else if (existing.get().body().equals(of.note().body())) {
                        counts.known++;
                    } else {
                        counts.problems.add(taken(line, "note", of.note().id()));
                    }
                }
                case ImportEntry.OfUser of -> {
                    if (edit.importUser(of.user(), of.versions())) {
                        counts.users++;
                    } else {
                        counts.known++;
                    }
                }
                case ImportEntry.OfEntity of -> {
                    List<IndexEntry> observations =
                            of.observations().stream().map(_ -> next.next()).toList();
                    switch (graph.entity(of, observations)) {
                        case ADDED -> counts.entities++;
                        case KNOWN -> counts.known++;
                        case TAKEN ->
                            counts.problems.add(
                                    taken(line, "entity", of.entity().name()));
                        case NO_END -> throw new IllegalStateException("an entity has no ends");
                    }
                }
                case ImportEntry.OfRelation of -> {
                    switch (graph.relation(of.relation())) {
                        case ADDED -> counts.relations++;
                        case KNOWN -> counts.known++;
                        case TAKEN ->
                            counts.problems.add(
                                    taken(line, "relation", of.relation().id()));
                        case NO_END -> counts.problems.add(new BadLine(line, "the relation's entities are not there"));
                    }
                }
                case ImportEntry.OfPlain of -> {
                    boolean added;
                    try {
                        added = graph.plain(of.line());
                    } catch (InvalidInputException e) {
                        counts.problems.add(new BadLine(line, String.valueOf(e.getMessage())));
                        continue;
                    }
                    if (!added) {
                        counts.known++;
                    } else if (of.line() instanceof McpMemoryGraph.PlainEntity) {
                        counts.entities++;
                    } else {
                        counts.relations++;
                    }
                }
                case ImportEntry.OfDocument of -> {
                    List<IndexEntry> passages =
                            of.passages().stream().map(_ -> next.next()).toList();
                    counts.other(add(edit.documents(), of, passages));
                }
                case ImportEntry.OfLineage of -> addLineage(edit, of);
                case ImportEntry.OfInteraction of -> {
                    boolean known =
                            edit.reflection().interaction(of.interaction().id()).isPresent();
                    if (!known) {
                        edit.reflection().importInteraction(of.interaction());
                    }
                    counts.other(!known);
                }
                case ImportEntry.OfConsolidation of -> {
                    boolean known = edit.reflection()
                            .consolidation(of.consolidation().id())
                            .isPresent();
                    if (!known) {
                        edit.reflection().add(of.consolidation());
                    }
                    counts.other(!known);
                }
                case ImportEntry.OfProfile of -> {
                    boolean known = edit.reflection().entry(of.name()).isPresent();
                    if (!known) {
                        edit.reflection().put(of.name(), of.value(), edit.time());
                    }
                    counts.other(!known);
                }
                case ImportEntry.OfSession _ -> {}
            }
        }
        return counts;
    }

    /** Adds a document unless it exists, and returns whether it was added. */
    private static boolean add(DocumentEdit documents, ImportEntry.OfDocument of, List<IndexEntry> indexings) {
        if (documents.document(of.document().collection(), of.document().id()).isPresent()) {
            return false;
        }
        long number = documents.add(of.document()).number();
        for (int i = 0; i < of.passages().size(); i++) {
            documents.add(of.passages().get(i).in(number, i), indexings.get(i));
        }
        return true;
    }

    private static boolean sameContent(Message existing, Message coming) {
        return existing.content().equals(coming.content()) && existing.session().equals(coming.session());
    }

    private static BadLine taken(long line, String what, String id) {
        return new BadLine(line, "there is another %s with the id %s".formatted(what, Json.write(id)));
    }

    /** Declares the participants of the conversations of several users that this import began. */
    private void shareConversations() {
        conversations.values().removeIf(users -> users.size() < 2);
        if (conversations.isEmpty()) {
            return;
        }
        target.write(edit -> {
            conversations.forEach((session, users) ->
                    edit.session(session).ifPresent(begun -> edit.putSession(begun.withParticipants(users))));
            return conversations.size();
        });
    }

    private void endSessions() {
        for (int from = 0; from < sessions.size(); from += MAX_GROUP_ENTRIES) {
            List<ImportEntry.OfSession> some =
                    sessions.subList(from, Math.min(sessions.size(), from + MAX_GROUP_ENTRIES));
            try {
                target.write(edit -> {
                    some.forEach(of -> edit.putSession(of.session()));
                    return some.size();
                });
            } catch (SteleException e) {
                throw new StelePersistenceException("The sessions' titles could not be imported: " + e.getMessage(), e);
            }
        }
    }
}
