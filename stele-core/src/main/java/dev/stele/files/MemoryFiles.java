package dev.stele.files;

import dev.stele.engine.Engine;
import dev.stele.index.Indexer;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreEdit;
import dev.stele.store.StoreView;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Handler of the memory tool {@code memory_20250818} of the Anthropic Messages API: text files of an agent below
 * {@code /memories}. Obtained from {@link dev.stele.AgentMemory#files()}. Thread-safe.
 *
 * <p>A file is a pinned note of the category {@link Note#FILE}; {@link #noteId} returns its id. Every edit keeps the
 * version before it, see {@link dev.stele.Notes#history}. Recall finds files like other notes. Deleting a file erases it
 * with its versions. A directory exists as long as a file is in it.
 *
 * <p>Edits of one file by any number of threads and processes are applied one after the other, each to the text that the
 * one before has left; none is lost.
 */
public final class MemoryFiles {

    /** Content of the note of a blank file, for a note cannot be blank. */
    private static final String BLANK_CONTENT = "(empty file)";

    /** Metadata field with the text of a blank file. */
    private static final String BLANK_TEXT = "blank_text";

    private final AgentName agent;
    private final Engine engine;
    private final Optional<String> user;
    private final String scope;

    /**
     * Creates a handler.
     *
     * @param user user to whom the files belong; empty for the files that all users share
     */
    public MemoryFiles(AgentName agent, Engine engine, Optional<String> user) {
        this.agent = agent;
        this.engine = engine;
        this.user = user.map(id -> Ids.check("user", id));
        this.scope = this.user
                .map(id -> "@" + id.replace("%", "%25").replace("/", "%2F"))
                .orElse("");
    }

    /**
     * Returns the id of the note of a file, whether or not it exists.
     *
     * @param path path of the file
     * @throws InvalidInputException if the path is not a valid path below {@code /memories}
     */
    public String noteId(String path) {
        try {
            return id(MemoryPath.parse(path));
        } catch (CommandRefusal e) {
            throw new InvalidInputException(e.text());
        }
    }

    /**
     * Runs a call of the tool.
     *
     * @param input input of the tool call as the model gave it: {@code command} and its parameters
     * @return reply for the tool result; an error if the input is invalid or the command failed
     * @throws dev.stele.model.SteleException if the store cannot be used at present, or is read-only
     */
    public MemoryReply run(Map<String, ? extends @Nullable Object> input) {
        try {
            return run(CommandParser.parse(input));
        } catch (CommandRefusal e) {
            return new MemoryReply(e.text(), true);
        }
    }

    /**
     * Runs a command.
     *
     * @return reply for the tool result; an error if the command failed
     * @throws dev.stele.model.SteleException if the store cannot be used at present, or is read-only
     */
    public MemoryReply run(MemoryCommand command) {
        try {
            return MemoryReply.of(
                    switch (command) {
                        case MemoryCommand.View view -> view(view);
                        case MemoryCommand.Create create -> create(create);
                        case MemoryCommand.StrReplace replacement -> replace(replacement);
                        case MemoryCommand.Insert insert -> insert(insert);
                        case MemoryCommand.Delete delete -> delete(delete);
                        case MemoryCommand.Rename rename -> rename(rename);
                    });
        } catch (CommandRefusal e) {
            return new MemoryReply(e.text(), true);
        } catch (InvalidInputException | LimitExceededException e) {
            return new MemoryReply("Error: " + e.getMessage(), true);
        }
    }

    // ---- view

    private String view(MemoryCommand.View command) {
        MemoryPath path = MemoryPath.parse(command.path());
        String missing = "The path " + path.given() + " does not exist. Please provide a valid path.";
        Optional<String> shown = engine.readIfExists(agent, view -> {
            Optional<Note> file = file(view, id(path));
            if (file.isPresent()) {
                return numbered(path, text(file.get()), command.range());
            }
            if (!path.isRoot() && !isDirectory(view, id(path))) {
                throw new CommandRefusal(missing);
            }
            var listing = new DirectoryListing(path.given(), engine.limits().results());
            String prefix = id(path) + "/";
            view.forEachNote(prefix, note -> {
                if (isFile(note)) {
                    listing.add(note.id().substring(prefix.length()), bytes(text(note)));
                }
                return true;
            });
            return listing.text();
        });
        if (shown.isEmpty() && !path.isRoot()) {
            throw new CommandRefusal(missing);
        }
        return shown.orElseGet(
                () -> new DirectoryListing(path.given(), engine.limits().results()).text());
    }

    private static String numbered(MemoryPath path, String text, Optional<MemoryCommand.LineRange> range) {
        List<String> lines = TextLines.split(text);
        if (lines.size() > TextLines.MAX_LINES) {
            throw new CommandRefusal("File " + path.given() + " exceeds maximum line limit of 999,999 lines.");
        }
        long start = range.map(given -> Math.max(1, given.start())).orElse(1L);
        long end = range.map(MemoryCommand.LineRange::end)
                .filter(last -> last != -1)
                .orElse((long) lines.size());
        if (start > lines.size() || end < start) {
            throw new CommandRefusal(
                    "Error: Invalid `view_range` parameter: [%d, %d]. It should be within the range of lines of the file: [1, %d]"
                            .formatted(
                                    range.orElseThrow().start(),
                                    range.orElseThrow().end(),
                                    lines.size()));
        }
        return "Here's the content of " + path.given() + " with line numbers:\n"
                + TextLines.numbered(lines, (int) start, (int) Math.min(end, lines.size()));
    }

    // ---- create

    private String create(MemoryCommand.Create command) {
        MemoryPath path = MemoryPath.parse(command.path());
        String exists = "Error: File " + path.given() + " already exists";
        if (path.isRoot()) {
            throw new CommandRefusal(exists);
        }
        Instant now = Engine.now();
        NoteDraft draft = draft(path, command.fileText());
        IndexEntry indexing = index(draft, now);
        return engine.write(agent, edit -> {
            if (edit.note(id(path)).isPresent() || isDirectory(edit, id(path))) {
                throw new CommandRefusal(exists);
            }
            requireDirectories(edit, path);
            engine.checkNoteCount(agent, edit);
            edit.addNote(id(path), draft, now, indexing);
            return "File created successfully at: " + path.given();
        });
    }

    /** Checks that no part of the path before its last name is a file. */
    private void requireDirectories(StoreView view, MemoryPath path) {
        for (String parent : path.parents()) {
            if (file(view, scope + parent).isPresent()) {
                throw new CommandRefusal(
                        "Error: The path %s is a file; %s cannot be in it".formatted(parent, path.given()));
            }
        }
    }

    private NoteDraft draft(MemoryPath path, String text) {
        NoteDraft.Builder draft =
                NoteDraft.builder(Note.FILE, BLANK_CONTENT).id(checkedId(path)).pinned(true);
        user.ifPresent(draft::user);
        return withText(path, draft.build(), text);
    }

    private static NoteDraft withText(MemoryPath path, NoteDraft body, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new CommandRefusal("Error: The text for %s holds the character NUL; a memory file is plain text"
                    .formatted(path.given()));
        }
        return text.isBlank()
                ? body.toBuilder()
                        .content(BLANK_CONTENT)
                        .metadata(Map.of(BLANK_TEXT, text))
                        .build()
                : body.toBuilder().content(text).metadata(Map.of()).build();
    }

    // ---- edit

    private String replace(MemoryCommand.StrReplace command) {
        MemoryPath path = MemoryPath.parse(command.path());
        String missing = "Error: The path " + path.given() + " does not exist. Please provide a valid path.";
        if (command.oldStr().isEmpty()) {
            throw new CommandRefusal("No replacement was performed, old_str is empty. Please give the text to replace");
        }
        var offset = new int[1];
        String after = edit(path, missing, text -> {
            List<Integer> lines = TextLines.occurrences(text, command.oldStr());
            if (lines.isEmpty()) {
                throw new CommandRefusal("No replacement was performed, old_str `%s` did not appear verbatim in %s."
                        .formatted(command.oldStr(), path.given()));
            }
            if (lines.size() > 1) {
                throw new CommandRefusal(
                        "No replacement was performed. Multiple occurrences of old_str `%s` in lines: %s. Please ensure it is unique"
                                .formatted(
                                        command.oldStr(),
                                        String.join(
                                                ", ",
                                                lines.stream()
                                                        .map(String::valueOf)
                                                        .toList())));
            }
            offset[0] = text.indexOf(command.oldStr());
            return text.substring(0, offset[0])
                    + command.newStr()
                    + text.substring(offset[0] + command.oldStr().length());
        });
        return "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n"
                + TextLines.snippet(after, offset[0]);
    }

    private String insert(MemoryCommand.Insert command) {
        MemoryPath path = MemoryPath.parse(command.path());
        edit(path, missing(path).text(), text -> {
            int lines = TextLines.count(text);
            if (command.insertLine() < 0 || command.insertLine() > lines) {
                throw new CommandRefusal(
                        "Error: Invalid `insert_line` parameter: %d. It should be within the range of lines of the file: [0, %d]"
                                .formatted(command.insertLine(), lines));
            }
            return TextLines.insert(text, (int) command.insertLine(), command.insertText());
        });
        return "The file " + path.given() + " has been edited.";
    }

    /**
     * Replaces the text of a file in one edit, so that each of many writers makes progress. The edit contains no call of
     * the embedding model: the vector of the new text is computed afterwards.
     *
     * @param missing reply if there is no such file
     * @param change computes the new text; may be called more than once
     * @return new text
     */
    private String edit(MemoryPath path, String missing, UnaryOperator<String> change) {
        record Edited(long number, String text) {}
        Edited edited;
        try {
            edited = engine.writeExisting(agent, edit -> {
                Note seen = file(edit, id(path)).orElseThrow(() -> new CommandRefusal(missing));
                String text = change.apply(text(seen));
                NoteDraft body = withText(path, seen.body(), text);
                if (!body.equals(seen.body())) {
                    checkContent(body);
                    IndexEntry terms =
                            Indexer.words(engine.indexer().draft(agent, body, seen.createdAt()), Optional.empty());
                    edit.updateNote(seen, seen.withBody(body, Engine.now()), terms, ChangeKind.NOTE_UPDATED);
                }
                return new Edited(seen.number(), text);
            });
        } catch (NotFoundException e) {
            throw new CommandRefusal(missing);
        }
        engine.embeddingQueue().add(agent, List.of(edited.number()));
        return edited.text();
    }

    // ---- delete and rename

    private String delete(MemoryCommand.Delete command) {
        MemoryPath path = MemoryPath.parse(command.path());
        if (path.isRoot()) {
            throw new CommandRefusal("Cannot delete the /memories directory itself");
        }
        try {
            engine.erase(agent, false, (edit, erasure) -> existing(edit, path).forEach(erasure::note));
        } catch (NotFoundException e) {
            throw missing(path);
        }
        return "Successfully deleted " + path.given();
    }

    private String rename(MemoryCommand.Rename command) {
        MemoryPath from = MemoryPath.parse(command.oldPath());
        MemoryPath to = MemoryPath.parse(command.newPath());
        if (from.isRoot()) {
            throw new CommandRefusal("Error: Cannot rename the /memories directory itself");
        }
        checkedId(to);
        try {
            return engine.writeExisting(agent, edit -> rename(edit, from, to));
        } catch (NotFoundException e) {
            throw missing(from);
        }
    }

    private String rename(StoreEdit edit, MemoryPath from, MemoryPath to) {
        List<Note> moved = existing(edit, from);
        if (to.isRoot() || edit.note(id(to)).isPresent() || isDirectory(edit, id(to))) {
            throw new CommandRefusal("Error: The destination " + to.given() + " already exists");
        }
        if (to.isWithin(from)) {
            throw new CommandRefusal(
                    "Error: The path %s cannot be moved into itself, to %s".formatted(from.given(), to.given()));
        }
        requireDirectories(edit, to);
        Instant now = Engine.now();
        for (Note note : moved) {
            String newId = Ids.check("path", id(to) + note.id().substring(id(from).length()));
            edit.updateNote(note, note.renamed(newId, now), ChangeKind.NOTE_UPDATED);
        }
        return "Successfully renamed " + from.given() + " to " + to.given();
    }

    /** Returns the file of a path, or all files of the directory. */
    private List<Note> existing(StoreView view, MemoryPath path) {
        var found = new ArrayList<Note>();
        file(view, id(path)).ifPresent(found::add);
        if (found.isEmpty()) {
            view.forEachNote(id(path) + "/", note -> {
                if (isFile(note)) {
                    found.add(note);
                }
                return true;
            });
        }
        if (found.isEmpty()) {
            throw missing(path);
        }
        return found;
    }

    private static CommandRefusal missing(MemoryPath path) {
        return new CommandRefusal("Error: The path " + path.given() + " does not exist");
    }

    // ---- notes

    private String id(MemoryPath path) {
        return scope + path.text();
    }

    /** Returns the id for a new file. */
    private String checkedId(MemoryPath path) {
        String id = id(path);
        if (id.length() > Ids.MAX_LENGTH) {
            throw new CommandRefusal("Error: The path has %d characters; at most %d are taken"
                    .formatted(path.text().length(), Ids.MAX_LENGTH - scope.length()));
        }
        return id;
    }

    private Optional<Note> file(StoreView view, String id) {
        return view.note(id).filter(this::isFile);
    }

    /** Returns whether a note is a file that exists: a superseded one does not. */
    private boolean isFile(Note note) {
        return note.category().equals(Note.FILE) && note.supersededBy().isEmpty();
    }

    private boolean isDirectory(StoreView view, String id) {
        var found = new boolean[1];
        view.forEachNote(id + "/", note -> {
            found[0] = isFile(note);
            return !found[0];
        });
        return found[0];
    }

    private static String text(Note note) {
        return note.body().metadata().get(BLANK_TEXT) instanceof String blank
                        && note.content().equals(BLANK_CONTENT)
                ? blank
                : note.content();
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private IndexEntry index(NoteDraft draft, Instant at) {
        checkContent(draft);
        return engine.indexer().index(engine.indexer().draft(agent, draft, at));
    }

    private void checkContent(NoteDraft draft) {
        engine.checkContent("file", draft.content(), draft.metadata());
    }
}
