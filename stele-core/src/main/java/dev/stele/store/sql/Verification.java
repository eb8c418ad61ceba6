package dev.stele.store.sql;

import dev.stele.model.SteleException;
import dev.stele.model.VerifyReport;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Verification of all data of one agent. The checks are independent: a damaged page that stops one check does not hide
 * the problems that the other checks find.
 */
final class Verification {

    /** Maximum number of reported problems, and of remarks. The first show where the damage is; more are of no use. */
    private static final int MAX_REPORTED = 100;

    private static final List<String> TABLES = List.of(
            "change",
            "message",
            "note",
            "user_context",
            "embedding",
            "embedding_coming",
            "archived",
            "session",
            "entity",
            "observation",
            "relation",
            "interaction",
            "consolidation",
            "agent_record",
            "document",
            "passage");

    private final SqlStore store;
    private final Set<String> problems = new LinkedHashSet<>();
    private final Set<String> remarks = new LinkedHashSet<>();

    Verification(SqlStore store) {
        this.store = store;
    }

    /** Check of one kind of data. */
    interface Check {
        void run(SqlView view, Consumer<String> problem);
    }

    VerifyReport run() {
        checkFiles("the files", () -> store.verifyFiles(problems::add, remarks::add));
        checkFiles("the archive", () -> store.verifyUnreferencedSegments(problems::add, remarks::add));
        check("the database", store::verifyDatabase);
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
        check("the lineage", (view, problem) -> view.lineage.verify(problem));
        check("the lineage", (view, _) -> view.lineage.reportUnattributed(remarks::add));
        long[] checked = {0};
        check(
                "the number of rows",
                (view, _) -> checked[0] = TABLES.stream()
                        .mapToLong(table -> view.db.number("select count(*) from {" + table + "}"))
                        .sum());
        return new VerifyReport(store.agent().value(), checked[0], first(problems), first(remarks));
    }

    private static List<String> first(Set<String> found) {
        return found.stream().limit(MAX_REPORTED).toList();
    }

    private void checkFiles(String label, Runnable check) {
        try {
            check.run();
        } catch (SteleException e) {
            problems.add(label + " of " + store.place() + " cannot be read: " + e.getMessage());
        }
    }

    private void check(String label, Check check) {
        try {
            store.<@Nullable Void>readRows(view -> {
                check.run(view, problems::add);
                return null;
            });
        } catch (SteleException | IllegalArgumentException e) {
            problems.add(label + " of " + store.place() + " cannot be read: " + e.getMessage());
        }
    }

    private static void sessions(SqlView view, Consumer<String> problem) {
        view.db.each(
                """
                select id, messages, found from (
                    select s.id, s.messages, (select count(*) from {message m} where m.session = s.id)
                        + (select count(*) from {archived a} where a.session = s.id) as found
                    from {session s}) counted
                where messages <> found""",
                row -> problem.accept("session %s counts %d messages and has %d"
                        .formatted(row.text(1), row.number(2), row.number(3))));
        view.db.each(
                "select distinct session from {message m} where not exists (select 1 from {session s} where s.id = m.session)",
                row -> problem.accept("messages name the session " + row.text(1) + ", which does not exist"));
    }
}
