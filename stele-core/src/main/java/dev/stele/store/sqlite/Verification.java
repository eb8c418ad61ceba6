package dev.stele.store.sqlite;

import dev.stele.model.AgentName;
import dev.stele.model.SteleException;
import dev.stele.model.VerifyReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks all there is of one agent. Each check stands for itself: a damaged page that stops one does not hide what the
 * others find.
 */
final class Verification {

    /** More would not help anybody; the first ones say where to look. */
    private static final int MOST_PROBLEMS = 100;

    private final AgentName agent;
    private final Path file;
    private final ReaderPool readers;
    private final Set<String> problems = new LinkedHashSet<>();

    Verification(AgentName agent, Path file, ReaderPool readers) {
        this.agent = agent;
        this.file = file;
        this.readers = readers;
    }

    private interface Check {
        void run(SqliteView view, Consumer<String> problem);
    }

    VerifyReport run() {
        check("the database", (view, problem) -> {
            // Indexes of texts remember their segments on each connection and look whether they changed only when they
            // are
            // asked something, not when they are checked: one that another process has merged since would be called
            // missing.
            view.phrase(List.of("x"));
            view.graph.holding("xxx", 1);
            for (String line : view.db.list("pragma integrity_check(100)", row -> row.getString(1))) {
                if (!line.equals("ok")) {
                    problem.accept("the database " + file + ": " + line);
                }
            }
        });
        check("the change log", (view, problem) -> view.changes.verify(problem));
        check("the messages", (view, problem) -> view.messages.verify(problem));
        check("the notes", (view, problem) -> view.notes.verify(problem));
        check("the user contexts", (view, problem) -> view.users.verify(problem));
        check("the graph", (view, problem) -> view.graph.verify(problem));
        check("the interactions", (view, problem) -> view.reflection.verify(problem));
        check("the documents", (view, problem) -> view.documents.verify(problem));
        check("the embeddings and the keyword index", (view, problem) -> view.index.verify(problem));
        check("the archive", (view, problem) -> view.archived.verify(problem));
        check("the sessions", Verification::sessions);
        long checked = 0;
        try {
            checked = readers.read(
                    db -> db.number(
                            "select (select count(*) from change) + (select count(*) from message)"
                                    + " + (select count(*) from note) + (select count(*) from user_context) + (select count(*) from embedding) + (select count(*) from embedding_coming)"
                                    + " + (select count(*) from archived) + (select count(*) from session) + (select count(*) from entity)"
                                    + " + (select count(*) from observation) + (select count(*) from relation)"
                                    + " + (select count(*) from interaction) + (select count(*) from consolidation) + (select count(*) from agent_record) + (select count(*) from document) + (select count(*) from passage)"));
        } catch (SqlFailure | SteleException e) {
            problems.add("the rows of " + file + " cannot be counted: " + e.getMessage());
        }
        List<String> found = new ArrayList<>(problems);
        return new VerifyReport(
                agent.value(), checked, found.size() > MOST_PROBLEMS ? found.subList(0, MOST_PROBLEMS) : found);
    }

    private void check(String what, Check check) {
        try {
            readers.<@Nullable Void>read(db -> {
                check.run(new SqliteView(db, file), problems::add);
                return null;
            });
        } catch (SqlFailure | SteleException | IllegalArgumentException e) {
            problems.add(what + " of " + file + " cannot be read: " + e.getMessage());
        }
    }

    private static void sessions(SqliteView view, Consumer<String> problem) {
        view.db.each(
                """
                select s.id, s.messages, (select count(*) from message m where m.session = s.id)
                    + (select count(*) from archived a where a.session = s.id) as found
                from session s where s.messages <> found""",
                row -> problem.accept("session %s counts %d messages and has %d"
                        .formatted(row.getString(1), row.getLong(2), row.getLong(3))));
        view.db.each(
                "select distinct session from message m where not exists (select 1 from session s where s.id = m.session)",
                row -> problem.accept("messages name the session " + row.getString(1) + ", which does not exist"));
    }
}
