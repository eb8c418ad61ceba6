package dev.stele.store.sql;

import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.store.Embedding;
import dev.stele.store.IndexEntry;
import dev.stele.store.ItemRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tables of the keyword index and of the vectors. Their content is derived from messages, notes, observations and
 * passages and is written in the same transaction.
 */
final class IndexTables {

    private static final String IN_RANGE = items("%1$s.number > ?1 and %1$s.number <= ?2", "?3");
    private static final String LISTED = items("%s.number in (select value from {numbers ?1 n})", "?2");

    /** Subquery of the numbers and ids of all live items. */
    private static final String LIVE = """
            (select number, id from {message} union all select number, id from {note}
             union all select number, id from {observation} where retired_at is null
             union all select number, id from {passage})""";

    private final SqlSession db;
    private final MetadataTable meta;
    private final KeywordIndex keywordIndex;
    /** Model name of the latest vector, cached for the transaction because every message needs its id. */
    private @Nullable String cachedModel;

    private long cachedModelId;
    private @Nullable String cachedServing;
    private boolean rulesChecked;

    IndexTables(SqlSession db) {
        this.db = db;
        this.meta = new MetadataTable(db);
        this.keywordIndex = db.dialect().words(db);
    }

    /**
     * Builds the query of live items with their vectors of a model, ordered by number. Each table returns its rows in
     * that order, and the database merges them: a sort of the whole result would be written to disk if it is large,
     * including the vectors.
     *
     * @param condition condition on the number, as a format string whose argument is the table alias
     * @param model SQL expression of the model's name, empty text for no vectors
     */
    private static String items(String condition, String model) {
        return """
                select m.number, 0, m.id, m.session, m."user", m.role, m.at, m.length, 0.5,
                       0, m.metadata, m.traits, m.form,
                       coalesce(case when m.role = 'user' then m."user" end, m.role), %s
                from {message m} where %s
                union all
                select n.number, 1, n.id, n.session, n."user", n.category, n.created_at, n.length, n.importance,
                       case when n.superseded_by is null then 0 else 1 end, n.json, n.traits, n.form, coalesce(n."user", ''), %s
                from {note n} where %s
                union all
                select o.number, 2, o.id, null, null, e.type, coalesce(o.at, o.recorded_at), o.length, 0.5, 0, null, o.traits, o.form, e.name, %s
                from {observation o} join {entity e} on e.number = o.entity
                where %s and o.retired_at is null
                union all
                select p.number, 3, p.id, null, null, d.collection, p.at, p.length, 0.5, 0, null, p.traits, p.form, '', %s
                from {passage p} join {document d} on d.number = p.document
                where %s
                order by 1""".formatted(Stream.of("m", "n", "o", "p")
                .flatMap(table -> Stream.of(vector(table, model), condition.formatted(table)))
                .toArray());
    }

    /** Returns the SQL expression of the vector of a row. */
    private static String vector(String table, String model) {
        String from =
                "(select v.vector from {%s v} where v.number = %s.number and v.model = (select id from {embedding_model} where name = %s))";
        return "case when %s <> '' then coalesce(%s, %s) end"
                .formatted(
                        model,
                        from.formatted("embedding", table, model),
                        from.formatted("embedding_coming", table, model));
    }

    void add(long number, IndexEntry indexing) {
        if (!rulesChecked) {
            // The first item determines the analyzer version of all items.
            if (meta.get(MetadataTable.RULES).isEmpty()
                    && !db.any("select 1 from " + keywordIndex.items("w") + " limit 1")) {
                meta.put(MetadataTable.RULES, indexing.rules());
            }
            rulesChecked = true;
        }
        keywordIndex.add(number, indexing);
        indexing.embedding().ifPresent(embedding -> addEmbedding(number, embedding));
    }

    String rules() {
        return meta.get(MetadataTable.RULES).orElse("");
    }

    void setRules(String rules) {
        meta.put(MetadataTable.RULES, rules);
    }

    long count() {
        return db.number("select count(*) from " + LIVE + " i");
    }

    List<Long> numbers(long after, int limit) {
        return db.list(
                "select i.number from " + LIVE + " i where i.number > ?1 order by i.number limit ?2",
                row -> row.number(1),
                after,
                limit);
    }

