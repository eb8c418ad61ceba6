package dev.stele.store.sql;

import dev.stele.store.LineageView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Table of lineage: which items each item was derived from. Items are named by number, so that no id of an erased item
 * remains in the table.
 */
class LineageTable implements LineageView {

    /** Tables of the items that have ids. */
    private static final List<String> ITEMS =
            List.of("message", "archived", "note", "entity", "observation", "passage");

    private static final String NUMBERS_OF_IDS =
            ofEach("select number from {%1$s} where id in (select value from {texts ?1 v})", " union ");

    private static final String IDS_OF_NUMBERS =
            ofEach("select number, id from {%1$s} where number in (select value from {numbers ?1 v})", " union all ");

    private static String ofEach(String query, String separator) {
        return ITEMS.stream().map(query::formatted).collect(Collectors.joining(separator));
    }

    final SqlSession db;

    LineageTable(SqlSession db) {
        this.db = db;
    }

    @Override
    public Map<Long, List<Long>> sourcesOf(Collection<Long> items) {
        var sources = new HashMap<Long, List<Long>>();
        if (!items.isEmpty()) {
            db.each(
                    "select item, source from {lineage} where item in (select value from {numbers ?1 v}) order by item, source",
                    row -> sources.computeIfAbsent(row.number(1), _ -> new ArrayList<>())
                            .add(row.number(2)),
                    items);
        }
        return sources;
    }

    @Override
    public List<Long> sources(long item) {
        return db.list("select source from {lineage} where item = ? order by source", row -> row.number(1), item);
    }

    @Override
    public List<Long> derived(long source) {
        return db.list("select item from {lineage} where source = ? order by item", row -> row.number(1), source);
    }

    @Override
    public List<Long> numbers(Collection<String> ids) {
        return ids.isEmpty() ? List.of() : db.list(NUMBERS_OF_IDS + " order by number", row -> row.number(1), ids);
    }

    @Override
    public Map<Long, String> ids(Collection<Long> numbers) {
        var ids = new HashMap<Long, String>();
        if (!numbers.isEmpty()) {
            db.each(IDS_OF_NUMBERS, row -> ids.put(row.number(1), row.text(2)), numbers);
        }
        return ids;
    }

    @Override
    public void each(BiConsumer<Long, List<Long>> to) {
        var sources = new ArrayList<Long>();
        long[] item = {0};
        db.each("select item, source from {lineage} order by item, source", row -> {
            if (row.number(1) != item[0] && !sources.isEmpty()) {
                to.accept(item[0], List.copyOf(sources));
                sources.clear();
            }
            item[0] = row.number(1);
            sources.add(row.number(2));
        });
        if (!sources.isEmpty()) {
            to.accept(item[0], List.copyOf(sources));
        }
    }

    @Override
    public List<Long> expiredOfUser(String user) {
        return db.list("select number from {expired_source} where \"user\" = ?", row -> row.number(1), user);
    }

    @Override
    public Optional<ExpiredSource> expired(long source) {
        return db.first(
                "select \"user\", session from {expired_source} where number = ?",
                row -> new ExpiredSource(row.optionalText(1), row.text(2)),
                source);
    }

    @Override
    public List<Long> expiredOfSession(String session) {
        return db.list("select number from {expired_source} where session = ?", row -> row.number(1), session);
    }

    void verify(Consumer<String> problem) {
        db.each(
                "select distinct item from {lineage l} where item not in ("
                        + "select number from {message a} union all select number from {archived b}"
                        + " union all select number from {note c} union all select number from {entity d}"
                        + " union all select number from {observation e} union all select number from {relation f}"
                        + " union all select number from {interaction g} union all select number from {consolidation h}"
                        + " union all select number from {passage i})",
                row -> problem.accept("the lineage names item %d, which does not exist".formatted(row.number(1))));
    }
}
