package dev.stele.postgres;

import dev.stele.store.IndexEntry;
import dev.stele.store.sql.KeywordIndex;
import dev.stele.store.sql.SqlSession;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Words as {@code tsvector}, with their positions. Each has its agent's number before it: that makes the lists of the inverted index
 * those of one agent.
 *
 * <p>A {@code tsvector} knows at most 256 positions of a word and none beyond 16,383, and takes a megabyte at most
 * (postgresql.org/docs/current/textsearch-limitations.html): in longer texts a word counts less often than it stands, and of words
 * without end the last are not found.
 */
record TsvectorKeywordIndex(SqlSession db) implements KeywordIndex {

    private static final int LAST_POSITION = 16_383;
    /** Room for words and positions, some below what the server takes. */
    private static final int MAX_BYTES = 900_000;
    /** Between content and context, so that no phrase goes from one into the other. */
    private static final int GAP = 2;

    @Override
    public void add(long item, IndexEntry indexing) {
        var positions = new LinkedHashMap<String, List<Integer>>();
        int next = place(indexing.body(), 1, positions);
        place(indexing.context(), next + GAP, positions);
        int bytes = 0;
        var words = new StringBuilder();
        for (Map.Entry<String, List<Integer>> word : positions.entrySet()) {
            String lexeme = lexeme(word.getKey());
            bytes += lexeme.getBytes(StandardCharsets.UTF_8).length
                    + 8
                    + 2 * word.getValue().size();
            if (bytes > MAX_BYTES) {
                break;
            }
            words.append(lexeme).append(':');
            words.append(word.getValue().stream().map(String::valueOf).collect(Collectors.joining(",")));
            words.append(' ');
        }
        db.put("keyword", 1, "number, words", item, words.toString());
    }

    private static int place(String terms, int first, Map<String, List<Integer>> positions) {
        int next = first;
        for (String term : terms.split(" ", -1)) {
            if (!term.isEmpty()) {
                positions.computeIfAbsent(term, _ -> new ArrayList<>()).add(Math.min(next, LAST_POSITION));
                next++;
            }
        }
        return next;
    }

    /** A word in quotes, as vectors and queries of words want it. */
    private String lexeme(String term) {
        return "'" + db.agent() + ":" + term.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    @Override
    public void remove(long item) {
        db.delete("keyword", "number = ?", item);
    }

    @Override
    public long[] postings(String term, long after) {
        var numbers = new LongBuffer();
        db.each(
                "select k.number, coalesce(cardinality(w.positions), 1) from {keyword k}, unnest(k.words) w"
                        + " where k.words @@ cast(?1 as tsquery) and w.lexeme = ?2 and k.number > ?3 order by k.number",
                row -> numbers.add(row.number(1), row.integer(2)),
                lexeme(term),
                db.agent() + ":" + term,
                after);
        return numbers.all();
    }

    @Override
    public long[] phrase(List<String> terms) {
        var numbers = new LongBuffer();
        db.each(
                "select k.number from {keyword k} where k.words @@ cast(?1 as tsquery) order by k.number",
                row -> numbers.add(row.number(1), 1),
                terms.stream().map(this::lexeme).collect(Collectors.joining(" <-> ")));
        return numbers.all();
    }

    @Override
    public String items(String alias) {
        return "{keyword " + alias + "}";
    }

    /** Vacuum takes away what was deleted, and only the server's own keeps it up. */
    @Override
    public void tidy() {}
}
