package dev.stele.support;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/** Turns the closed SQLite database of an agent into one of an earlier version, which opening then migrates. */
public final class OlderSchema {

    /** Version of the schema before lineage and participants. */
    private static final int VERSION = 6;

    private OlderSchema() {}

    /** Takes the changes of schemas 7 to 10 back. */
    public static void downgrade(Path database) throws SQLException {
        try (var db = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = db.createStatement()) {
            statement.execute(
                    "create table provenance (item text not null, number integer not null, primary key (item, number)) strict, without rowid");
            statement.execute("create index provenance_of on provenance (number)");
            statement.execute(
                    "insert or ignore into provenance select a.id, l.item from lineage l join archived a on a.number = l.source"
                            + " where l.item in (select number from entity union select number from observation union select number from relation)");
            statement.execute("drop table lineage");
            statement.execute("drop table expired_source");
            statement.execute("drop table participant");
            for (String table : List.of("message", "note", "observation", "passage")) {
                statement.execute("alter table " + table + " drop column form");
            }
            statement.execute(
                    "insert into keyword (rowid, body, context) select number, body, context from pending_terms");
            statement.execute("drop table pending_terms");
            statement.execute("pragma user_version = " + VERSION);
        }
    }
}
