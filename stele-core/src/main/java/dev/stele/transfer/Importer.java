package dev.stele.transfer;

import dev.stele.graph.McpMemoryGraph;
import dev.stele.index.Indexer;
import dev.stele.io.FileErrors;
import dev.stele.model.AgentName;
import dev.stele.model.ConflictException;
import dev.stele.model.Ids;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Limits;
import dev.stele.model.Message;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.model.Sha256;
import dev.stele.model.SteleException;
import dev.stele.model.StelePersistenceException;
import dev.stele.store.DocumentEdit;
import dev.stele.store.IndexEntry;
import dev.stele.store.LineageView;
import dev.stele.store.MessageBound;
import dev.stele.store.StoreEdit;
import dev.stele.transfer.ImportReport.BadLine;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
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

    /** Maximum number of messages of a user in one exchange. */
    private static final int MAX_EXCHANGE_MESSAGES = 20;

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

        /** Returns the configured maximum number of live messages; 0 for none. */
        default int maxMessages() {
            return 0;
        }

        /** Returns the maximum number of pending interactions. */
        default int maxInteractions() {
            return 0;
        }
    }

    /**
     * Entry with its place.
     *
     * @param file name of its file; empty if the file is alone
     * @param line line number, or number of the item in its file
     * @param known whether the entry already exists unchanged and is not written
     */
    private record Numbered(String file, long line, ImportEntry entry, boolean known) {}

    private final Target target;
    private final AgentName agent;
    private final Indexer indexer;
    private final Limits limits;
    private final LongConsumer progress;
    private final List<Numbered> window = new ArrayList<>();
    private long windowChars;
    private final TurnIds turnIds = new TurnIds();
    private final Map<String, Message> latest = new HashMap<>();
    private final List<BadLine> problems = new ArrayList<>();
    private final Map<String, String> titles = new LinkedHashMap<>();
    private final List<Numbered> links = new ArrayList<>();
    private final Map<String, Long> leftOut = new LinkedHashMap<>();
    private final List<String> skippedFiles = new ArrayList<>();
    private final Set<String> formats = new TreeSet<>();
    /** Ids of the messages of each session that an answer completes to an exchange. */
    private final Map<String, List<Message>> exchanges = new HashMap<>();

    private ImportOptions options = ImportOptions.DEFAULT;
    private long finishedChars;
    private long repaired;
    /** Users of the conversations that this import began. */
    private final Map<String, Set<String>> conversations = new HashMap<>();
    /** Users of each session in the current file. */
    private final Map<String, Set<String>> speakers = new HashMap<>();
    /** Sessions as exports describe them. */
    private final Map<String, Session> described = new LinkedHashMap<>();
    /** Sessions that this import began from an export, which says who shares them. */
    private final Set<String> restored = new HashSet<>();

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
        private long unlearned;
        private final List<BadLine> problems = new ArrayList<>();
        /** Users of each conversation to which messages were written; empty if it existed before the import. */
        private final Map<String, Optional<Set<String>>> conversations = new HashMap<>();

        private final Set<String> restored = new HashSet<>();

        void add(Counts more) {
            messages += more.messages;
            notes += more.notes;
            users += more.users;
            entities += more.entities;
            relations += more.relations;
            others += more.others;
            known += more.known;
            unlearned += more.unlearned;
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
        this.limits = limits;
        this.progress = progress;
    }

    /**
     * Imports all entries of a text with the default options and leaves the reader open.
     *
     * @param file content of the file
     * @return counts and problems
     * @throws InvalidInputException if the file is empty or has no known format
     * @throws LimitExceededException if the file is one JSON document that is too long
     * @throws StelePersistenceException if the file cannot be read
     */
    public ImportReport run(Reader file) {
        try {
            read("", "", new HeadReader(file), Optional.empty(), new TurnWriter(options, limits), true);
            return finish();
        } catch (IOException e) {
            throw FileErrors.of("The file could not be read", FileErrors.cause(e));
        }
    }

    /**
     * Imports a file, the files of a zip file, or the files of a folder.
     *
     * @param source files
     * @param given options
     * @return counts and problems of all files
     * @throws InvalidInputException if the source is a file that is empty or has no known format, or if it has no file
     *     of a known format
     * @throws LimitExceededException if the source exceeds a limit; what was written before stays, and a repeated
     *     import skips it
     * @throws StelePersistenceException if the source cannot be read
     */
    public ImportReport run(ImportSource source, ImportOptions given) {
        options = given;
        var turns = new TurnWriter(options, limits);
        var files = new ImportSource.Parts() {
            private int imported;

            @Override
            public void take(ImportSource.Part part) throws IOException {
                String label = part.isAlone() ? "" : part.name();
                var decoder = new TextDecoder(
                        part.content(),
                        (line, bytes) -> repair(
                                label, line, "the bytes %s are no character; U+FFFD stands for them".formatted(bytes)));
                try {
                    if (read(label, part.name(), new HeadReader(decoder), part.changedAt(), turns, part.isAlone())) {
                        imported++;
                    } else {
                        skip(part.name());
                    }
                } catch (InvalidInputException e) {
                    if (part.isAlone()) {
                        throw e;
                    }
                    Importer.this.refuse(label, 0, e.getMessage());
                }
            }

            @Override
            public void passOver(String name) {
                leftOut.merge("files that hold no text of a known format", 1L, Long::sum);
            }
        };
        try {
            try {
                source.forEach(limits.imports(), files);
            } catch (InvalidInputException e) {
                if (files.imported == 0) {
                    throw e;
                }
                refuse("", 0, e.getMessage()); // a zip file that is damaged after its first files
            }
            if (files.imported == 0) {
                throw new InvalidInputException(
                        "The source has no file of a format that can be imported: " + ImportFormat.labels() + ".");
            }
            return finish();
        } catch (IOException | UncheckedIOException e) {
            throw FileErrors.of("The file could not be read", FileErrors.cause(e));
        }
    }

    private void skip(String file) {
        leftOut.merge("files of no known format", 1L, Long::sum);
        if (skippedFiles.size() < ImportReport.MAX_PROBLEMS) {
            skippedFiles.add(file);
        }
    }

    private ImportReport finish() {
        window.addAll(links);
        links.clear();
        flush();
        endSessions();
        titleSessions();
        shareConversations();
        return new ImportReport(
                formats.size() == 1 ? formats.iterator().next() : "several",
                done.messages,
                done.notes,
                done.users,
                done.entities,
                done.relations,
                done.others,
                done.known,
                bad,
                repaired,
                leftOut,
                skippedFiles,
                0,
                0,
                done.unlearned,
                problems);
    }

    /**
     * Reads one file.
     *
     * @param label name of the file in problems; empty if it is alone
     * @param name name of the file
     * @param changedAt time at which the file was changed, if known
     * @param isAlone whether the source is this file only
     * @return whether the file has a format; false only for one of several files
     * @throws InvalidInputException if the only file is empty or has no known format, or if a zip file is damaged
     */
    private boolean read(
            String label, String name, HeadReader file, Optional<Instant> changedAt, TurnWriter turns, boolean isAlone)
            throws IOException {
        String head = file.head();
        if (head.isBlank() && file.isWhole()) {
            if (!isAlone) {
                return false;
            }
            throw new InvalidInputException("The file is empty; there is nothing to import.");
        }
        Optional<ImportFormat> detected = format(name, head, isAlone);
        if (detected.isEmpty()) {
            if (!isAlone) {
                return false;
            }
            throw FormatDetector.unknown(head);
        }
        ImportFormat format = detected.get();
        flush(); // what is left of a damaged file
        speakers.clear();
        declared = format == ImportFormat.STELE;
        formats.add(format.label());
        turns.inFile(isAlone ? Optional.empty() : Optional.of(name));
        var sink = new Sink(label);
        var notes = new NoteWriter(options, limits);
        if (format == ImportFormat.COPILOT) {
            new CopilotReader(turns, limits.importLineChars()).read(file, sink);
        } else if (format.isText()) {
            text(name, format, file, changedAt, notes, sink);
        } else {
            FormatReader reader = reader(format, turns, notes);
            if (isLines(head, file.isWhole())) {
                lines(file, reader, sink);
            } else {
                elements(file, reader, sink);
            }
            sink.begin();
            reader.finish(sink);
        }
        finishedChars += file.charsRead();
        progress.accept(finishedChars);
        flush();
        return true;
    }

    /** Returns the format of a file; empty if it has none, or another one than the options of a folder or zip file. */
    private Optional<ImportFormat> format(String name, String head, boolean isAlone) {
        Optional<ImportFormat> detected = FormatDetector.detect(name, head);
        Optional<ImportFormat> given = options.format();
        if (given.isEmpty()) {
            return detected;
        }
        boolean bothText =
                given.get().isText() && detected.filter(ImportFormat::isText).isPresent();
        return isAlone || bothText || detected.equals(given) ? given : Optional.empty();
    }

    private static FormatReader reader(ImportFormat format, TurnWriter turns, NoteWriter notes) {
        return switch (format) {
            case STELE -> of(SteleReader::read);
            case MCP_MEMORY -> of(McpMemoryReader::read);
            case CHAT -> new ChatReader(turns);
            case CHATGPT -> new ChatGptReader(turns);
            case CLAUDE -> new ClaudeReader(turns, notes);
            case GEMINI -> new GeminiReader(turns);
            case LANGCHAIN -> new LangChainReader(turns);
            case LANGCHAIN4J -> new LangChain4jReader(turns);
            case LOCOMO -> new LocomoReader(turns);
            case MEM0 -> new Mem0Reader(notes);
            case ZEP -> new ZepReader(turns, notes);
            case PAM -> new PamReader(turns, notes);
            case OMI -> new OmiReader(notes);
            case COPILOT, MARKDOWN, MEMORY_FILES ->
                throw new IllegalArgumentException(format + " is read as text and not as JSON values");
        };
    }

    /** Returns a reader for a format whose values are independent of each other. */
    private static FormatReader of(Function<String, List<ImportEntry>> parser) {
        return new FormatReader() {
            @Override
            public void read(@Nullable Object value, EntrySink sink) {
                read(Json.write(value), sink);
            }

            @Override
            public void read(String text, EntrySink sink) {
                parser.apply(text).forEach(sink::add);
            }
        };
    }

    /**
     * Returns whether the values of a file are its lines. A file of lines has a line that is a whole object beside
     * other lines. In a document of several lines, the first line opens a value, or lines that are objects end in a
     * comma.
     */
    private static boolean isLines(String head, boolean isWhole) {
        int lines = 0;
        int whole = 0;
        int separated = 0;
        for (String line : (Iterable<String>) head.lines()::iterator) {
            String stripped = line.strip();
            if (stripped.isEmpty()) {
                continue;
            }
            lines++;
            boolean isWholeObject = line.startsWith("{") && stripped.endsWith("}") && isBalanced(stripped);
            if (lines == 1
                    && !isWholeObject
                    && (stripped.startsWith("[") || "[{,:".indexOf(stripped.charAt(stripped.length() - 1)) >= 0)) {
                return false;
            }
            whole += isWholeObject ? 1 : 0;
            separated += line.startsWith("{") && stripped.endsWith("},") ? 1 : 0;
        }
        return (whole > separated && lines >= 2) || (!isWhole && lines == 1);
    }

    private static boolean isBalanced(String text) {
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                i = JsonQuotes.closing(text, i, text.length());
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }
        return depth == 0;
    }

    private void text(
            String name, ImportFormat format, HeadReader file, Optional<Instant> changedAt, NoteWriter notes, Sink sink)
            throws IOException {
        var text = new StringBuilder();
        var buffer = new char[1 << 14];
        for (int count = file.read(buffer, 0, buffer.length); count >= 0; count = file.read(buffer, 0, buffer.length)) {
            text.append(buffer, 0, count);
            if (text.length() > limits.importLineChars()) {
                sink.refuse("the file has more than %d characters (limits.import-line)"
                        .formatted(limits.importLineChars()));
                return;
            }
        }
        if (format == ImportFormat.MARKDOWN) {
            new MarkdownReader(notes).read(name, text.toString(), changedAt, sink);
        } else {
            new MemoryFileReader(notes).read(name, text.toString(), changedAt, sink);
        }
    }

    private void elements(HeadReader file, FormatReader reader, Sink sink) throws IOException {
        var elements = new JsonElements(file, limits.importLineChars());
        boolean isFirst = true;
        for (var element = elements.next(); element.tooLong() || !element.text().isEmpty(); element = elements.next()) {
            if (element.tooLong()) {
                if (isFirst && !elements.isList()) {
                    throw new LimitExceededException(
                            "The file is one JSON document of more than %d characters (limits.import-line); split it, or raise the limit."
                                    .formatted(limits.importLineChars()));
                }
                sink.refuse("the element at line %d has more than %d characters (limits.import-line)"
                        .formatted(element.line(), limits.importLineChars()));
            } else {
                sink.begin();
                value(element.text(), element.line(), reader, sink);
            }
            isFirst = false;
            progress.accept(finishedChars + file.charsRead());
        }
    }

    private void lines(HeadReader in, FormatReader reader, Sink sink) throws IOException {
        var file = new LineReader(in, limits.importLineChars());
        while (true) {
            LineReader.Line line = file.next();
            sink.at(file.lineNumber());
            switch (line) {
                case LineReader.Line.Text text -> {
                    if (!text.text().isBlank()) {
                        sink.chars = text.text().length();
                        value(text.text(), file.lineNumber(), reader, sink);
                    }
                }
                case LineReader.Line.TooLong _ ->
                    sink.refuse("the line has more than %d characters (limits.import-line)"
                            .formatted(limits.importLineChars()));
                case LineReader.Line.End _ -> {
                    return;
                }
            }
            progress.accept(finishedChars + file.charsRead());
        }
    }

    /** Reads one value; of a damaged one, what is intact. */
    private static void value(String text, long line, FormatReader reader, Sink sink) {
        Optional<String> failure = attempt(() -> reader.read(text, sink));
        if (failure.isEmpty()) {
            return;
        }
        if (isJson(text)) {
            sink.refuse(failure.get());
            return;
        }
        if (!salvage(text, line, failure.get(), reader, sink)) {
            pieces(text, line, failure.get(), reader, sink);
        }
    }

    /** Reads the values that a damaged value swallowed. Neighboring pieces that are lost are one damaged place. */
    private static void pieces(String text, long line, String failure, FormatReader reader, Sink sink) {
        boolean isLost = false;
        long at = line;
        for (String piece : JsonElements.pieces(text)) {
            Optional<String> problem = isJson(piece) ? attempt(() -> reader.read(piece, sink)) : Optional.of(failure);
            if (problem.isPresent() && !isLost) {
                sink.refuse(at == line ? problem.get() : "line %d: %s".formatted(at, problem.get()));
            }
            isLost = problem.isPresent();
            at += piece.chars().filter(c -> c == '\n').count();
        }
    }

    /** Reads what is intact of a damaged value, and returns whether anything is. */
    private static boolean salvage(String text, long line, String failure, FormatReader reader, Sink sink) {
        var lost = new ArrayList<String>();
        var unnamed = new int[1];
        Optional<Object> rest = JsonSalvage.read(text, (lines, reason) -> {
            if (lost.size() < ImportReport.MAX_PROBLEMS) {
                lost.add("line %d: %s".formatted(line + lines, reason));
            } else {
                unnamed[0]++;
            }
        });
        var found = new HeldSink();
        if (rest.isEmpty() || attempt(() -> reader.read(rest.get(), found)).isPresent() || !found.hasEntries) {
            return false;
        }
        if (lost.isEmpty()) {
            sink.repair("line %d: %s It was read without the malformed part.".formatted(line, failure));
        }
        lost.forEach(sink::refuse);
        for (int i = 0; i < unnamed[0]; i++) {
            sink.refuse("another damaged part was skipped"); // counted; the report names no more of them
        }
        found.calls.forEach(call -> call.accept(sink));
        return true;
    }

    /** Runs a read and returns the reason if the whole value is invalid. */
    private static Optional<String> attempt(Runnable read) {
        try {
            read.run();
            return Optional.empty();
        } catch (InvalidInputException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Sink that holds what it receives until it is known whether anything could be read. */
    private static final class HeldSink implements EntrySink {
        private final List<Consumer<EntrySink>> calls = new ArrayList<>();
        private boolean hasEntries;

        @Override
        public void add(ImportEntry entry) {
            hasEntries = true;
            calls.add(sink -> sink.add(entry));
        }

        @Override
        public void refuse(String reason) {
            calls.add(sink -> sink.refuse(reason));
        }

        @Override
        public void repair(String reason) {
            calls.add(sink -> sink.repair(reason));
        }

        @Override
        public void leaveOut(long items, String kind) {
            calls.add(sink -> sink.leaveOut(items, kind));
        }
    }

    private static boolean isJson(String text) {
        try {
            Json.read(text);
            return true;
        } catch (InvalidInputException e) {
            return false;
        }
    }

    /** Receiver of the entries and problems of one file. */
    private final class Sink implements EntrySink {
        private final String file;
        private boolean isLine;
        private long place;
        private int chars;

        Sink(String file) {
            this.file = file;
        }

        /** Begins a line, to which the following entries and problems belong. */
        void at(long line) {
            isLine = true;
            place = line;
        }

        /** Begins an element of a document, whose items are counted one by one. */
        void begin() {
            isLine = false;
        }

        private long place() {
            return isLine ? place : ++place;
        }

        @Override
        public void add(ImportEntry entry) {
            switch (entry) {
                // Sessions and titles are written after the messages, because a message reopens its session.
                case ImportEntry.OfSession session -> describe(session.session());
                case ImportEntry.OfTitle title -> titles.put(title.session(), title.title());
                case ImportEntry.OfLink link -> links.add(new Numbered(file, isLine ? place : place + 1, link, false));
                default -> enqueue(new Numbered(file, place(), entry, false), chars);
            }
        }

        @Override
        public void refuse(@Nullable String reason) {
            Importer.this.refuse(file, place(), reason);
        }

        @Override
        public void repair(String reason) {
            Importer.this.repair(file, isLine ? place : place + 1, reason);
        }

        @Override
        public void leaveOut(long items, String kind) {
            if (items > 0) {
                leftOut.merge(kind, items, Long::sum);
            }
        }
    }

    private void refuse(String file, long line, @Nullable String reason) {
        bad++;
        addProblem(file, line, reason);
    }

    private void repair(String file, long line, String reason) {
        repaired++;
        addProblem(file, line, reason);
    }

    private void addProblem(String file, long line, @Nullable String reason) {
        if (problems.size() < ImportReport.MAX_PROBLEMS) {
            problems.add(new BadLine(file, line, reason == null ? "unknown" : reason));
        }
    }

    private void describe(Session session) {
        described.put(session.id(), session);
        Set<String> users = speakers.computeIfAbsent(session.id(), _ -> new TreeSet<>());
        session.user().ifPresent(users::add);
        users.addAll(session.participants());
    }

    private void enqueue(Numbered entry, int chars) {
        if (entry.entry() instanceof ImportEntry.OfMessage of) {
            Set<String> users = speakers.computeIfAbsent(of.message().session(), _ -> new TreeSet<>());
            of.message().user().ifPresent(users::add);
        }
        window.add(entry);
        windowChars += chars;
        if (window.size() == MAX_WINDOW_ENTRIES || windowChars > MAX_WINDOW_CHARS) {
            flush();
        }
    }

    /** Writes the entries of the window in their order, except for messages that already exist unchanged. */
    private void flush() {
        if (window.isEmpty()) {
            return;
        }
        var known = new HashMap<>(
                target.messages(windowIds(of -> Optional.of(of.message().id()))));
        List<String> others = windowIds(of -> TurnIds.other(of, known));
        if (!others.isEmpty()) {
            known.putAll(target.messages(others));
        }
        var group = new ArrayList<Numbered>();
        int fresh = 0;
        for (Numbered numbered : window) {
            Numbered resolved = resolve(numbered, known);
            group.add(resolved);
            fresh += resolved.known() ? 0 : 1;
            if (fresh == MAX_GROUP_ENTRIES) {
                write(group);
                fresh = 0;
            }
        }
        write(group);
        window.clear();
        windowChars = 0;
    }

    private List<String> windowIds(Function<ImportEntry.OfMessage, Optional<String>> id) {
        return window.stream()
                .flatMap(numbered ->
                        numbered.entry() instanceof ImportEntry.OfMessage of ? id.apply(of).stream() : Stream.empty())
                .toList();
    }

    /** Returns an entry with the id of its message, and whether that is known. */
    private Numbered resolve(Numbered numbered, Map<String, Message> known) {
        if (!(numbered.entry() instanceof ImportEntry.OfMessage of)) {
            return numbered;
        }
        ImportEntry.OfMessage resolved = turnIds.resolve(of, known);
        Message existing = known.get(resolved.message().id());
        return new Numbered(
                numbered.file(),
                numbered.line(),
                resolved,
                existing != null && sameContent(existing, resolved.message()));
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
        List<InteractionDraft> exchanged = options.learn() ? exchanges(fresh) : List.of();
        Counts added = target.write(edit -> {
            Counts counts = write(edit, fresh, indexings);
            learn(edit, exchanged, counts);
            if (options.keepAll()) {
                MessageBound.raise(edit, target.maxMessages(), counts.messages);
            }
            return counts;
        });
        done.add(added);
        restored.addAll(added.restored);
        added.conversations.forEach((session, users) -> {
            users.ifPresent(speakers ->
                    conversations.computeIfAbsent(session, _ -> new TreeSet<>()).addAll(speakers));
        });
        added.problems.forEach(problem -> refuse(problem.file(), problem.line(), problem.reason()));
    }

    /** Returns an interaction for each answer, of the answer and the messages of the user before it. */
    private List<InteractionDraft> exchanges(List<Numbered> entries) {
        var drafts = new ArrayList<InteractionDraft>();
        for (Numbered numbered : entries) {
            if (!(numbered.entry() instanceof ImportEntry.OfMessage of)) {
                continue;
            }
            Message message = of.message();
            List<Message> asked = exchanges.computeIfAbsent(message.session(), _ -> new ArrayList<>());
            if (message.role() == Role.USER) {
                asked.add(message);
                if (asked.size() > MAX_EXCHANGE_MESSAGES) {
                    asked.removeFirst();
                }
            } else if (message.role() == Role.ASSISTANT && !asked.isEmpty()) {
                List<String> ids = Stream.concat(asked.stream(), Stream.of(message))
                        .map(Message::id)
                        .toList();
                drafts.add(new InteractionDraft(
                        Optional.of("import-" + Sha256.hex(Json.write(ids)).substring(0, 24)),
                        "chat",
                        asked.getLast().user(),
                        Optional.of(message.session()),
                        ids,
                        Map.of()));
                asked.clear();
            }
        }
        return drafts;
    }

    /** Adds the interactions whose messages were written, as long as there is room for pending ones. */
    private void learn(StoreEdit edit, List<InteractionDraft> exchanged, Counts counts) {
        if (exchanged.isEmpty()) {
            return;
        }
        long room = target.maxInteractions() - edit.reflection().pendingCount(target.maxInteractions());
        for (InteractionDraft draft : exchanged) {
            boolean isNew =
                    edit.reflection().interaction(draft.id().orElseThrow()).isEmpty()
                            && draft.messages().stream()
                                    .allMatch(id -> edit.message(id).isPresent());
            if (isNew && room > 0) {
                edit.reflection().add(draft, edit.time());
                counts.others++;
                room--;
            } else if (isNew) {
                counts.unlearned++;
            }
        }
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
                        ImportEntry.OfTitle _,
                        ImportEntry.OfStated _,
                        ImportEntry.OfDraft _,
                        ImportEntry.OfLink _,
                        ImportEntry.OfRelation _,
                        ImportEntry.OfInteraction _,
                        ImportEntry.OfConsolidation _,
                        ImportEntry.OfProfile _,
                        ImportEntry.OfLineage _,
                        ImportEntry.OfExpired _,
                        ImportEntry.OfPlain _ -> {}
            }
        }
        return options.vectors() == VectorTime.DURING_IMPORT
                ? indexer.index(drafts)
                : drafts.stream()
                        .map(draft -> Indexer.words(draft, Optional.empty()))
                        .toList();
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
     * Adds a source that retention has removed to its items, unless they have such a source of the same user and
     * session. It is written as a message that expires at once, which leaves the session as it was.
     */
    private boolean addExpired(StoreEdit edit, ImportEntry.OfExpired of) {
        var gone = new LineageView.ExpiredSource(of.user(), of.session());
        List<Long> items = edit.lineage().numbers(of.items()).stream()
                .filter(item -> edit.lineage().sources(item).stream()
                        .flatMap(source -> edit.lineage().expired(source).stream())
                        .noneMatch(gone::equals))
                .toList();
        if (items.isEmpty()) {
            return false;
        }
        Optional<Session> session = edit.session(of.session());
        var said = new Message(
                0,
                Ids.next(),
                of.session(),
                of.user(),
                Role.USER,
                "expired",
                session.map(Session::startedAt).orElseGet(edit::time),
                Optional.empty(),
                false,
                Map.of());
        Message source = edit.importMessage(
                said, List.of(), Indexer.words(indexer.draft(agent, said, Optional.empty()), Optional.empty()));
        items.forEach(item -> edit.lineage().importSources(item, List.of(source.number())));
        edit.expireMessage(source);
        session.ifPresentOrElse(edit::putSession, () -> edit.deleteSession(of.session()));
        return true;
    }

    /**
     * Admits a message to its session. An export itself says who shares the sessions that it begins. A conversation that the import itself begins is shared by all users
     * who speak in it in one file: that file is a record of what each of them has heard. Users who meet in no file only
     * use the same name for their conversations. To a session that existed before, the rule of every write applies, and answers follow those to whom they
     * were given.
     *
     * @return whether the message may be written
     */
    private boolean admit(StoreEdit edit, Message message, Counts counts) {
        String id = message.session();
        if (declared && restores(edit, id, counts)) {
            return true;
        }
        Optional<Set<String>> begun = counts.conversations.computeIfAbsent(id, _ -> {
            boolean isNew = conversations.containsKey(id) || edit.session(id).isEmpty();
            return isNew ? Optional.of(new TreeSet<>(conversations.getOrDefault(id, Set.of()))) : Optional.empty();
        });
        Set<String> present = speakers.getOrDefault(id, Set.of());
        if (begun.isEmpty()) {
            return message.user()
                    .map(user -> edit.admits(id, user))
                    .orElseGet(() -> present.isEmpty() || present.stream().anyMatch(user -> edit.admits(id, user)));
        }
        Set<String> users = begun.get();
        boolean isAdmitted = users.isEmpty()
                || message.user().filter(users::contains).isPresent()
                || present.stream().anyMatch(users::contains)
                || present.isEmpty();
        if (isAdmitted) {
            message.user().ifPresent(users::add);
        }
        return isAdmitted;
    }

    /**
     * Returns whether this import begins a session from an export. The session gets its owner and its participants with
     * its first message, so that nobody else sees that one, and an import that is repeated after an interruption finds
     * them.
     */
    private boolean restores(StoreEdit edit, String id, Counts counts) {
        if (restored.contains(id) || counts.restored.contains(id)) {
            return true;
        }
        if (edit.session(id).isPresent()) {
            return false;
        }
        counts.restored.add(id);
        Optional.ofNullable(described.get(id)).ifPresent(session -> edit.putSession(session.withEnd(Optional.empty())));
        return true;
    }

    private Counts write(StoreEdit edit, List<Numbered> entries, List<IndexEntry> indexings) {
        var counts = new Counts();
        var graph = new GraphImport(
                edit, limits.graph(), (entity, content, at) -> indexer.words(agent, entity, content, at));
        Iterator<IndexEntry> next = indexings.iterator();
        for (Numbered numbered : entries) {
            try {
                write(edit, graph, numbered, next, counts);
            } catch (InvalidInputException | ConflictException e) {
                // Such as a link to a name that is too long. Entries are checked before anything of them is written.
                counts.problems.add(new BadLine(numbered.file(), numbered.line(), String.valueOf(e.getMessage())));
            }
        }
        return counts;
    }

    /** Writes one entry; its index entries are taken first, so that those of the others stay in their order. */
    private void write(StoreEdit edit, GraphImport graph, Numbered numbered, Iterator<IndexEntry> next, Counts counts) {
        switch (numbered.entry()) {
            case ImportEntry.OfMessage of -> {
                IndexEntry indexing = next.next();
                Optional<Message> existing = edit.message(of.message().id());
                if (existing.isEmpty()) {
                    if (!admit(edit, of.message(), counts)) {
                        counts.problems.add(new BadLine(
                                numbered.file(),
                                numbered.line(),
                                "session %s belongs to other users; declare its participants first"
                                        .formatted(Json.write(of.message().session()))));
                        return;
                    }
                    edit.importMessage(of.message(), of.history(), indexing);
                    counts.messages++;
                } else if (sameContent(existing.get(), of.message())) {
                    counts.known++;
                } else {
                    counts.problems.add(taken(numbered, "message", of.message().id()));
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
                    counts.problems.add(taken(numbered, "note", of.note().id()));
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
                                taken(numbered, "entity", of.entity().name()));
                    case NO_END -> throw new IllegalStateException("an entity has no ends");
                }
            }
            case ImportEntry.OfRelation of -> {
                switch (graph.relation(of.relation())) {
                    case ADDED -> counts.relations++;
                    case KNOWN -> counts.known++;
                    case TAKEN ->
                        counts.problems.add(
                                taken(numbered, "relation", of.relation().id()));
                    case NO_END ->
                        counts.problems.add(
                                new BadLine(numbered.file(), numbered.line(), "the relation's entities are not there"));
                }
            }
            case ImportEntry.OfPlain of -> {
                if (!graph.plain(of.line())) {
                    counts.known++;
                } else if (of.line() instanceof McpMemoryGraph.PlainEntity) {
                    counts.entities++;
                } else {
                    counts.relations++;
                }
            }
            case ImportEntry.OfDraft of -> {
                if (graph.draft(of)) {
                    counts.entities++;
                } else {
                    counts.known++;
                }
            }
            case ImportEntry.OfDocument of -> {
                List<IndexEntry> passages =
                        of.passages().stream().map(_ -> next.next()).toList();
                counts.other(add(edit.documents(), of, passages));
            }
            case ImportEntry.OfLineage of -> addLineage(edit, of);
            case ImportEntry.OfExpired of -> counts.other(addExpired(edit, of));
            case ImportEntry.OfInteraction of -> {
                boolean known =
                        edit.reflection().interaction(of.interaction().id()).isPresent();
                if (!known) {
                    edit.reflection().importInteraction(of.interaction());
                }
                counts.other(!known);
            }
            case ImportEntry.OfConsolidation of -> {
                boolean known =
                        edit.reflection().consolidation(of.consolidation().id()).isPresent();
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
            case ImportEntry.OfLink of -> {
                if (graph.link(of)) {
                    counts.relations++;
                } else {
                    counts.known++;
                }
            }
            case ImportEntry.OfStated of -> {
                if (graph.stated(of.relation())) {
                    counts.relations++;
                } else {
                    counts.known++;
                }
            }
            case ImportEntry.OfSession _, ImportEntry.OfTitle _ -> {}
        }
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

    private static BadLine taken(Numbered numbered, String what, String id) {
        return new BadLine(
                numbered.file(), numbered.line(), "there is another %s with the id %s".formatted(what, Json.write(id)));
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

    /** Sets the titles of the sessions that have none. */
    private void titleSessions() {
        List<Map.Entry<String, String>> all = List.copyOf(titles.entrySet());
        for (int from = 0; from < all.size(); from += MAX_GROUP_ENTRIES) {
            var some = all.subList(from, Math.min(all.size(), from + MAX_GROUP_ENTRIES));
            target.write(edit -> {
                some.forEach(title -> edit.session(title.getKey())
                        .filter(session -> session.title().isEmpty())
                        .ifPresent(session -> edit.putSession(session.withTitle(Optional.of(title.getValue())))));
                return some.size();
            });
        }
    }

    /** Writes the titles, the ends and the owners of the sessions that this import began; those of others stay. */
    private void endSessions() {
        List<Session> all = List.copyOf(described.values());
        for (int from = 0; from < all.size(); from += MAX_GROUP_ENTRIES) {
            List<Session> some = all.subList(from, Math.min(all.size(), from + MAX_GROUP_ENTRIES));
            try {
                target.write(edit -> {
                    some.stream()
                            .filter(session -> restored.contains(session.id())
                                    || edit.session(session.id()).isEmpty())
                            .forEach(edit::putSession);
                    return some.size();
                });
            } catch (SteleException e) {
                throw new StelePersistenceException("The sessions' titles could not be imported: " + e.getMessage(), e);
            }
        }
    }
}
