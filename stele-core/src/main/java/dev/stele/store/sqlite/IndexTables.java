package dev.stele.store.sqlite;

import dev.stele.model.ItemKind;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.store.Embedding;
import dev.stele.store.Indexing;
import dev.stele.store.ItemRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keyword index and vectors: derived from messages, notes and observations, written in the same transaction. */
final class IndexTables {

    private static final String ITEMS = """
            select i.number, i.item, i.id, i.session, i.user, i.kind, i.at, i.length, i.importance, i.superseded, i.json, coalesce(e.vector, c.vector),
                   i.traits, i.speaker
            from (select number, 0 as item, id, session, user, role as kind, at, length, 0.5 as importance,
                         0 as superseded, null as json, traits,
                         coalesce(json_extract(metadata, '$.speaker'), iif(role = 'user', user, null), role) as speaker
                  from message where number > ?1 and number <= ?2
                  union all
                  select number, 1, id, session, user, category, created_at, length, importance,
                         superseded_by is not null, json, traits, coalesce(user, '') from note where number > ?1 and number <= ?2
                  union all
                  select o.number, 2, o.id, null, null, e.type, coalesce(o.at, o.recorded_at), o.length, 0.5, 0, null, o.traits, e.name
                  from observation o join entity e on e.number = o.entity
                  where o.number > ?1 and o.number <= ?2 and o.retired_at is null
                  union all
                  select p.number, 3, p.id, null, null, d.collection, p.at, p.length, 0.5, 0, null, p.traits, ''
                  from passage p join document d on d.number = p.document
                  where p.number > ?1 and p.number <= ?2) i
            left join embedding e on e.number = i.number and e.model = (select id from embedding_model where name = ?3)
            left join embedding_coming c on c.number = i.number and c.model = (select id from embedding_model where name = ?3)
            order by i.number""";

    private final Db db;
    /** Asked for once in a transaction, of which every message needs it. */
    private @Nullable String knownModel;

    private long knownModelId;
    private @Nullable String knownServing;
    private boolean rulesKnown;

    IndexTables(Db db) {
        this.db = db;
    }

    void add(long number, Indexing indexing) {
        if (!rulesKnown) {
            // The first item says for all by which rules they are analysed.
            db.update(
                    "insert into meta (key, value) select 'rules', ? where not exists (select 1 from meta where key = 'rules')"
                            + " and not exists (select 1 from keyword_docsize)",
                    indexing.rules());
            rulesKnown = true;
        }
        addWords(number, indexing);
        indexing.embedding().ifPresent(embedding -> addEmbedding(number, embedding));
    }

    String rules() {
        return db.first("select value from meta where key = 'rules'", row -> row.getString(1))
                .orElse("");
    }

    void setRules(String rules) {
        db.update(
                "insert into meta (key, value) values ('rules', ?) on conflict (key) do update set value = excluded.value",
                rules);
    }

    List<Long> numbers(long after, int limit) {
        return db.list(
                "select number from (select number from message where number > ?1 union all select number from note where number > ?1"
                        + " union all select number from observation where number > ?1 and retired_at is null"
                        + " union all select number from passage where number > ?1) order by number limit ?2",
                row -> row.getLong(1),
                after,
                limit);
    }

    void replaceWords(long number, Indexing indexing) {
        db.update("delete from keyword where rowid = ?", number);
        addWords(number, indexing);
        for (String table : List.of("message", "note", "observation", "passage")) {
            db.update(
                    "update " + table + " set length = ?, traits = ? where number = ?",
                    indexing.length(),
                    indexing.traits(),
                    number);
        }
    }

    private void addWords(long number, Indexing indexing) {
        db.update(
                "insert into keyword (rowid, body, context) values (?, ?, ?)",
                number,
                indexing.body(),
                indexing.context());
    }

    void remove(long number) {
        db.update("delete from keyword where rowid = ?", number);
        db.update("delete from embedding where number = ?", number);
        db.update("delete from embedding_coming where number = ?", number);
    }

