package dev.stele.store.sqlite;

import dev.stele.model.Consolidated;
import dev.stele.model.Cursor;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.Page;
import dev.stele.store.ReflectionView;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads of interactions, consolidations, uses of notes and what the agent is, inside one transaction. */
class ReflectionTables implements ReflectionView {

    final Db db;

    ReflectionTables(Db db) {
        this.db = db;
    }

    @Override
    public Optional<Interaction> interaction(String id) {
        return db.first("select number, json from interaction where id = ?", ReflectionTables::interaction, id);
    }

    @Override
    public Page<Interaction> interactions(
            Optional<String> user, Optional<InteractionState> state, int limit, Optional<Cursor> after) {
        return Page.of(
                db.list(
                        "select number, json from interaction where number < ?1 and (?2 is null or user = ?2)"
                                + " and (?3 is null or state = ?3) order by number desc limit ?4",
                        ReflectionTables::interaction,
                        after.map(Cursor::number).orElse(Long.MAX_VALUE),
                        user.orElse(null),
                        state.map(InteractionState::code).orElse(null),
                        limit + 1),
                limit,
                Interaction::number);
    }

    @Override
    public List<Interaction> pending(int limit) {
        return db.list(
                "select number, json from interaction where state = 0 order by number limit ?",
                ReflectionTables::interaction,
                limit);
    }

    @Override
    public List<Interaction> firstPending(int limit) {
        return db.list(
                "select min(number), json from interaction where state = 0 group by coalesce(user, '') order by 1 limit ?",
                ReflectionTables::interaction,
                limit);
    }

    @Override
    public long pendingCount(int most) {
        return db.number("select count(*) from (select 1 from interaction where state = 0 limit ?)", most);
    }

    @Override
    public void eachInteraction(Consumer<Interaction> to) {
        db.each("select number, json from interaction order by number", row -> to.accept(interaction(row)));
    }

    @Override
    public Optional<Consolidated> consolidation(String id) {
        return db.first("select number, json from consolidation where id = ?", ReflectionTables::consolidated, id);
    }

    @Override
    public Page<Consolidated> consolidations(Optional<String> user, int limit, Optional<Cursor> after) {
        return Page.of(
                db.list(
                        "select number, json from consolidation where number < ?1 and (?2 is null or user = ?2)"
                                + " order by number desc limit ?3",
                        ReflectionTables::consolidated,
                        after.map(Cursor::number).orElse(Long.MAX_VALUE),
                        user.orElse(null),
                        limit + 1),
                limit,
                Consolidated::number);
    }

    @Override
    public Optional<Consolidated> latestConsolidation(Optional<String> user) {
        return db.first(
                "select number, json from consolidation where user is ? order by number desc limit 1",
                ReflectionTables::consolidated,
                user.orElse(null));
    }

    @Override
    public Map<Long, Use> uses(Collection<Long> notes) {
        var uses = new HashMap<Long, Use>();
        for (long note : notes) {
            db.first(
                            "select uses, last from note_use where number = ?",
                            row -> new Use(row.getLong(1), Instant.ofEpochMilli(row.getLong(2))),
                            note)
                    .ifPresent(use -> uses.put(note, use));
        }
        return uses;
    }

    @Override
    public Optional<Entry> entry(String name) {
        return db.first(
                "select version, at, json from agent_record where name = ?",
                row -> new Entry(
                        row.getLong(1),
                        Instant.ofEpochMilli(row.getLong(2)),
                        Json.readObject(name, row.getString(3)).raw()),
                name);
    }

    void verify(Consumer<String> problem) {
        for (String table : List.of("interaction", "consolidation")) {
            db.each("select number, id, json, crc from " + table, row -> {
                if (row.getLong(4) != Checksum.of(row.getLong(1), row.getString(2), row.getString(3))) {
                    problem.accept(table + " " + Json.write(row.getString(2)) + " does not agree with its checksum");
                }
            });
        }
        db.each("select name, version, json, crc from agent_record", row -> {
            if (row.getLong(4) != Checksum.of(row.getString(1), row.getLong(2), row.getString(3))) {
                problem.accept("the agent's " + row.getString(1) + " does not agree with its checksum");
            }
        });
    }

    private static Interaction interaction(ResultSet row) throws SQLException {
        return Interaction.fromJson(row.getLong(1), Json.readObject("interaction", row.getString(2)));
    }

    private static Consolidated consolidated(ResultSet row) throws SQLException {
        return Consolidated.fromJson(row.getLong(1), Json.readObject("consolidation", row.getString(2)));
    }
}
