package dev.stele.bench;

import dev.stele.Stele;
import dev.stele.analysis.Analyzer;
import dev.stele.analysis.Language;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Baseline of the write benchmark: the same rows in the schema of Stele by prepared statements in one transaction with
 * one fsync, without checks and acknowledgements. Stateless.
 */
final class RawSqlite {

    private static final String SCHEMA_RESOURCE = "/dev/stele/store/sqlite/schema-1.sql";

    private RawSqlite() {}

    /**
     * Writes rows to a new database.
     *
     * @param file file of the database
     * @param count number of messages
     * @param rows source of the vectors
     * @return nanoseconds from the begin of the transaction to the end of its commit
     */
    static long write(Path file, int count, SampleRows rows) throws SQLException, IOException {
        var analyzer = new Analyzer(Language.ENGLISH);
        List<String> texts = new ArrayList<>();
        List<String> terms = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(SampleRows.text(i));
            terms.add(String.join(" ", analyzer.terms(texts.get(i))));
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("pragma journal_mode = wal");
            statement.execute("pragma synchronous = full");
            statement.execute("pragma secure_delete = on");
            for (String step : schema().split(";\\s*\\n", -1)) {
                if (!step.isBlank()) {
                    statement.execute(step);
                }
            }
            statement.execute(
                    "insert into embedding_model values (1, '" + rows.model() + "', " + SampleRows.DIMENSION + ")");
            long start = System.nanoTime();
            statement.execute("begin immediate");
            insert(connection, texts, terms, rows);
            statement.execute("commit");
            return System.nanoTime() - start;
        }
    }

    private static void insert(Connection connection, List<String> texts, List<String> terms, SampleRows rows)
            throws SQLException {
        try (PreparedStatement change = connection.prepareStatement("insert into change values (?, ?, 1, ?, ?)");
                PreparedStatement message = connection.prepareStatement(
                        "insert into message (number, id, session, user, role, content, at, length, crc) values (?, ?, ?, 'ana', 'user', ?, ?, 60, 1)");
                PreparedStatement session = connection.prepareStatement(
                        "insert into session (id, user, started_at, last_at, messages, number) values (?1, 'ana', ?2, ?2, 1, ?3)"
                                + " on conflict (id) do update set messages = messages + 1, last_at = max(last_at, ?2)");
                PreparedStatement keyword = connection.prepareStatement(
                        "insert into keyword (rowid, body, context) values (?, ?, 'ana 21 novemb 2026')");
                PreparedStatement embedding = connection.prepareStatement(
                        "insert into embedding (number, model, crc, vector) values (?, 1, 1, ?)")) {
            long now = System.currentTimeMillis();
            for (int i = 0; i < texts.size(); i++) {
                String id = "01m7y9x3v3za3b27v%09d".formatted(i);
                change.setLong(1, i + 1);
                change.setLong(2, now);
                change.setLong(3, i + 1);
                change.setString(4, id);
                change.executeUpdate();
                message.setLong(1, i + 1);
                message.setString(2, id);
                message.setString(3, "session-" + i % 64);
                message.setString(4, texts.get(i));
                message.setLong(5, now);
                message.executeUpdate();
                session.setString(1, "session-" + i % 64);
                session.setLong(2, now);
                session.setLong(3, i + 1);
                session.executeUpdate();
                keyword.setLong(1, i + 1);
                keyword.setString(2, terms.get(i));
                keyword.executeUpdate();
                embedding.setLong(1, i + 1);
                embedding.setBytes(2, bytes(rows.vector(i)));
                embedding.executeUpdate();
            }
        }
    }

    private static byte[] bytes(float[] vector) {
        var buffer = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(vector);
        return buffer.array();
    }

    private static String schema() throws IOException {
        try (InputStream in = Stele.class.getResourceAsStream(SCHEMA_RESOURCE)) {
            if (in == null) {
                throw new IOException("resource " + SCHEMA_RESOURCE + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^\\s*--.*$", "");
        }
    }
}
