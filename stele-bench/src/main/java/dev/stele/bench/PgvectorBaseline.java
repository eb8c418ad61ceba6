package dev.stele.bench;

import dev.stele.index.IndexSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The same vectors in a PostgreSQL server's extension pgvector: numbers of half precision under a graph (HNSW). The table is made
 * in a schema of its own, which is dropped first and afterwards. For one thread.
 */
final class PgvectorBaseline {

    private static final String SCHEMA = "stele_bench_pgvector";
    /** Candidates a search keeps: the extension's own number, as many as Lucene gets here, and as many as the scan rescores. */
    private static final List<Integer> CANDIDATES = List.of(40, 100, 322);

    private final String url;
    private final Consumer<String> out;

    PgvectorBaseline(String url, Consumer<String> out) {
        this.url = url;
        this.out = out;
    }

    /** What a search with some number of candidates took and found: the slots of each query's nearest. */
    record Found(int candidates, long[] nanos, List<List<Integer>> slots, long bytes) {}

    List<Found> run(IndexSnapshot items, List<float[]> asked, int wanted) throws IOException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("create extension if not exists vector");
            statement.execute("drop schema if exists " + SCHEMA + " cascade");
            statement.execute("create schema " + SCHEMA);
            try {
                fill(connection, statement, items);
                long bytes;
                try (ResultSet size = statement.executeQuery("select pg_total_relation_size('" + SCHEMA + ".near')")) {
                    size.next();
                    bytes = size.getLong(1);
                }
                var found = new ArrayList<Found>();
                for (int candidates : CANDIDATES) {
                    statement.execute("set hnsw.ef_search = " + candidates);
                    found.add(ask(connection, candidates, asked, wanted, bytes / items.size()));
                }
                return found;
            } finally {
                statement.execute("drop schema " + SCHEMA + " cascade");
            }
        } catch (SQLException e) {
            throw new IOException("pgvector could not be measured at " + url + ": " + e.getMessage(), e);
        }
    }

    private void fill(Connection connection, Statement statement, IndexSnapshot items) throws SQLException {
        int dimension = items.vector(0).orElseThrow().length;
        statement.execute("create table " + SCHEMA + ".near (slot int primary key, v halfvec(" + dimension + "))");
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("copy " + SCHEMA + ".near from stdin");
        for (int slot = 0; slot < items.size(); slot++) {
            byte[] line =
                    (slot + "\t" + text(items.vector(slot).orElseThrow()) + "\n").getBytes(StandardCharsets.US_ASCII);
            copy.writeToCopy(line, 0, line.length);
        }
        copy.endCopy();
        statement.execute("set maintenance_work_mem = '2GB'");
        long began = System.nanoTime();
        statement.execute("create index on " + SCHEMA + ".near using hnsw (v halfvec_ip_ops)");
        out.accept(String.format(
                Locale.ROOT,
                "%,10d  pgvector built its graph in %.0f s",
                items.size(),
                (System.nanoTime() - began) / 1e9));
        statement.execute("analyze " + SCHEMA + ".near");
    }

    private static Found ask(Connection connection, int candidates, List<float[]> asked, int wanted, long bytes)
            throws SQLException {
        var nanos = new long[asked.size()];
        var slots = new ArrayList<List<Integer>>();
        try (PreparedStatement nearest = connection.prepareStatement(
                "select slot from " + SCHEMA + ".near order by v <#> cast(? as halfvec) limit " + wanted)) {
            for (int i = -asked.size(); i < asked.size(); i++) { // once to warm up
                nearest.setString(1, text(asked.get(Math.floorMod(i, asked.size()))));
                var answer = new ArrayList<Integer>();
                long began = System.nanoTime();
                try (ResultSet rows = nearest.executeQuery()) {
                    while (rows.next()) {
                        answer.add(rows.getInt(1));
                    }
                }
                if (i >= 0) {
                    nanos[i] = System.nanoTime() - began;
                    slots.add(answer);
                }
            }
        }
        return new Found(candidates, nanos, slots, bytes);
    }

    private static String text(float[] vector) {
        var text = new StringBuilder("[");
        for (int i = 0; i < vector.length; i++) {
            text.append(i == 0 ? "" : ",").append(vector[i]);
        }
        return text.append(']').toString();
    }
}
