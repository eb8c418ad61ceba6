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
 * Baseline of the vector benchmark: the same vectors in the PostgreSQL extension pgvector, in half precision with an
 * HNSW index. The table is in a schema of its own, which is dropped before and after the run. Not thread-safe.
 */
final class PgvectorBaseline {

    private static final String SCHEMA = "stele_bench_pgvector";
    /**
     * Values of {@code hnsw.ef_search}: the default of pgvector, the value for Lucene in this benchmark, and the number
     * of candidates that the scan of Stele rescores.
     */
    private static final List<Integer> EF_SEARCH = List.of(40, 100, 322);

    private final String url;
    private final Consumer<String> out;

    PgvectorBaseline(String url, Consumer<String> out) {
        this.url = url;
        this.out = out;
    }

    /**
     * Measurements with one value of {@code hnsw.ef_search}.
     *
     * @param candidates value of {@code hnsw.ef_search}
     * @param nanos time of each query, in nanoseconds
     * @param ordinals ordinals of the nearest vectors of each query
     * @param bytesPerVector size of table and index per vector
     */
    record Result(int candidates, long[] nanos, List<List<Integer>> ordinals, long bytesPerVector) {}

    /**
     * Measures searches with each value of {@code hnsw.ef_search}.
     *
     * @param items snapshot whose vectors are stored
     * @param queries vectors to search for
     * @param topK maximum number of results per query
     * @throws IOException if the server cannot be reached or has no extension pgvector
     */
    List<Result> run(IndexSnapshot items, List<float[]> queries, int topK) throws IOException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("create extension if not exists vector");
            statement.execute("drop schema if exists " + SCHEMA + " cascade");
            statement.execute("create schema " + SCHEMA);
            try {
                createTable(connection, statement, items);
                long bytes;
                try (ResultSet size = statement.executeQuery("select pg_total_relation_size('" + SCHEMA + ".near')")) {
                    size.next();
                    bytes = size.getLong(1);
                }
                var results = new ArrayList<Result>();
                for (int candidates : EF_SEARCH) {
                    statement.execute("set hnsw.ef_search = " + candidates);
                    results.add(search(connection, candidates, queries, topK, bytes / items.size()));
                }
                return results;
            } finally {
                statement.execute("drop schema " + SCHEMA + " cascade");
            }
        } catch (SQLException e) {
            throw new IOException("pgvector could not be measured at " + url + ": " + e.getMessage(), e);
        }
    }

    private void createTable(Connection connection, Statement statement, IndexSnapshot items) throws SQLException {
        int dimension = items.vector(0).orElseThrow().length;
        statement.execute("create table " + SCHEMA + ".near (ordinal int primary key, v halfvec(" + dimension + "))");
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("copy " + SCHEMA + ".near from stdin");
        for (int ordinal = 0; ordinal < items.size(); ordinal++) {
            byte[] line = (ordinal + "\t" + text(items.vector(ordinal).orElseThrow()) + "\n")
                    .getBytes(StandardCharsets.US_ASCII);
            copy.writeToCopy(line, 0, line.length);
        }
        copy.endCopy();
        statement.execute("set maintenance_work_mem = '2GB'");
        long start = System.nanoTime();
        statement.execute("create index on " + SCHEMA + ".near using hnsw (v halfvec_ip_ops)");
        out.accept(String.format(
                Locale.ROOT,
                "%,10d  pgvector: graph built in %.0f s",
                items.size(),
                (System.nanoTime() - start) / 1e9));
        statement.execute("analyze " + SCHEMA + ".near");
    }

    private static Result search(
            Connection connection, int candidates, List<float[]> queries, int topK, long bytesPerVector)
            throws SQLException {
        var nanos = new long[queries.size()];
        var ordinals = new ArrayList<List<Integer>>();
        try (PreparedStatement select = connection.prepareStatement(
                "select ordinal from " + SCHEMA + ".near order by v <#> cast(? as halfvec) limit " + topK)) {
            for (int i = -queries.size(); i < queries.size(); i++) { // negative numbers warm up
                select.setString(1, text(queries.get(Math.floorMod(i, queries.size()))));
                var nearestOrdinals = new ArrayList<Integer>();
                long start = System.nanoTime();
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        nearestOrdinals.add(rows.getInt(1));
                    }
                }
                if (i >= 0) {
                    nanos[i] = System.nanoTime() - start;
                    ordinals.add(nearestOrdinals);
                }
            }
        }
        return new Result(candidates, nanos, ordinals, bytesPerVector);
    }

    private static String text(float[] vector) {
        var text = new StringBuilder("[");
        for (int i = 0; i < vector.length; i++) {
            text.append(i == 0 ? "" : ",").append(vector[i]);
        }
        return text.append(']').toString();
    }
}
