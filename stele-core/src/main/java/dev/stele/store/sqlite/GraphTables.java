package dev.stele.store.sqlite;

import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphStats;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import dev.stele.store.Direction;
import dev.stele.store.Edge;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads of the graph inside one transaction. */
class GraphTables implements GraphView {

    private static final String ENTITY =
            "select e.number, e.id, e.version, e.name, e.type, e.aliases, e.attributes, e.stub, e.created_at, e.updated_at,"
                    + " e.retired_at, e.merged_into from entity e ";
    private static final String OBSERVATION =
            "select o.number, o.id, o.content, o.at, o.sources, o.recorded_at, o.retired_at, e.number, e.id, e.name, e.type"
                    + " from observation o join entity e on e.number = o.entity ";
    private static final String RELATION =
            "select r.number, r.id, r.version, r.type, r.fact, r.weight, r.attributes, r.valid_from, r.valid_to, r.sources,"
                    + " r.recorded_at, r.retired_at, s.number, s.id, s.name, s.type, t.number, t.id, t.name, t.type"
                    + " from relation r join entity s on s.number = r.source join entity t on t.number = r.target ";

    /** On record at a time; the arguments are a table and the place of the time. */
    private static final String ONCE =
            "%1$s.recorded_at <= %2$s and (%1$s.retired_at is null or %1$s.retired_at > %2$s)";

    /** Holding at a time. */
    private static final String HELD =
            " and (r.valid_from is null or r.valid_from <= %1$s) and (r.valid_to is null or r.valid_to > %1$s)";

    /** Shorter texts have no piece of three characters, by which the index finds. */
    private static final int PIECE = 3;

    final Db db;

    GraphTables(Db db) {
        this.db = db;
    }

    @Override
    public GraphStats size() {
        return new GraphStats(
                db.number("select count(*) from entity where retired_at is null and stub = 0"),
                db.number("select count(*) from observation where retired_at is null"),
                db.number("select count(*) from relation where retired_at is null"));
    }

    @Override
    public Optional<Entity> entity(long number) {
        return db.first(ENTITY + "where e.number = ?", GraphTables::entity, number);
    }

    @Override
    public Optional<Entity> entity(String id) {
        return db.first(ENTITY + "where e.id = ?", GraphTables::entity, id);
    }

    @Override
    public Optional<Entity> entity(long number, Instant at) {
        Optional<Entity> now = entity(number);
        if (now.isEmpty()) {
            return now;
        }
        Entity latest = now.get();
        if (latest.createdAt().isAfter(at)
                || latest.retiredAt().filter(end -> !end.isAfter(at)).isPresent()) {
            return Optional.empty();
        }
        if (!latest.updatedAt().isAfter(at)) {
            return now;
        }
        return db.first(
                "select number, json from entity_version where number = ?1 and from_at <= ?2 and to_at > ?2",
                GraphTables::earlier,
                number,
                at.toEpochMilli());
    }

    @Override
    public List<Entity> named(String key) {
        return db.list(
                ENTITY
                        + "join entity_name n on n.entity = e.number where n.key = ?1 and n.to_at is null order by e.key <> ?1, e.number",
                GraphTables::entity,
                key);
    }

    @Override
    public List<Entity> named(String key, Instant at) {
        return db
                .list(
                        "select distinct entity from entity_name where key = ?1 and from_at <= ?2 and (to_at is null or to_at > ?2) order by entity",
                        row -> row.getLong(1),
                        key,
                        at.toEpochMilli())
                .stream()
                .flatMap(number -> entity(number, at).stream())
                .sorted((a, b) -> Boolean.compare(
                        !Entity.key(a.name()).equals(key), !Entity.key(b.name()).equals(key)))
                .toList();
    }

    @Override
    public List<Entity> entities(Optional<String> type, long after, int limit) {
        return type.isPresent()
                ? db.list(
                        ENTITY + "where e.retired_at is null and e.type = ? and e.number > ? order by e.number limit ?",
                        GraphTables::entity,
                        type.get(),
                        after,
                        limit)
                : db.list(
                        ENTITY + "where e.number > ? and e.retired_at is null order by e.number limit ?",
                        GraphTables::entity,
                        after,
                        limit);
    }

    @Override
    public boolean isEmpty() {
        return db.number("select exists (select 1 from entity)") == 0;
    }

    @Override
    public List<Long> namedOneOf(Collection<String> keys) {
        return db.list(
                "select distinct n.entity from json_each(?) k cross join entity_name n on n.key = k.value where n.to_at is null order by 1",
                row -> row.getLong(1),
                Json.write(keys));
    }

