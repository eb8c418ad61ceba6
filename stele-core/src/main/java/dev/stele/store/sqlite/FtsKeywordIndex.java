package dev.stele.store.sqlite;

import dev.stele.store.IndexEntry;
import dev.stele.store.sql.KeywordIndex;
import dev.stele.store.sql.SqlSession;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Keyword index in a contentless FTS table, which takes items in batches. Until then, the terms of an item are a row of
 * the table of pending terms, and every search looks there, too. So what was committed is found at once and by every
 * process, in the same way before and after it is moved.
 *
 * <p>FTS writes a segment of its own for each transaction and merges it several times with others. For transactions of
 * 64 messages this was a quarter of the pages that they wrote.
 */
final class FtsKeywordIndex implements KeywordIndex {

    /**
     * Number of pending items from which on they are moved into the FTS table. A search reads them all, about 0.3
     * microseconds each; more of them would hardly make a write faster.
     */
    private static final int BATCH = 512;

    private static final int UNKNOWN = -1;

    private final SqlSession db;
    /** Number of pending items, or {@link #UNKNOWN}. Too high by those that were removed since it was read. */
    private long pending = UNKNOWN;

    FtsKeywordIndex(SqlSession db) {
        this.db = db;
    }

    @Override
    public void add(long item, IndexEntry indexing) {
        if (pending == UNKNOWN) {
            pending = db.number("select count(*) from pending_terms");
        }
        if (pending >= BATCH) {
            movePending();
        }
        db.update(
                "insert into pending_terms (number, body, context) values (?, ?, ?)",
                item,
                spaced(indexing.body()),
                spaced(indexing.context()));
        pending++;
    }

    private void movePending() {
        db.update("insert into keyword (rowid, body, context)"
                + " select number, body, context from pending_terms order by number");
        db.update("delete from pending_terms");
        pending = 0;
    }

    private static String spaced(String terms) {
        return ' ' + terms + ' ';
    }

    @Override
    public void remove(long item) {
        if (db.update("delete from pending_terms where number = ?", item) == 0) {
            db.update("delete from keyword where rowid = ?", item);
        }
    }

    @Override
    public void rolledBack() {
        pending = UNKNOWN;
    }

    @Override
    public long[] postings(String term, long after) {
        long[] indexed = indexedPostings(term, after);
        long[] recent = pendingPostings(term, after);
        if (recent.length == 0) {
            return indexed;
        }
        long[] all = concat(indexed, recent);
        if (indexed.length > 0 && indexed[indexed.length - 1] > recent[0]) {
            Arrays.sort(all); // an edited item is pending again, under its old number
        }
        return all;
    }

    /**
     * Returns the numbers of indexed items that contain a term. The query returns them as one text, because a call
     * across the JNI boundary costs more than parsing.
     */
    private long[] indexedPostings(String term, long after) {
        String text = db.first(
                        "select coalesce(group_concat(doc, ','), '') from keyword_posting where term = ? and doc > ?",
                        row -> row.text(1),
                        term,
                        after)
                .orElse("");
        if (text.isEmpty()) {
            return new long[0];
        }
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ',') {
                count++;
            }
        }
        var items = new long[count];
        int next = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ',') {
                next++;
            } else {
                items[next] = items[next] * 10 + (c - '0');
            }
        }
        return items;
    }

    private long[] pendingPostings(String term, long after) {
        record Terms(long item, String body, String context) {}
        String spaced = spaced(term);
        return db
                .list(
                        "select number, body, context from pending_terms"
                                + " where number > ?1 and (instr(body, ?2) > 0 or instr(context, ?2) > 0) order by number",
                        row -> new Terms(row.number(1), row.text(2), row.text(3)),
                        after,
                        spaced)
                .stream()
                .flatMapToLong(terms -> LongStream.generate(terms::item)
                        .limit(count(terms.body(), spaced) + (long) count(terms.context(), spaced)))
                .toArray();
    }

    /** Returns how often a text contains a term with the blanks around it; neighbors share a blank. */
    private static int count(String text, String spaced) {
        int count = 0;
        for (int at = text.indexOf(spaced); at >= 0; at = text.indexOf(spaced, at + spaced.length() - 1)) {
            count++;
        }
        return count;
    }

    @Override
    public long[] phrase(List<String> terms) {
        String phrase = String.join(" ", terms);
        long[] indexed = numbers("select rowid from keyword where keyword match ? order by rowid", '"' + phrase + '"');
        long[] recent = numbers(
                "select number from pending_terms where instr(body, ?1) > 0 or instr(context, ?1) > 0 order by number",
                spaced(phrase));
        if (recent.length == 0) {
            return indexed;
        }
        return Arrays.stream(concat(indexed, recent)).sorted().toArray();
    }

    private long[] numbers(String query, String phrase) {
        return db.list(query, row -> row.number(1), phrase).stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    private static long[] concat(long[] first, long[] second) {
        long[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Override
    public String items(String alias) {
        return "(select id as number from keyword_docsize union all select number from pending_terms) " + alias;
    }

    @Override
    public void tidy() {
        db.update("insert into keyword (keyword) values ('optimize')");
    }
}
