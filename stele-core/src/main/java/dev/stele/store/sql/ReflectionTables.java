package dev.stele.store.sql;

import dev.stele.model.ConsolidationRecord;
import dev.stele.model.Cursor;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.Page;
import dev.stele.store.ReflectionView;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Read access to interactions, consolidations, uses of notes and entries about the agent, inside one transaction. */
class ReflectionTables implements ReflectionView {

    final SqlSession db;

    ReflectionTables(SqlSession db) {
        this.db = db;
    }

    @Override
    public Optional<Interaction> interaction(String id) {
        return db.first("select number, json from {interaction} where id = ?", ReflectionTables::interaction, id);
    }

    @Override
    public Page<Interaction> interactions(
            Optional<String> user, Optional<InteractionState> state, int limit, Optional<Cursor> after) {
        var where = new ConditionBuilder("number < ?", after.map(Cursor::number).orElse(Long.MAX_VALUE))
                .and("\"user\" = ?", user)
                .and("state = ?", state.map(InteractionState::code));
        return Page.of(
                db.list(
                        "select number, json from {interaction}" + where + " order by number desc limit ?",
                        ReflectionTables::interaction,
                        where.arguments(limit + 1)),
                limit,
                Interaction::number);
    }

    @Override
    public List<Interaction> firstPending(int limit) {
        return db.list(
                "select number, json from {interaction} where number in"
                        + " (select min(number) from {interaction} where state = 0 group by coalesce(\"user\", ''))"
                        + " order by number limit ?",
                ReflectionTables::interaction,
                limit);
    }

    @Override
    public Optional<Interaction> pendingFrom(Interaction one) {
        Optional<String> user = one.draft().user();
        var where = new ConditionBuilder("number >= ?", one.number())
                .and("state = 0")
                .and("\"user\" = ?", user);
        if (user.isEmpty()) {
            where.and("\"user\" is null");
        }
        return db.first(
                "select number, json from {interaction}" + where + " order by number limit 1",
                ReflectionTables::interaction,
                where.arguments());
    }

    @Override
    public long pendingCount(int limit) {
        return db.number("select count(*) from (select 1 from {interaction} where state = 0 limit ?) pending", limit);
    }

    @Override
    public void forEachInteraction(Consumer<Interaction> to) {
        db.each("select number, json from {interaction} order by number", row -> to.accept(interaction(row)));
    }

    private List<Interaction> interactionsWhere(String condition, Object argument) {
        return db.list(
                "select number, json from {interaction} where " + condition + " order by number",
                ReflectionTables::interaction,
                argument);
    }

    private List<ConsolidationRecord> consolidationsWhere(String condition, Object argument) {
        return db.list(
                "select number, json from {consolidation} where " + condition + " order by number",
                ReflectionTables::consolidated,
                argument);
    }

    @Override
    public List<Interaction> interactions(Collection<Long> numbers) {
        return interactionsWhere("number in (select value from {numbers ?1 n})", numbers);
    }

    @Override
    public List<Interaction> interactionsOfUser(String user) {
        return interactionsWhere("\"user\" = ?", user);
    }

    @Override
    public List<ConsolidationRecord> consolidationsOfUser(String user) {
        return consolidationsWhere("\"user\" = ?", user);
    }

    @Override
    public List<Interaction> interactionsOfSession(String session) {
        // The condition selects rows that may be of the session; the session is checked when a row is read.
        String field = "\"session\":" + Json.write(session);
        return interactionsWhere("json like ? escape '!'", ConditionBuilder.containing(field)).stream()
                .filter(interaction ->
                        interaction.draft().session().filter(session::equals).isPresent())
                .toList();
    }

    @Override
    public List<ConsolidationRecord> consolidations(Collection<Long> numbers) {
        return consolidationsWhere("number in (select value from {numbers ?1 n})", numbers);
    }

    @Override
    public Optional<ConsolidationRecord> consolidation(String id) {
        return db.first("select number, json from {consolidation} where id = ?", ReflectionTables::consolidated, id);
    }

    @Override
    public Page<ConsolidationRecord> consolidations(Optional<String> user, int limit, Optional<Cursor> after) {
        var where = new ConditionBuilder("number < ?", after.map(Cursor::number).orElse(Long.MAX_VALUE))
                .and("\"user\" = ?", user);
        return Page.of(
                db.list(
                        "select number, json from {consolidation}" + where + " order by number desc limit ?",
                        ReflectionTables::consolidated,
                        where.arguments(limit + 1)),
                limit,
                ConsolidationRecord::number);
    }

    @Override
    public Optional<ConsolidationRecord> latestConsolidation(Optional<String> user) {
        var where = user.isPresent()
                ? new ConditionBuilder("\"user\" = ?", user.get())
                : new ConditionBuilder("\"user\" is null");
        return db.first(
                "select number, json from {consolidation}" + where + " order by number desc limit 1",
                ReflectionTables::consolidated,
                where.arguments());
    }

    @Override
    public Map<Long, Use> uses(Collection<Long> notes) {
        var uses = new HashMap<Long, Use>();
        db.each(
                "select number, uses, last from {note_use} where number in (select value from {numbers ?1 n})",
                row -> uses.put(row.number(1), new Use(row.number(2), row.time(3))),
                notes);
        return uses;
    }

    @Override
    public Optional<Entry> entry(String name) {
        return db.first(
                "select version, at, json from {agent_record} where name = ?",
                row -> new Entry(
                        row.number(1),
                        row.time(2),
                        Json.readObject(name, row.text(3)).raw()),
                name);
    }

    void verify(Consumer<String> problem) {
        for (String table : List.of("interaction", "consolidation")) {
            db.each("select number, id, json, crc from {" + table + "}", row -> {
                if (row.number(4) != Checksum.of(row.number(1), row.text(2), row.text(3))) {
                    problem.accept(table + " " + Json.write(row.text(2)) + " does not agree with its checksum");
                }
            });
        }
        db.each("select name, version, json, crc from {agent_record}", row -> {
            if (row.number(4) != Checksum.of(row.text(1), row.number(2), row.text(3))) {
                problem.accept("the agent's " + row.text(1) + " does not agree with its checksum");
            }
        });
    }

    static Interaction interaction(ResultRow row) {
        return Interaction.fromJson(row.number(1), Json.readObject("interaction", row.text(2)));
    }

    private static ConsolidationRecord consolidated(ResultRow row) {
        return ConsolidationRecord.fromJson(row.number(1), Json.readObject("consolidation", row.text(2)));
    }
}
