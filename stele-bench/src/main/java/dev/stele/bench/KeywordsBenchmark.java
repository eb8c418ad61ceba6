package dev.stele.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.FSDirectory;

/**
 * Comparison of a keyword index in the database (SQLite FTS5) with one of Lucene: texts per second with an fsync after
 * each group, the time of a query for the ten best texts by BM25, and the share of results that both have.
 */
final class KeywordsBenchmark {

    /** Number of texts per fsync. */
    private static final int GROUP_SIZE = 64;

    private static final int TOP_K = 10;
    private static final int WORDS_PER_TEXT = 15;
    private static final int WORDS_PER_QUERY = 4;

    private final int textCount;
    private final int queryCount;
    private final Consumer<String> out;
    private final SyntheticWords words = new SyntheticWords(11);

    KeywordsBenchmark(int textCount, int queryCount, Consumer<String> out) {
        this.textCount = textCount;
        this.queryCount = queryCount;
        this.out = out;
    }

    /**
     * Measurements of one index.
     *
     * @param perSecond texts per second
     * @param p50Millis median time of a query, in milliseconds
     * @param bytes size of the index
     * @param hits numbers of the best texts of each query
     */
    private record Result(double perSecond, double p50Millis, long bytes, List<Set<Integer>> hits) {}

    void run() throws IOException, SQLException {
        Path directory = Files.createTempDirectory("stele-bench-keywords");
        try {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < textCount; i++) {
                texts.add(words.next(WORDS_PER_TEXT));
            }
            List<String> queries = new ArrayList<>();
            for (int i = 0; i < queryCount; i++) {
                queries.add(words.next(WORDS_PER_QUERY));
            }
            Result fts5 = fts5(directory.resolve("words.db"), texts, queries);
            Result lucene = lucene(directory.resolve("lucene"), texts, queries);
            int common = 0;
            int total = 0;
            for (int i = 0; i < queryCount; i++) {
                total += fts5.hits().get(i).size();
                common += (int) fts5.hits().get(i).stream()
                        .filter(lucene.hits().get(i)::contains)
                        .count();
            }
            print("FTS5", fts5);
            print("Lucene", lucene);
            out.accept(String.format(
                    Locale.ROOT,
                    "share of the ten best of FTS5 that Lucene also returns: %.3f",
                    (double) common / Math.max(1, total)));
        } finally {
            TempDirectories.delete(directory);
        }
    }

    private void print(String label, Result result) {
        out.accept(String.format(
                Locale.ROOT,
                "%-7s %,10.0f texts/s  query p50 %7.3f ms  %,6.0f bytes per text",
                label,
                result.perSecond(),
                result.p50Millis(),
                (double) result.bytes() / textCount));
    }

    private Result fts5(Path file, List<String> texts, List<String> queries) throws SQLException, IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("pragma journal_mode = wal");
            statement.execute("pragma synchronous = full");
            statement.execute(
                    "create virtual table keyword using fts5(body, content='', contentless_delete=1, tokenize='ascii')");
            long writeStart = System.nanoTime();
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into keyword (rowid, body) values (?, ?)")) {
                for (int from = 0; from < texts.size(); from += GROUP_SIZE) {
                    statement.execute("begin immediate");
                    for (int i = from; i < Math.min(texts.size(), from + GROUP_SIZE); i++) {
                        insert.setInt(1, i + 1);
                        insert.setString(2, texts.get(i));
                        insert.executeUpdate();
                    }
                    statement.execute("commit");
                }
            }
            double seconds = (System.nanoTime() - writeStart) / 1e9;
            var nanos = new long[queries.size()];
            var hits = new ArrayList<Set<Integer>>();
            try (PreparedStatement select = connection.prepareStatement(
                    "select rowid from keyword where keyword match ? order by rank limit " + TOP_K)) {
                for (int i = 0; i < queries.size(); i++) {
                    long queryStart = System.nanoTime();
                    select.setString(1, queries.get(i).replace(" ", " OR "));
                    Set<Integer> best = new HashSet<>();
                    try (ResultSet rows = select.executeQuery()) {
                        while (rows.next()) {
                            best.add(rows.getInt(1) - 1);
                        }
                    }
                    nanos[i] = System.nanoTime() - queryStart;
                    hits.add(best);
                }
            }
            statement.execute("pragma wal_checkpoint(truncate)");
            Arrays.sort(nanos);
            return new Result(texts.size() / seconds, nanos[nanos.length / 2] / 1e6, Files.size(file), hits);
        }
    }

    private static Result lucene(Path directory, List<String> texts, List<String> queries) throws IOException {
        try (var index = FSDirectory.open(directory)) {
            long writeStart = System.nanoTime();
            try (var writer = new IndexWriter(index, new IndexWriterConfig(new WhitespaceAnalyzer()))) {
                for (int from = 0; from < texts.size(); from += GROUP_SIZE) {
                    for (int i = from; i < Math.min(texts.size(), from + GROUP_SIZE); i++) {
                        var document = new Document();
                        document.add(new TextField("body", texts.get(i), Field.Store.NO));
                        document.add(new StoredField("number", i));
                        writer.addDocument(document);
                    }
                    writer.commit();
                }
            }
            double seconds = (System.nanoTime() - writeStart) / 1e9;
            long bytes = 0;
            for (String file : index.listAll()) {
                bytes += index.fileLength(file);
            }
            try (var reader = DirectoryReader.open(index)) {
                var searcher = new IndexSearcher(reader);
                var nanos = new long[queries.size()];
                var hits = new ArrayList<Set<Integer>>();
                for (int i = 0; i < queries.size(); i++) {
                    long queryStart = System.nanoTime();
                    var query = new BooleanQuery.Builder();
                    for (String word : queries.get(i).split(" ", -1)) {
                        query.add(new TermQuery(new Term("body", word)), BooleanClause.Occur.SHOULD);
                    }
                    Set<Integer> best = new HashSet<>();
                    for (ScoreDoc hit : searcher.search(query.build(), TOP_K).scoreDocs) {
                        best.add(searcher.storedFields()
                                .document(hit.doc)
                                .getField("number")
                                .numericValue()
                                .intValue());
                    }
                    nanos[i] = System.nanoTime() - queryStart;
                    hits.add(best);
                }
                Arrays.sort(nanos);
                return new Result(texts.size() / seconds, nanos[nanos.length / 2] / 1e6, bytes, hits);
            }
        }
    }
}