    @Override
    public List<About> about(Collection<Long> entities, int most) {
        return db.list("""
                with chosen as materialized (select value as entity from json_each(?1)),
                known as (
                    select o.entity, o.number from chosen c cross join observation o on o.entity = c.entity
                    where o.retired_at is null),
                said as (
                    select entity, entity as number from chosen
                    union all select entity, number from known
                    union all select c.entity, r.number from chosen c cross join relation r on r.source = c.entity
                        where r.retired_at is null and r.target in (select entity from chosen)),
                sources as (select s.entity, p.item from said s cross join provenance p on p.number = s.number)
                select entity, number from known
                union select s.entity, m.number from sources s cross join message m on m.id = s.item
                union select s.entity, n.number from sources s cross join note n on n.id = s.item
                limit ?2""", row -> new About(row.getLong(1), row.getLong(2)), Json.write(entities), most);
    }

    @Override
    public List<Entity> entities(Collection<Long> numbers) {
        return db.list(
                ENTITY + "where e.number in (select value from json_each(?))",
                GraphTables::entity,
                Json.write(numbers));
    }

    @Override
    public Map<Long, EntityRef> refs(Collection<Long> numbers, Optional<Instant> at) {
        var found = new HashMap<Long, EntityRef>();
        if (at.isPresent()) {
            numbers.forEach(number -> entity(number, at.get()).ifPresent(entity -> found.put(number, entity.ref())));
        } else {
            db.list(
                            "select number, id, name, type from entity where number in (select value from json_each(?))",
                            row -> ref(row, 1),
                            Json.write(numbers))
                    .forEach(ref -> found.put(ref.number(), ref));
        }
        return found;
    }

    @Override
    public List<Entity> entityHistory(long entity) {
        return db.list(
                "select number, json from entity_version where number = ? order by version",
                GraphTables::earlier,
                entity);
    }

    @Override
    public List<Observation> observations(long entity, Optional<Instant> at) {
        return at.isEmpty()
                ? db.list(
                        OBSERVATION + "where o.entity = ? and o.retired_at is null order by o.number",
                        GraphTables::observation,
                        entity)
                : db.list(
                        OBSERVATION + "where o.entity = ?1 and " + ONCE.formatted("o", "?2") + " order by o.number",
                        GraphTables::observation,
                        entity,
                        at.get().toEpochMilli());
    }

    @Override
    public Map<Long, List<Observation>> observations(Collection<Long> entities) {
        var found = new HashMap<Long, List<Observation>>();
        for (Observation observation : db.list(
                OBSERVATION
                        + "where o.entity in (select value from json_each(?)) and o.retired_at is null order by o.number",
                GraphTables::observation,
                Json.write(entities))) {
            found.computeIfAbsent(observation.entity().number(), _ -> new ArrayList<>())
                    .add(observation);
        }
        return found;
    }

    @Override
    public Optional<Observation> observation(long entity, String content) {
        return db.first(
                OBSERVATION + "where o.entity = ? and o.content = ? and o.retired_at is null",
                GraphTables::observation,
                entity,
                content);
    }

    @Override
    public Optional<Observation> observation(String id) {
        return db.first(OBSERVATION + "where o.id = ?", GraphTables::observation, id);
    }

    /** An observation, retired or not. */
    final Optional<Observation> anyObservation(long number) {
        return db.first(OBSERVATION + "where o.number = ?", GraphTables::observation, number);
    }

    @Override
    public Map<Long, Observation> observationsByNumber(Collection<Long> numbers) {
        var found = new HashMap<Long, Observation>();
        for (long number : numbers) {
            db.first(OBSERVATION + "where o.number = ? and o.retired_at is null", GraphTables::observation, number)
                    .ifPresent(observation -> found.put(number, observation));
        }
        return found;
    }

    @Override
    public Optional<Relation> relation(String id) {
        return db.first(RELATION + "where r.id = ? order by r.version desc limit 1", GraphTables::relation, id);
    }

    @Override
    public List<Relation> relationHistory(String id) {
        return db.list(RELATION + "where r.id = ? order by r.version", GraphTables::relation, id);
    }

    @Override
    public List<Relation> relations(long from, String type, long to) {
        return db.list(
                RELATION
                        + "where r.source = ? and r.type = ? and r.target = ? and r.retired_at is null order by r.number",
                GraphTables::relation,
                from,
                type,
                to);
    }

    @Override
    public Map<Long, Relation> relationsByNumber(Collection<Long> numbers) {
        var found = new HashMap<Long, Relation>();
        for (Relation relation : db.list(
                RELATION + "where r.number in (select value from json_each(?))",
                GraphTables::relation,
                Json.write(numbers))) {
            found.put(relation.number(), relation);
        }
        return found;
    }

