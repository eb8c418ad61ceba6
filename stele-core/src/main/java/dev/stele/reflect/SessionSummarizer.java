package dev.stele.reflect;

import dev.stele.engine.Engine;
import dev.stele.extract.RuleExtractor;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Prompt.Source;
import dev.stele.language.TokenCounter;
import dev.stele.model.AgentName;
import dev.stele.model.ChangeKind;
import dev.stele.model.Message;
import dev.stele.model.ModelException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.model.Sha256;
import dev.stele.store.IndexEntry;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Summarizer of a session: keeps the messages before the latest ones in a note of the category {@code summary}. The
 * summary is rolling: each one is made from the previous one and the messages since. Without a language model it quotes
 * what users said about themselves.
 */
public record SessionSummarizer(Engine engine, AgentName agent) {

    private static final System.Logger LOG = System.getLogger(SessionSummarizer.class.getName());

    /** Number of latest messages that are not summarized, because they are shown themselves. */
    private static final int WINDOW = 20;
    /** Minimum number of new messages for a new summary. */
    private static final int STEP = 10;

    /** Maximum number of messages that are read for a summary. */
    private static final int MAX_AT_ONCE = 200;
    /** Maximum number of tokens of the model's answer; a summary of quotations may have twice as many. */
    private static final int ANSWER_TOKENS = 400;
    /** Maximum number of lines of a summary of quotations. */
    private static final int MAX_LINES = 30;

    private static final String COVERED = "covered";
    private static final String TASK =
            "Sum up the conversation below in at most twelve sentences for somebody who goes on with it. Keep names,"
                    + " dates, decisions, promises and open questions; leave out small talk. The first piece may be a summary of what came before.";

    /**
     * Returns the id of the note that summarizes the earlier messages of a session.
     *
     * @param session the id of the session
     */
    public static String summaryId(String session) {
        return "summary-" + Sha256.hex(session).substring(0, 32);
    }

    /**
     * Session as of one point in time.
     *
     * @param session the session; empty if it does not exist
     * @param summary the present summary
     * @param older messages that the summary lacks, without the latest {@link #WINDOW}; empty if too few are new
     */
    private record Seen(Optional<Session> session, Optional<Note> summary, List<Message> older) {

        /** Returns the number of live and archived messages. */
        long messages() {
            return session.map(Session::messages).orElse(0L);
        }
    }

    /** Creates or updates the summary if the session has enough new messages. */
    void refresh(String session) {
        Seen seen = engine.read(agent, view -> seen(view, session));
        if (!seen.older().isEmpty()) {
            write(
                    draft(session, seen),
                    seen.summary(),
                    seen.summary().map(Note::createdAt).orElseGet(Engine::now));
        }
    }

    private Seen seen(StoreView view, String session) {
        Optional<Session> stored = view.session(session);
        long messages = stored.map(Session::messages).orElse(0L);
        Optional<Note> summary = view.note(summaryId(session));
        long newMessages =
                messages - WINDOW - summary.map(SessionSummarizer::covered).orElse(0L);
        if (newMessages < STEP) {
            return new Seen(stored, summary, List.of());
        }
        int limit = engine.checkLimit((int) Math.min(MAX_AT_ONCE, WINDOW + newMessages));
        List<Message> last =
                view.messages(session, limit, Optional.empty(), false).items();
        return new Seen(stored, summary, last.subList(0, Math.max(0, last.size() - WINDOW)));
    }

    private NoteDraft draft(String session, Seen seen) {
        List<Message> older = seen.older();
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put(COVERED, seen.messages() - WINDOW);
        NoteDraft draft = NoteDraft.of(Note.SUMMARY, text(seen.summary(), older))
                .withId(summaryId(session))
                .withMetadata(metadata)
                .withProvenance(older.stream().map(Message::id).toList());
        // The summary of a room belongs to all of its participants, and to no user alone.
        return seen.session()
                .filter(stored -> !stored.isRoom())
                .flatMap(_ -> older.stream()
                        .flatMap(message -> message.user().stream())
                        .findFirst())
                .map(draft::withUser)
                .orElse(draft)
                .withSession(session);
    }

    /**
     * Stores a summary, unless another writer stored one meanwhile, or something that the summary tells of was erased;
     * then a later turn makes it.
     *
     * @param summary the note
     * @param before the summary that it goes on from
     * @param createdAt the time at which the note was created
     */
    private void write(NoteDraft summary, Optional<Note> before, Instant createdAt) {
        String id = summary.id().orElseThrow();
        engine.checkContent("note", summary.content(), summary.metadata());
        IndexEntry entry = engine.indexer().index(engine.indexer().draft(agent, summary, createdAt));
        engine.<Optional<Note>>writeExisting(agent, edit -> {
            Instant now = edit.time();
            Optional<Note> existing = edit.note(id);
            boolean unchanged = existing.map(Note::version).equals(before.map(Note::version))
                    && edit.lineage().numbers(summary.provenance()).size()
                            >= summary.provenance().size();
            if (!unchanged) {
                return Optional.empty();
            }
            if (existing.isEmpty()) {
                engine.checkNoteCount(agent, edit);
                return Optional.of(edit.addNote(id, summary, now, entry));
            }
            Note next = existing.get().withBody(summary, now);
            edit.updateNote(existing.get(), next, entry, ChangeKind.NOTE_UPDATED);
            return Optional.of(next);
        });
    }

    private static long covered(Note note) {
        return note.body().metadata().get(COVERED) instanceof Number number ? number.longValue() : 0;
    }

    private String text(Optional<Note> before, List<Message> older) {
        LanguageModel model = engine.language();
        if (!model.offline()) {
            var sources = new ArrayList<Source>();
            before.ifPresent(note ->
                    sources.add(new Source("summary", note.id(), "", Optional.of(note.updatedAt()), note.content())));
            older.forEach(message -> sources.add(Source.of(message)));
            try {
                String text = model.ask(new Prompt(
                                TASK, sources, List.of(new Prompt.Turn(Role.USER, "Sum it up.")), ANSWER_TOKENS, false))
                        .text()
                        .strip();
                if (!text.isEmpty()) {
                    return text;
                }
            } catch (ModelException e) {
                LOG.log(System.Logger.Level.INFO, () -> "a summary is made of quotations: " + e.getMessage());
            }
        }
        return quoted(before, older);
    }

    /**
     * Quotes what users said about themselves, or the first line of the earliest message if there is nothing to quote,
     * after the previous summary; the latest lines are kept.
     */
    private static String quoted(Optional<Note> before, List<Message> older) {
        var lines = new ArrayList<String>();
        before.ifPresent(note -> lines.addAll(note.content().lines().toList()));
        for (Message message : older) {
            List<String> said = RuleExtractor.sentences(message);
            if (message.role() == Role.USER && !said.isEmpty()) {
                lines.add("%s, %s: %s"
                        .formatted(
                                message.at().toString().substring(0, 10), message.speaker(), String.join(" ", said)));
            }
        }
        if (lines.isEmpty()) {
            Message first = older.getFirst();
            lines.add("%s, %s: %s"
                    .formatted(
                            first.at().toString().substring(0, 10),
                            first.speaker(),
                            first.content().lines().findFirst().orElse("")));
        }
        List<String> kept = lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size());
        while (kept.size() > 1 && TokenCounter.standard().count(String.join("\n", kept)) > 2 * ANSWER_TOKENS) {
            kept = kept.subList(1, kept.size());
        }
        return String.join("\n", kept);
    }
}
