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
 * A keyword index in the database (SQLite's FTS5) beside one of Lucene's: texts a second when each group of 64 is forced to the
 * disk, the time of a question for the ten best by BM25, and how many of the ten both have in common.
 */
final class KeywordsBenchmark {

    private static final int GROUP = 64;
    private static final int TEN = 10;

    private final int texts;
    private final int questions;
    private final Consumer<String> out;
    private final SyntheticWords made = new SyntheticWords(11);

    KeywordsBenchmark(int texts, int questions, Consumer<String> out) {
        this.texts = texts;
        this.questions = questions;
        this.out = out;
    }

    private record Outcome(double perSecond, double p50Millis, long bytes, List<Set<Integer>> found) {}

    void run() throws IOException, SQLException {
        Path directory = Files.createTempDirectory("stele-bench-keywords");
        try {
            List<String> written = new ArrayList<>();
            for (int i = 0; i < texts; i++) {
                written.add(made.next(15));
            }
            List<String> asked = new ArrayList<>();
            for (int i = 0; i < questions; i++) {
                asked.add(made.next(4));
            }
            Outcome fts5 = fts5(directory.resolve("words.db"), written, asked);
            Outcome lucene = lucene(directory.resolve("lucene"), written, asked);
            int common = 0;
            int all = 0;
            for (int i = 0; i < questions; i++) {
                all += fts5.found().get(i).size();
                common += (int) fts5.found().get(i).stream()
                        .filter(lucene.found().get(i)::contains)
                        .count();
            }
            print("FTS5", fts5);
            print("Lucene", lucene);
            out.accept(String.format(
                    Locale.ROOT, "of FTS5's ten best Lucene has %.3f", (double) common / Math.max(1, all)));
        } finally {
            TempDirectories.delete(directory);
        }
    }

    private void print(String what, Outcome outcome) {
        out.accept(String.format(
                Locale.ROOT,
                "%-7s %,10.0f texts/s  question p50 %7.3f ms  %,6.0f bytes a text",
                what,
                outcome.perSecond(),
                outcome.p50Millis(),
                (double) outcome.bytes() / texts));
    }

    private Outcome fts5(Path file, List<String> written, List<String> asked) throws SQLException, IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("pragma journal_mode = wal");
            statement.execute("pragma synchronous = full");
            statement.execute(
                    "create virtual table keyword using fts5(body, content='', contentless_delete=1, tokenize='ascii')");
            long began = System.nanoTime();
            try (PreparedStatement insert =
                    connection.prepareStatement("insert into keyword (rowid, body) values (?, ?)")) {
                for (int from = 0; from < written.size(); from += GROUP) {
                    statement.execute("begin immediate");
                    for (int i = from; i < Math.min(written.size(), from + GROUP); i++) {
                        insert.setInt(1, i + 1);
                        insert.setString(2, written.get(i));
                        insert.executeUpdate();
                    }
                    statement.execute("commit");
                }
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            var nanos = new long[asked.size()];
            var found = new ArrayList<Set<Integer>>();
            try (PreparedStatement select = connection.prepareStatement(
                    "select rowid from keyword where keyword match ? order by rank limit " + TEN)) {
                for (int i = 0; i < asked.size(); i++) {
                    long start = System.nanoTime();
                    select.setString(1, asked.get(i).replace(" ", " OR "));
                    Set<Integer> ten = new HashSet<>();
                    try (ResultSet rows = select.executeQuery()) {
                        while (rows.next()) {
                            ten.add(rows.getInt(1) - 1);
                        }
                    }
                    nanos[i] = System.nanoTime() - start;
                    found.add(ten);
                }
            }
            statement.execute("pragma wal_checkpoint(truncate)");
            Arrays.sort(nanos);
            return new Outcome(written.size() / seconds, nanos[nanos.length / 2] / 1e6, Files.size(file), found);
        }
    }

    private static Outcome lucene(Path directory, List<String> written, List<String> asked) throws IOException {
        try (var index = FSDirectory.open(directory)) {
            long began = System.nanoTime();
            try (var writer = new IndexWriter(index, new IndexWriterConfig(new WhitespaceAnalyzer()))) {
                for (int from = 0; from < written.size(); from += GROUP) {
                    for (int i = from; i < Math.min(written.size(), from + GROUP); i++) {
                        var document = new Document();
                        document.add(new TextField("body", written.get(i), Field.Store.NO));
                        document.add(new StoredField("number", i));
                        writer.addDocument(document);
                    }
                    writer.commit();
                }
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            long bytes = 0;
            for (String file : index.listAll()) {
                bytes += index.fileLength(file);
            }
            try (var reader = DirectoryReader.open(index)) {
                var searcher = new IndexSearcher(reader);
                var nanos = new long[asked.size()];
                var found = new ArrayList<Set<Integer>>();
                for (int i = 0; i < asked.size(); i++) {
                    long start = System.nanoTime();
                    var query = new BooleanQuery.Builder();
                    for (String word : asked.get(i).split(" ", -1)) {
                        query.add(new TermQuery(new Term("body", word)), BooleanClause.Occur.SHOULD);
                    }
                    Set<Integer> ten = new HashSet<>();
                    for (ScoreDoc hit : searcher.search(query.build(), TEN).scoreDocs) {
                        ten.add(searcher.storedFields()
                                .document(hit.doc)
                                .getField("number")
                                .numericValue()
                                .intValue());
                    }
                    nanos[i] = System.nanoTime() - start;
                    found.add(ten);
                }
                Arrays.sort(nanos);
                return new Outcome(written.size() / seconds, nanos[nanos.length / 2] / 1e6, bytes, found);
            }
        }
    }
}