    @Override
    public List<Edge> edges(
            Collection<Long> entities, Direction direction, Set<String> types, GraphScope scope, int most) {
        String conditions = (types.isEmpty() ? "" : " and r.type in (select value from json_each(?2))")
                + (scope.known().isEmpty() ? " and r.retired_at is null" : " and " + ONCE.formatted("r", "?3"))
                + (scope.valid().isEmpty() ? "" : HELD.formatted("?4"));
        String columns =
                "select r.number, r.source, r.target, r.type, r.weight from json_each(?1) n cross join relation r on ";
        String out = columns + "r.source = n.value" + conditions;
        String in = columns + "r.target = n.value" + conditions;
        String sql = switch (direction) {
            case OUT -> out;
            case IN -> in;
            case BOTH -> out + " union all " + in;
        };
        // Sorted here, and each kept once that is met from both ends: that is quicker than SQL's own way of doing both.
        Map<Long, Edge> edges = new TreeMap<>();
        db.list(
                        sql + " limit ?5",
                        GraphTables::edge,
                        Json.write(entities),
                        types.isEmpty() ? null : Json.write(types),
                        millis(scope.known()),
                        millis(scope.valid()),
                        (long) most + 1)
                .forEach(edge -> edges.put(edge.number(), edge));
        return List.copyOf(edges.values());
    }

    @Override
    public void eachEdge(GraphScope scope, Consumer<Edge> to) {
        db.each(
                "select r.number, r.source, r.target, r.type, r.weight from relation r where ?1 is ?1 and ?2 is ?2 and "
                        + (scope.known().isEmpty() ? "r.retired_at is null" : ONCE.formatted("r", "?1"))
                        + (scope.valid().isEmpty() ? "" : HELD.formatted("?2")),
                row -> to.accept(edge(row)),
                millis(scope.known()),
                millis(scope.valid()));
    }