    void addEmbedding(long number, Embedding embedding) {
        byte[] bytes = bytes(embedding.vector());
        long model = modelId(embedding);
        if (serving().isEmpty()) {
            serve(embedding.model());
        }
        String table = serving().equals(embedding.model()) ? "embedding" : "embedding_coming";
        db.update(
                "insert or replace into " + table + " (number, model, crc, vector) values (?, ?, ?, ?)",
                number,
                model,
                Checksum.of(number, model, bytes),
                bytes);
    }

    /** The model by whose vectors is recalled; empty text before there is any vector. */
    String serving() {
        String known = knownServing;
        if (known == null) {
            known = db.first("select value from meta where key = 'model'", row -> row.getString(1))
                    .orElse("");
            knownServing = known;
        }
        return known;
    }

    void serve(String model) {
        db.update(
                "insert into meta (key, value) values ('model', ?) on conflict (key) do update set value = excluded.value",
                model);
        knownServing = model;
    }

    boolean unsettled() {
        return db.number("select exists (select 1 from embedding_coming)") > 0;
    }

    /** Moves vectors of the model that serves to their place, and drops others that wait there; returns how many it touched. */
    int settle(int limit) {
        String chosen = "select number from embedding_coming order by number limit " + limit;
        db.update(
                "insert or replace into embedding (number, model, crc, vector) select number, model, crc, vector from embedding_coming"
                        + " where number in (" + chosen
                        + ") and model = (select id from embedding_model where name = ?)",
                serving());
        return db.update("delete from embedding_coming where number in (" + chosen + ")");
    }

    private long modelId(Embedding embedding) {
        if (!embedding.model().equals(knownModel)) {
            knownModelId = storedModelId(embedding);
            knownModel = embedding.model();
        }
        return knownModelId;
    }

    /** After a rollback, which may have taken the model's row with it. */
    void forgetModel() {
        knownModel = null;
        knownServing = null;
        rulesKnown = false;
    }

    private long storedModelId(Embedding embedding) {
        String select = "select id from embedding_model where name = ?";
        long id = db.number(select, embedding.model());
        if (id == 0) {
            db.update(
                    "insert into embedding_model (name, dimension) values (?, ?)",
                    embedding.model(),
                    embedding.vector().length);
            id = db.number(select, embedding.model());
        }
        return id;
    }

    Optional<Embedding> embedding(long number) {
        return db.first(
                "select m.name, e.vector from embedding e join embedding_model m on m.id = e.model where e.number = ?",
                row -> new Embedding(row.getString(1), floats(row.getBytes(2))),
                number);
    }

    Map<Long, float[]> vectors(Collection<Long> items, String model) {
        long wanted = db.number("select id from embedding_model where name = ?", model);
        var found = new HashMap<Long, float[]>();
        for (long item : items) {
            db.first(
                            "select vector from embedding where number = ?1 and model = ?2"
                                    + " union all select vector from embedding_coming where number = ?1 and model = ?2",
                            row -> floats(row.getBytes(1)),
                            item,
                            wanted)
                    .ifPresent(vector -> found.put(item, vector));
        }
        return found;
    }

    long embedded(String model) {
        return db.number(
                "select (select count(*) from embedding e where e.model = m.id) + (select count(*) from embedding_coming c where c.model = m.id)"
                        + " from embedding_model m where m.name = ?",
                model);
    }

    List<Long> unembedded(String model, int limit) {
        return db.list("""
                select number from (select number from message union all select number from note
                    union all select number from observation where retired_at is null
                    union all select number from passage) i
                where not exists (select 1 from embedding e where e.number = i.number
                    and e.model = (select id from embedding_model where name = ?1))
                and not exists (select 1 from embedding_coming c where c.number = i.number
                    and c.model = (select id from embedding_model where name = ?1))
                order by number limit ?2""", row -> row.getLong(1), model, limit);
    }

