package dev.stele.store.sql;

import dev.stele.model.Interaction;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.store.LineageView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

    /** Tables of derived items. */
    private static final List<String> DERIVED =
            List.of("message", "note", "entity", "observation", "relation", "interaction", "consolidation");

    /** Tables of items from which others may be derived. */
    private static final List<String> SOURCES = List.of(
            "message",
            "archived",
            "note",
            "entity",
            "observation",
            "relation",
            "interaction",
            "consolidation",
            "document",
            "passage");

    /** Maximum number of ids in a remark. */
    private static final int MAX_EXAMPLES = 5;

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

    /**
     * Reports derived items whose sources are unknown: no erasure of a source reaches them. They are from versions that
     * kept no lineage, or a caller has named sources that do not exist.
     */
    void reportUnattributed(Consumer<String> remark) {
        var withoutSources = new TreeMap<String, List<String>>();
        String none =
                " where not exists (select 1 from {lineage l} where l.item = i.number and l.source <> " + CALLER + ")";
        db.each("select i.number, i.json from {note i}" + none, row -> {
            Note note = NoteTable.note(row);
            NoteDraft body = note.body();
            if (!body.provenance().isEmpty()
                    || !body.evidence().isEmpty()
                    || body.category().equals(Note.SUMMARY)) {
                add(withoutSources, "notes", note.id());
            }
        });
        for (String table : List.of("observation", "relation")) {
            db.each(
                    "select i.id, i.sources from {" + table + " i}" + none,
                    row -> row.optionalText(2)
                            .filter(sources -> !SqlView.refs(sources).isEmpty())
                            .ifPresent(_ -> add(withoutSources, table + "s", row.text(1))));
        }
        db.each("select i.number, i.json from {interaction i}" + none, row -> {
            Interaction interaction = ReflectionTables.interaction(row);
            if (!interaction.draft().messages().isEmpty()) {
                add(withoutSources, "interactions", interaction.id());
            }
        });
        db.each("select i.id from {consolidation i}" + none, row -> add(withoutSources, "consolidations", row.text(1)));
        withoutSources.forEach((kind, ids) -> remark.accept(unattributed(kind, ids, "no source that is known")));

        var lost = new TreeMap<String, List<String>>();
        for (String table : DERIVED) {
            db.each(
                    "select distinct i.id from {" + table
                            + " i} join {lineage l} on l.item = i.number where l.source <> "
                            + CALLER + " and not exists (select 1 from {expired_source x} where x.number = l.source)"
                            + SOURCES.stream()
                                    .map(" and not exists (select 1 from {%s s} where s.number = l.source)"::formatted)
                                    .collect(Collectors.joining()),
                    row -> add(lost, table + "s", row.text(1)));
        }
        lost.forEach((kind, ids) -> remark.accept(unattributed(kind, ids, "a source that does not exist")));
    }

    private static void add(Map<String, List<String>> to, String kind, String id) {
        to.computeIfAbsent(kind, _ -> new ArrayList<>()).add(id);
    }

    private static String unattributed(String kind, List<String> ids, String what) {
        List<String> examples = ids.subList(0, Math.min(MAX_EXAMPLES, ids.size()));
        return "%s with %s, which an erasure of their sources does not reach: %d (%s%s)"
                .formatted(
                        kind, what, ids.size(), String.join(", ", examples), examples.size() < ids.size() ? ", …" : "");
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