    @Override
    public long[] entityNumbers(Optional<Instant> at) {
        String where =
                at.isEmpty() ? "retired_at is null" : "created_at <= ?1 and (retired_at is null or retired_at > ?1)";
        return db
                .list(
                        "select number from entity where " + where + " order by number",
                        row -> row.getLong(1),
                        at.isEmpty()
                                ? new @Nullable Object[0]
                                : new @Nullable Object[] {at.get().toEpochMilli()})
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    @Override
    public List<Long> holding(String text, int most) {
        String holders =
                "select coalesce((select o.entity from observation o where o.number = t.number), t.number) as entity from (%s) t";
        String sql = text.codePointCount(0, text.length()) >= PIECE
                ? holders.formatted("select rowid as number from graph_text where graph_text match ?1")
                : holders.formatted(
                        "select number from entity where retired_at is null"
                                + " union all select number from observation where retired_at is null and (?1 is not null or 1)");
        return db.list(
                "select distinct entity from (" + sql + ") order by entity limit ?2",
                row -> row.getLong(1),
                '"' + text.replace("\"", "\"\"").replace("\u0000", "") + '"',
                most);
    }

    @Override
    public List<Long> fromItem(String item) {
        return db.list("select number from provenance where item = ? order by number", row -> row.getLong(1), item);
    }

    @Override
    public List<String> mentions(long entity) {
        return db.list("select item from provenance where number = ? order by item", row -> row.getString(1), entity);
    }

    @Override
    public List<Change> changesSince(Instant time, int limit) {
        return db.list(
                "select number, at, kind, item, ref from change where at > ? and kind between ? and ? order by number limit ?",
                ChangeTable::change,
                time.toEpochMilli(),
                ChangeKind.ENTITY_CREATED.code(),
                ChangeKind.RELATION_DELETED.code(),
                limit);
    }

    @Override
    public void eachEntity(Consumer<Entity> to) {
        db.each(ENTITY + "order by e.number", row -> to.accept(entity(row)));
    }

    @Override
    public List<Observation> everyObservation(long entity) {
        return db.list(OBSERVATION + "where o.entity = ? order by o.number", GraphTables::observation, entity);
    }

    @Override
    public void eachRelation(Consumer<Relation> to) {
        db.each(RELATION + "order by r.number", row -> to.accept(relation(row)));
    }

    void verify(Consumer<String> problem) {
        db.each("select number, id, version, name, key, type, aliases, attributes, crc from entity", row -> {
            if (row.getLong(9)
                    != Checksum.of(
                            row.getLong(1),
                            row.getString(2),
                            row.getLong(3),
                            row.getString(4),
                            row.getString(6),
                            row.getString(7),
                            row.getString(8))) {
                problem.accept("entity " + Json.write(row.getString(2)) + " does not agree with its checksum");
            } else if (!Entity.key(row.getString(4)).equals(row.getString(5))) {
                problem.accept("entity " + Json.write(row.getString(2)) + " is listed under another name");
            }
        });
        db.each("select number, id, entity, content, sources, crc from observation", row -> {
            if (row.getLong(6)
                    != Checksum.of(
                            row.getLong(1), row.getString(2), row.getLong(3), row.getString(4), row.getString(5))) {
                problem.accept("observation " + Json.write(row.getString(2)) + " does not agree with its checksum");
            }
        });
        db.each("select number, id, source, target, type, fact, attributes, sources, crc from relation", row -> {
            if (row.getLong(9)
                    != Checksum.of(
                            row.getLong(1),
                            row.getString(2),
                            row.getLong(3),
                            row.getLong(4),
                            row.getString(5),
                            row.getString(6),
                            row.getString(7),
                            row.getString(8))) {
                problem.accept("relation " + Json.write(row.getString(2)) + " does not agree with its checksum");
            }
        });
        problems(
                problem,
                "relation %s begins or ends at an entity that does not exist",
                "select id from relation r where not exists (select 1 from entity where number = r.source)"
                        + " or not exists (select 1 from entity where number = r.target)");
        problems(
                problem,
                "relation %s of today begins or ends at an entity that was retired",
                "select r.id from relation r join entity e on e.number in (r.source, r.target)"
                        + " where r.retired_at is null and e.retired_at is not null");
        problems(
                problem,
                "observation %s is about an entity that does not exist or was retired before it",
                "select o.id from observation o left join entity e on e.number = o.entity"
                        + " where e.number is null or (o.retired_at is null and e.retired_at is not null)");
        problems(
                problem,
                "entity %s is not found by its name",
                "select id from entity e where retired_at is null"
                        + " and not exists (select 1 from entity_name n where n.entity = e.number and n.key = e.key and n.to_at is null)");
        problems(
                problem,
                "entity %s is missing in the index of texts",
                "select id from entity e where retired_at is null and not exists (select 1 from graph_text_docsize where id = e.number)");
        problems(
                problem,
                "observation %s is missing in the index of texts",
                "select id from observation o where retired_at is null and not exists (select 1 from graph_text_docsize where id = o.number)");
        problems(
                problem,
                "item %s of the index of texts does not exist",
                "select cast(t.id as text) from graph_text_docsize t"
                        + " where not exists (select 1 from entity where number = t.id and retired_at is null)"
                        + " and not exists (select 1 from observation where number = t.id and retired_at is null)");
    }

    private void problems(Consumer<String> problem, String what, String sql) {
        db.each(sql, row -> problem.accept(what.formatted(Json.write(row.getString(1)))));
    }

    static @Nullable Long millis(Optional<Instant> time) {
        return time.map(Instant::toEpochMilli).orElse(null);
    }

    private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static List<String> texts(@Nullable String json) {
        return json == null ? List.of() : SqliteView.refs(json);
    }

    private static Map<String, @Nullable Object> attributes(@Nullable String json) {
        return json == null ? Map.of() : Json.readObject("attributes", json).raw();
    }

    private static Edge edge(ResultSet row) throws SQLException {
        return new Edge(row.getLong(1), row.getLong(2), row.getLong(3), row.getString(4), row.getDouble(5));
    }

    private static EntityRef ref(ResultSet row, int first) throws SQLException {
        return new EntityRef(
                row.getLong(first), row.getString(first + 1), row.getString(first + 2), row.getString(first + 3));
    }

    private static Entity entity(ResultSet row) throws SQLException {
        return new Entity(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getString(4),
                row.getString(5),
                texts(row.getString(6)),
                attributes(row.getString(7)),
                row.getInt(8) == 1,
                Instant.ofEpochMilli(row.getLong(9)),
                Instant.ofEpochMilli(row.getLong(10)),
                time(row, 11),
                Optional.ofNullable(row.getString(12)));
    }

    private static Entity earlier(ResultSet row) throws SQLException {
        return Entity.fromJson(row.getLong(1), JsonObject.of("entity", Json.read(row.getString(2))));
    }

    private static Observation observation(ResultSet row) throws SQLException {
        return new Observation(
                row.getLong(1),
                row.getString(2),
                ref(row, 8),
                row.getString(3),
                time(row, 4),
                texts(row.getString(5)),
                Instant.ofEpochMilli(row.getLong(6)),
                time(row, 7));
    }

    private static Relation relation(ResultSet row) throws SQLException {
        return new Relation(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                ref(row, 13),
                ref(row, 17),
                row.getString(4),
                Optional.ofNullable(row.getString(5)),
                row.getDouble(6),
                attributes(row.getString(7)),
                time(row, 8),
                time(row, 9),
                texts(row.getString(10)),
                Instant.ofEpochMilli(row.getLong(11)),
                time(row, 12));
    }

    /** Names and aliases by their keys, each once. */
    static List<String> keys(Entity entity) {
        return Stream.concat(Stream.of(entity.name()), entity.aliases().stream())
                .map(Entity::key)
                .distinct()
                .toList();
    }
}