    void each(long after, long upTo, String model, Consumer<ItemRow> to) {
        db.each(ITEMS, row -> to.accept(item(row)), after, upTo, model);
    }

    /** The occurrences of a term. They come as one text, for a call across the native border costs more than parsing. */
    long[] postings(String term, long after) {
        String text = db.first(
                        "select coalesce(group_concat(doc, ','), '') from keyword_posting where term = ? and doc > ?",
                        row -> row.getString(1),
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

    /** Items that hold terms one after another; analysed terms hold no quotes. */
    long[] phrase(List<String> terms) {
        return db
                .list(
                        "select rowid from keyword where keyword match ? order by rowid",
                        row -> row.getLong(1),
                        '"' + String.join(" ", terms) + '"')
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    void verify(Consumer<String> problem) {
        db.each(
                "select e.number, e.model, e.crc, e.vector, m.dimension,"
                        + " exists (select 1 from message where number = e.number) or exists (select 1 from note where number = e.number)"
                        + " or exists (select 1 from observation where number = e.number and retired_at is null)"
                        + " or exists (select 1 from passage where number = e.number)"
                        + " from (select * from embedding union all select * from embedding_coming) e left join embedding_model m on m.id = e.model",
                row -> {
                    long number = row.getLong(1);
                    byte[] vector = row.getBytes(4);
                    if (row.getLong(3) != Checksum.of(number, row.getLong(2), vector)) {
                        problem.accept("the vector of item " + number + " does not agree with its checksum");
                    } else if (vector.length != 4 * row.getInt(5)) {
                        problem.accept("the vector of item " + number + " has the wrong length");
                    } else if (row.getInt(6) == 0) {
                        problem.accept("there is a vector of item " + number + ", which does not exist");
                    }
                });
        db.each(
                """
                select i.number, i.id from (select number, id from message union all select number, id from note
                    union all select number, id from observation where retired_at is null
                    union all select number, id from passage) i
                where not exists (select 1 from keyword_docsize k where k.id = i.number)""",
                row -> problem.accept("item " + Json.write(row.getString(2)) + " is missing in the keyword index"));
        db.each(
                """
                select k.id from keyword_docsize k where not exists (select 1 from message where number = k.id)
                    and not exists (select 1 from note where number = k.id)
                    and not exists (select 1 from observation where number = k.id and retired_at is null)
                    and not exists (select 1 from passage where number = k.id)""",
                row -> problem.accept("the keyword index holds item " + row.getLong(1) + ", which does not exist"));
    }

    private static ItemRow item(ResultSet row) throws SQLException {
        String json = row.getString(11);
        Optional<Note> note = Optional.ofNullable(json).map(text -> Note.fromJson(0, Json.readObject("note", text)));
        byte[] vector = row.getBytes(12);
        String session = row.getString(4);
        String user = row.getString(5);
        return new ItemRow(
                row.getLong(1),
                kind(row.getInt(2)),
                row.getString(3),
                session == null ? "" : session,
                user == null ? "" : user,
                row.getString(6),
                row.getString(14),
                Instant.ofEpochMilli(row.getLong(7)),
                row.getInt(8),
                row.getInt(13),
                row.getDouble(9),
                note.map(n -> Set.copyOf(n.body().tags())).orElse(Set.of()),
                row.getInt(10) == 1,
                note.flatMap(n -> n.body().validFrom()),
                note.flatMap(n -> n.body().validTo()),
                vector == null ? Optional.empty() : Optional.of(floats(vector)));
    }

    /** By the numbers that the query of items gives. */
    private static ItemKind kind(int code) {
        return switch (code) {
            case 0 -> ItemKind.MESSAGE;
            case 1 -> ItemKind.NOTE;
            case 2 -> ItemKind.OBSERVATION;
            default -> ItemKind.PASSAGE;
        };
    }

    static byte[] bytes(float[] vector) {
        var buffer = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(vector);
        return buffer.array();
    }

    static float[] floats(byte[] bytes) {
        var vector = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        return vector;
    }
}
