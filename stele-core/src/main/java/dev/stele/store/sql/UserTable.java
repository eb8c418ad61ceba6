package dev.stele.store.sql;

import dev.stele.model.Cursor;
import dev.stele.model.Json;
import dev.stele.model.Page;
import dev.stele.model.UserContext;
import dev.stele.model.UserVersion;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Table of user contexts: each version is a row, and the highest version is the current one. */
final class UserTable {

    private final SqlSession db;

    UserTable(SqlSession db) {
        this.db = db;
    }

    Optional<UserContext> current(String user) {
        return db.first(
                "select json, at from {user_context} where \"user\" = ? order by version desc limit 1",
                row -> version(row).context(),
                user);
    }

    Optional<UserContext> asOf(String user, Instant time) {
        return db.first(
                "select json, at from {user_context} where \"user\" = ? and at <= ? order by version desc limit 1",
                row -> version(row).context(),
                user,
                time.toEpochMilli());
    }

    Page<UserVersion> history(String user, int limit, Optional<Cursor> after) {
        List<UserVersion> rows = db.list(
                "select json, at from {user_context} where \"user\" = ? and version < ? order by version desc limit ?",
                UserTable::version,
                user,
                after.map(Cursor::number).orElse(Long.MAX_VALUE),
                limit + 1);
        return Page.of(rows, limit, row -> row.context().version());
    }

    void each(Consumer<UserContext> to) {
        db.each(
                "select u.json, u.at from {user_context u} where u.version ="
                        + " (select max(version) from {user_context v} where v.\"user\" = u.\"user\") order by u.\"user\"",
                row -> to.accept(version(row).context()));
    }

    long count() {
        return db.number("select count(distinct \"user\") from {user_context}");
    }

    void put(UserContext context, Instant at, int keepVersions) {
        String json = Json.write(context.toJson());
        db.insert(
                "user_context",
                "\"user\", version, at, json, crc",
                context.userId(),
                context.version(),
                at.toEpochMilli(),
                json,
                Checksum.of(context.userId(), context.version(), json));
        if (context.version() > keepVersions) {
            db.delete(
                    "user_context",
                    "\"user\" = ? and version <= ?",
                    context.userId(),
                    context.version() - keepVersions);
        }
    }

    int delete(String user) {
        return db.delete("user_context", "\"user\" = ?", user);
    }

    void verify(Consumer<String> problem) {
        db.each("select \"user\", version, json, crc from {user_context}", row -> {
            if (row.number(4) != Checksum.of(row.text(1), row.number(2), row.text(3))) {
                problem.accept("version %d of the context of user %s does not agree with its checksum"
                        .formatted(row.number(2), Json.write(row.text(1))));
            }
        });
    }

    private static UserVersion version(ResultRow row) {
        return new UserVersion(UserContext.fromJson(Json.readObject("user context", row.text(1))), row.time(2));
    }
}
