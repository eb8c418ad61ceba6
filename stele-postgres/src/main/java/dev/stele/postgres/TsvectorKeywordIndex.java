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
 * Keyword index of an agent with positions, stored as {@code tsvector} with a GIN index.
 *
 * <p>Each term has the number of its agent as a prefix, so that a posting list of the inverted index belongs to one
 * agent.
 *
 * <p>A {@code tsvector} stores at most 256 positions of a term, no position above 16,383, and at most a megabyte
 * (postgresql.org/docs/current/textsearch-limitations.html). In longer texts the term frequency is too low, and the
 * last of very many different terms are not indexed.
 */
record TsvectorKeywordIndex(SqlSession db) implements KeywordIndex {

    private static final int MAX_POSITION = 16_383;
    /** Maximum size of a vector in bytes; below the limit of the server, because the size is estimated. */
    private static final int MAX_BYTES = 900_000;
    /** Number of free positions between content and context, so that no phrase spans both. */
    private static final int POSITION_GAP = 2;

    @Override
    public void add(long item, IndexEntry indexing) {
        var positions = new LinkedHashMap<String, List<Integer>>();
        int next = addPositions(indexing.body(), 1, positions);
        addPositions(indexing.context(), next + POSITION_GAP, positions);
        int bytes = 0;
        var words = new StringBuilder();
        for (Map.Entry<String, List<Integer>> entry : positions.entrySet()) {
            String lexeme = lexeme(entry.getKey());
            bytes += lexeme.getBytes(StandardCharsets.UTF_8).length
                    + 8
                    + 2 * entry.getValue().size();
            if (bytes > MAX_BYTES) {
                break;
            }
            words.append(lexeme).append(':');
            words.append(entry.getValue().stream().map(String::valueOf).collect(Collectors.joining(",")));
            words.append(' ');
        }
        db.put("keyword", 1, "number, words", item, words.toString());
    }

    /** Adds the positions of terms, and returns the position after the last one. */
    private static int addPositions(String terms, int first, Map<String, List<Integer>> positions) {
        int next = first;
        for (String term : terms.split(" ", -1)) {
            if (!term.isEmpty()) {
                positions.computeIfAbsent(term, _ -> new ArrayList<>()).add(Math.min(next, MAX_POSITION));
                next++;
            }
        }
        return next;
    }

    /** Returns a term with the prefix of the agent, quoted for {@code tsvector} and {@code tsquery}. */
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

    /** Does nothing: autovacuum of the server removes deleted entries. */
    @Override
    public void tidy() {}
}