    void replaceWords(long number, IndexEntry indexing) {
        keywordIndex.remove(number);
        keywordIndex.add(number, indexing);
        for (String table : List.of("message", "note", "observation", "passage")) {
            db.change(
                    table,
                    "length = ?, traits = ?, form = ?",
                    "number = ?",
                    indexing.length(),
                    indexing.traits(),
                    indexing.form(),
                    number);
        }
    }

    void remove(long number) {
        keywordIndex.remove(number);
        removeEmbedding(number);
    }

    void removeEmbedding(long number) {
        db.delete("embedding", "number = ?", number);
        db.delete("embedding_coming", "number = ?", number);
    }

    void addEmbedding(long number, Embedding embedding) {
        byte[] bytes = bytes(embedding.vector());
        long model = modelId(embedding);
        if (serving().isEmpty()) {
            serve(embedding.model());
        }
        String table = serving().equals(embedding.model()) ? "embedding" : "embedding_coming";
        db.put(table, 1, "number, model, crc, vector", number, model, Checksum.of(number, model, bytes), bytes);
    }

    /** Returns the name of the serving model; empty text if no vector was stored yet. */
    String serving() {
        String cached = cachedServing;
        if (cached == null) {
            cached = meta.get(MetadataTable.MODEL).orElse("");
            cachedServing = cached;
        }
        return cached;
    }

    void serve(String model) {
        meta.put(MetadataTable.MODEL, model);
        cachedServing = model;
    }

    boolean unsettled() {
        return db.any("select 1 from {embedding_coming} limit 1");
    }

    /**
     * Moves pending vectors of the serving model into place and deletes pending vectors of other models.
     *
     * @return number of vectors that were moved or deleted
     */
    int settle(int limit) {
        record Coming(long number, long model, long crc, byte[] vector) {}
        long serving = db.number("select id from {embedding_model} where name = ?", serving());
        List<Coming> pending = db.list(
                "select number, model, crc, vector from {embedding_coming} order by number limit ?",
                row -> new Coming(row.number(1), row.number(2), row.number(3), row.bytes(4)),
                limit);
        for (Coming vector : pending) {
            if (vector.model() == serving) {
                db.put(
                        "embedding",
                        1,
                        "number, model, crc, vector",
                        vector.number(),
                        vector.model(),
                        vector.crc(),
                        vector.vector());
            }
        }
        for (Coming vector : pending) {
            db.delete("embedding_coming", "number = ?", vector.number());
        }
        return pending.size();
    }

    private long modelId(Embedding embedding) {
        if (!embedding.model().equals(cachedModel)) {
            cachedModelId = storedModelId(embedding);
            cachedModel = embedding.model();
        }
        return cachedModelId;
    }

    /** Clears the cached values after a rollback, which may have removed their rows. */
    void rolledBack() {
        keywordIndex.rolledBack();
        cachedModel = null;
        cachedServing = null;
        rulesChecked = false;
    }

    private long storedModelId(Embedding embedding) {
        String select = "select id from {embedding_model} where name = ?";
        long id = db.number(select, embedding.model());
        if (id == 0) {
            id = db.number("select max(id) from {embedding_model}") + 1;
            db.insert("embedding_model", "id, name, dimension", id, embedding.model(), embedding.vector().length);
        }
        return id;
    }

    Optional<Embedding> embedding(long number) {
        return db.first(
                "select m.name, e.vector from {embedding e} join {embedding_model m} on m.id = e.model where e.number = ?",
                row -> new Embedding(row.text(1), floats(row.bytes(2))),
                number);
    }

    Map<Long, float[]> vectors(Collection<Long> items, String model) {
        long modelNumber = db.number("select id from {embedding_model} where name = ?", model);
        var vectorsByNumber = new HashMap<Long, float[]>();
        for (String table : List.of("embedding", "embedding_coming")) {
            db.each(
                    "select number, vector from {" + table
                            + "} where number in (select value from {numbers ?1 n}) and model = ?2",
                    row -> vectorsByNumber.putIfAbsent(row.number(1), floats(row.bytes(2))),
                    items,
                    modelNumber);
        }
        return vectorsByNumber;
    }

    long embedded(String model) {
        return db.number(
                "select (select count(*) from {embedding e} where e.model = m.id) + (select count(*) from {embedding_coming c} where c.model = m.id)"
                        + " from {embedding_model m} where m.name = ?",
                model);
    }

