package dev.stele.store.sqlite;

import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import dev.stele.store.StoreView.UserVersion;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Rows of user contexts: every version is a row, and the highest is the current one. */
final class UserTable {

    private final Db db;

    UserTable(Db db) {
        this.db = db;
    }

    Optional<UserContext> current(String user) {
        return db.first(
                "select json, at from user_context where user = ? order by version desc limit 1",
                row -> version(row).context(),
                user);
    }

    Optional<UserContext> asOf(String user, Instant time) {
        return db.first(
                "select json, at from user_context where user = ? and at <= ? order by version desc limit 1",
                row -> version(row).context(),
                user,
                time.toEpochMilli());
    }

    Page<UserVersion> history(String user, int limit, Optional<Cursor> after) {
        List<UserVersion> rows = db.list(
                "select json, at from user_context where user = ? and version < ? order by version desc limit ?",
                UserTable::version,
                user,
                after.map(Cursor::number).orElse(Long.MAX_VALUE),
                limit + 1);
        return Page.of(rows, limit, row -> row.context().version());
    }

    void each(Consumer<UserContext> to) {
        db.each(
                "select u.json, u.at from user_context u where u.version ="
                        + " (select max(version) from user_context where user = u.user) order by u.user",
                row -> to.accept(version(row).context()));
    }

    long count() {
        return db.number("select count(distinct user) from user_context");
    }

    void put(UserContext context, Instant at, int keepVersions) {
        String json = Json.write(context.toJson());
        db.update(
                "insert into user_context (user, version, at, json, crc) values (?, ?, ?, ?, ?)",
                context.userId(),
                context.version(),
                at.toEpochMilli(),
                json,
                Checksum.of(context.userId(), context.version(), json));
        if (context.version() > keepVersions) {
            db.update(
                    "delete from user_context where user = ? and version <= ?",
                    context.userId(),
                    context.version() - keepVersions);
        }
    }

    int delete(String user) {
        return db.update("delete from user_context where user = ?", user);
    }

    void verify(Consumer<String> problem) {
        db.each("select user, version, json, crc from user_context", row -> {
            if (row.getLong(4) != Checksum.of(row.getString(1), row.getLong(2), row.getString(3))) {
                problem.accept("version %d of the context of user %s does not agree with its checksum"
                        .formatted(row.getLong(2), Json.write(row.getString(1))));
            }
        });
    }

    private static UserVersion version(ResultSet row) throws SQLException {
        return new UserVersion(
                UserContext.fromJson(Json.readObject("user context", row.getString(1))),
                Instant.ofEpochMilli(row.getLong(2)));
    }
}
