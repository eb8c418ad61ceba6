package dev.stele.store.sqlite;

import dev.stele.model.Json;
import dev.stele.store.sql.Dialect;
import dev.stele.store.sql.KeywordIndex;
import dev.stele.store.sql.SqlSession;
import dev.stele.store.sql.TrigramIndex;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;

/** Dialect of SQLite: a database holds one agent, any text can be stored, and rows are written immediately. */
final class SqliteDialect extends Dialect {

    static final SqliteDialect INSTANCE = new SqliteDialect();

    private SqliteDialect() {}

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public String table(String name) {
        return name;
    }

    @Override
    public String values(String argument, boolean numbers, String alias) {
        return "json_each(" + argument + ") " + alias;
    }

    @Override
    public void bind(PreparedStatement statement, int place, Collection<?> values) throws SQLException {
        statement.setString(place, Json.write(values));
    }

    @Override
    public String stored(String text) {
        return text;
    }

    @Override
    public String read(String stored) {
        return stored;
    }

    @Override
    public boolean gathers() {
        return false;
    }

    @Override
    public KeywordIndex words(SqlSession db) {
        return new FtsKeywordIndex(db);
    }

    @Override
    public TrigramIndex pieces(SqlSession db) {
        return new FtsTrigramIndex(db);
    }

    @Override
    public long bytes(SqlSession db) {
        return db.number("pragma page_count") * db.number("pragma page_size");
    }

    @Override
    public int schema(SqlSession db) {
        return (int) db.number("pragma user_version");
    }
}