    List<Long> unembedded(String model, long after, int limit) {
        return db.list("select i.number from " + LIVE + """
                 i
                where i.number > ?2 and not exists (select 1 from {embedding e} where e.number = i.number
                    and e.model = (select m.id from {embedding_model m} where m.name = ?1))
                and not exists (select 1 from {embedding_coming c} where c.number = i.number
                    and c.model = (select m.id from {embedding_model m} where m.name = ?1))
                order by i.number limit ?3""", row -> row.number(1), model, after, limit);
    }

    void each(long after, long upTo, String model, Consumer<ItemRow> to) {
        db.each(IN_RANGE, row -> to.accept(item(row)), after, upTo, model);
    }

    List<ItemRow> listed(Collection<Long> numbers, String model) {
        return numbers.isEmpty() ? List.of() : db.list(LISTED, IndexTables::item, numbers, model);
    }

    long[] postings(String term, long after) {
        return keywordIndex.postings(term, after);
    }

    long[] phrase(List<String> terms) {
        return keywordIndex.phrase(terms);
    }

    void tidy() {
        keywordIndex.tidy();
    }

    void verify(Consumer<String> problem) {
        for (String table : List.of("embedding", "embedding_coming")) {
            db.each(
                    "select e.number, e.model, e.crc, e.vector, coalesce(m.dimension, 0), coalesce(i.number, 0)"
                            + " from {" + table + " e} left join {embedding_model m} on m.id = e.model left join "
                            + LIVE
                            + " i on i.number = e.number",
                    row -> {
                        long number = row.number(1);
                        byte[] vector = row.bytes(4);
                        if (row.number(3) != Checksum.of(number, row.number(2), vector)) {
                            problem.accept("the vector of item " + number + " does not agree with its checksum");
                        } else if (vector.length != 4 * row.integer(5)) {
                            problem.accept("the vector of item " + number + " has the wrong length");
                        } else if (row.number(6) == 0) {
                            problem.accept("there is a vector of item " + number + ", which does not exist");
                        }
                    });
        }
        db.each(
                "select i.id from " + LIVE + " i where not exists (select 1 from " + keywordIndex.items("w")
                        + " where w.number = i.number)",
                row -> problem.accept("item " + Json.write(row.text(1)) + " is missing in the keyword index"));
        db.each(
                "select w.number from " + keywordIndex.items("w") + " where not exists (select 1 from " + LIVE
                        + " i where i.number = w.number)",
                row -> problem.accept("the keyword index holds item " + row.number(1) + ", which does not exist"));
        db.each(
                "select w.number from " + keywordIndex.items("w") + " group by w.number having count(*) > 1",
                row -> problem.accept("the keyword index holds item " + row.number(1) + " twice"));
    }

    private static ItemRow item(ResultRow row) {
        ItemKind kind = kind(row.integer(2));
        Optional<String> json = row.optionalText(11);
        Optional<Note> note =
                json.filter(_ -> kind == ItemKind.NOTE).map(text -> Note.fromJson(0, Json.readObject("note", text)));
        Optional<String> speaker = json.filter(text -> kind == ItemKind.MESSAGE && text.contains("\"speaker\""))
                .flatMap(IndexTables::speaker);
        return new ItemRow(
                row.number(1),
                kind,
                row.text(3),
                row.optionalText(4).orElse(""),
                row.optionalText(5).orElse(""),
                row.text(6),
                speaker.orElseGet(() -> row.text(14)),
                row.time(7),
                row.integer(8),
                row.integer(12),
                row.number(13),
                row.real(9),
                note.map(n -> Set.copyOf(n.body().tags())).orElse(Set.of()),
                row.integer(10) == 1,
                note.flatMap(n -> n.body().validFrom()),
                note.flatMap(n -> n.body().validTo()),
                Optional.ofNullable(row.bytesOrNull(15)).map(IndexTables::floats));
    }

    /** Returns the speaker that a message's metadata name. */
    private static Optional<String> speaker(String metadata) {
        return Optional.ofNullable(Json.readObject("metadata", metadata).raw().get("speaker"))
                .map(String::valueOf);
    }

    /** Returns the item kind of a code in the query of items. */
    private static ItemKind kind(int code) {
        return switch (code) {
            case 0 -> ItemKind.MESSAGE;
            case 1 -> ItemKind.NOTE;
            case 2 -> ItemKind.OBSERVATION;
            default -> ItemKind.PASSAGE;
        };
    }

    public static byte[] bytes(float[] vector) {
        var buffer = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(vector);
        return buffer.array();
    }

    public static float[] floats(byte[] bytes) {
        var vector = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        return vector;
    }
}
