package dev.stele.store.sql;

import dev.stele.model.Change;
import dev.stele.model.ChangeKind;
import dev.stele.model.Direction;
import dev.stele.model.Edge;
import dev.stele.model.Entity;
import dev.stele.model.EntityRef;
import dev.stele.model.GraphStats;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.Observation;
import dev.stele.model.Relation;
import dev.stele.store.GraphScope;
import dev.stele.store.GraphView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Read access to the graph inside one transaction. */
class GraphTables implements GraphView {

    private static final String ENTITY =
            "select e.number, e.id, e.version, e.name, e.type, e.aliases, e.attributes, e.stub, e.created_at, e.updated_at,"
                    + " e.retired_at, e.merged_into from {entity e} ";
    private static final String OBSERVATION =
            "select o.number, o.id, o.content, o.at, o.sources, o.recorded_at, o.retired_at, e.number, e.id, e.name, e.type"
                    + " from {observation o} join {entity e} on e.number = o.entity ";
    private static final String RELATION =
            "select r.number, r.id, r.version, r.type, r.fact, r.weight, r.attributes, r.valid_from, r.valid_to, r.sources,"
                    + " r.recorded_at, r.retired_at, s.number, s.id, s.name, s.type, t.number, t.id, t.name, t.type"
                    + " from {relation r} join {entity s} on s.number = r.source join {entity t} on t.number = r.target ";

    /** Condition "on record at a time". Format arguments: table alias, placeholder of the time. */
    private static final String RECORDED_AT =
            "%1$s.recorded_at <= %2$s and (%1$s.retired_at is null or %1$s.retired_at > %2$s)";

    /** Condition "valid at a time" for relations. Format argument: placeholder of the time. */
    private static final String VALID_AT =
            " and (r.valid_from is null or r.valid_from <= %1$s) and (r.valid_to is null or r.valid_to > %1$s)";

    /** Number of characters of a trigram. The trigram index cannot find shorter texts. */
    private static final int TRIGRAM_LENGTH = 3;

    /**
     * Maximum length of a search text, in UTF-16 units; the time of the index search grows with the square of the
     * length.
     */
    private static final int MAX_SEARCH_LENGTH = Entity.MAX_NAME;

    final SqlSession db;
    final TrigramIndex pieces;
    private final LineageTable lineage;

    GraphTables(SqlSession db) {
        this.db = db;
        this.pieces = db.dialect().pieces(db);
        this.lineage = new LineageTable(db);
    }

    @Override
    public GraphStats size() {
        return new GraphStats(
                db.number("select count(*) from {entity} where retired_at is null and stub = 0"),
                db.number("select count(*) from {observation} where retired_at is null"),
                db.number("select count(*) from {relation} where retired_at is null"));
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
                "select number, json from {entity_version} where number = ?1 and from_at <= ?2 and to_at > ?2",
                GraphTables::earlier,
                number,
                at.toEpochMilli());
    }

    @Override
    public List<Entity> named(String key) {
        return db.list(
                ENTITY
                        + "join {entity_name n} on n.entity = e.number where n.key = ?1 and n.to_at is null order by case when e.key = ?1 then 0 else 1 end, e.number",
                GraphTables::entity,
                key);
    }

    @Override
    public List<Entity> everyNamed(String key) {
        return db.list(
                ENTITY
                        + "where e.key = ?1 and e.number in (select entity from {entity_name} where key = ?1) order by e.number",
                GraphTables::entity,
                key);
    }

    @Override
    public List<Entity> mergedInto(String id) {
        return db.list(ENTITY + "where e.merged_into = ? order by e.number", GraphTables::entity, id);
    }

    @Override
    public List<Entity> named(String key, Instant at) {
        return db
                .list(
                        "select distinct entity from {entity_name} where key = ?1 and from_at <= ?2 and (to_at is null or to_at > ?2) order by entity",
                        row -> row.number(1),
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
        return !db.any("select 1 from {entity} limit 1");
    }

    @Override
    public List<Long> namedOneOf(Collection<String> keys) {
        return db.list(
                "select distinct n.entity from {texts ?1 k} cross join {entity_name n} where n.key = k.value and n.to_at is null order by 1",
                row -> row.number(1),
                keys);
    }

    @Override
    public List<About> about(Collection<Long> entities, int limit) {
        return db.list("""
                with chosen as materialized (select value as entity from {numbers ?1 v}),
                known as (
                    select o.entity, o.number from chosen c cross join {observation o} where o.entity = c.entity
                    and o.retired_at is null),
                said as (
                    select entity, entity as number from chosen
                    union all select entity, number from known
                    union all select c.entity, r.number from chosen c cross join {relation r} where r.source = c.entity
                        and r.retired_at is null and r.target in (select entity from chosen)),
                sources as (select s.entity, p.source from said s cross join {lineage p} where p.item = s.number)
                select entity, number from known
                union select s.entity, m.number from sources s cross join {message m} where m.number = s.source
                union select s.entity, n.number from sources s cross join {note n} where n.number = s.source
                limit ?2""", row -> new About(row.number(1), row.number(2)), entities, limit);
    }

    @Override
    public List<Entity> entities(Collection<Long> numbers) {
        return db.list(ENTITY + "where e.number in (select value from {numbers ?1 v})", GraphTables::entity, numbers);
    }

    @Override
    public Map<Long, EntityRef> refs(Collection<Long> numbers, Optional<Instant> at) {
        var found = new HashMap<Long, EntityRef>();
        if (at.isPresent()) {
            numbers.forEach(number -> entity(number, at.get()).ifPresent(entity -> found.put(number, entity.ref())));
        } else {
            db.list(
                            "select number, id, name, type from {entity} where number in (select value from {numbers ?1 v})",
                            row -> ref(row, 1),
                            numbers)
                    .forEach(ref -> found.put(ref.number(), ref));
        }
        return found;
    }

    @Override
    public List<Entity> entityHistory(long entity) {
        return db.list(
                "select number, json from {entity_version} where number = ? order by version",
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
                        OBSERVATION + "where o.entity = ?1 and " + RECORDED_AT.formatted("o", "?2")
                                + " order by o.number",
                        GraphTables::observation,
                        entity,
                        at.get().toEpochMilli());
    }

    @Override
    public Map<Long, List<Observation>> observations(Collection<Long> entities) {
        var found = new HashMap<Long, List<Observation>>();
        for (Observation observation : db.list(
                OBSERVATION
                        + "where o.entity in (select value from {numbers ?1 v}) and o.retired_at is null order by o.number",
                GraphTables::observation,
                entities)) {
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

    /** Returns an observation, current or retired. */
    @Override
    public List<Relation> everyRelation(long entity) {
        return db.list(
                RELATION + "where r.source = ?1 or r.target = ?1 order by r.number", GraphTables::relation, entity);
    }

    @Override
    public List<Observation> anyObservations(Collection<Long> numbers) {
        return db.list(
                OBSERVATION + "where o.number in (select value from {numbers ?1 v})",
                GraphTables::observation,
                numbers);
    }

    @Override
    public Map<Long, Observation> observationsByNumber(Collection<Long> numbers) {
        return db.byNumber(
                OBSERVATION + "where o.number in (select value from {numbers ?1 v}) and o.retired_at is null",
                GraphTables::observation,
                Observation::number,
                numbers);
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
                RELATION + "where r.number in (select value from {numbers ?1 v})", GraphTables::relation, numbers)) {
            found.put(relation.number(), relation);
        }
        return found;
    }

    @Override
    public List<Edge> edges(
            Collection<Long> entities, Direction direction, Set<String> types, GraphScope scope, int limit) {
        String conditions = (types.isEmpty() ? "" : " and r.type in (select value from {texts ?2 y})")
                + (scope.known().isEmpty() ? " and r.retired_at is null" : " and " + RECORDED_AT.formatted("r", "?3"))
                + (scope.valid().isEmpty() ? "" : VALID_AT.formatted("?4"));
        String columns =
                "select r.number, r.source, r.target, r.type, r.weight from {numbers ?1 n} cross join {relation r} where ";
        String out = columns + "r.source = n.value" + conditions;
        String in = columns + "r.target = n.value" + conditions;
        String sql = switch (direction) {
            case OUT -> out;
            case IN -> in;
            case BOTH -> out + " union all " + in;
        };
        // The edges are sorted and deduplicated here, because that is faster than in SQL. An edge that is found from
        // both ends is kept once.
        Map<Long, Edge> edges = new TreeMap<>();
        db.list(
                        sql + " limit ?5",
                        GraphTables::edge,
                        entities,
                        types,
                        millis(scope.known()),
                        millis(scope.valid()),
                        (long) limit + 1)
                .forEach(edge -> edges.put(edge.number(), edge));
        return List.copyOf(edges.values());
    }

    @Override
    public void forEachEdge(GraphScope scope, Consumer<Edge> to) {
        db.each(
                "select r.number, r.source, r.target, r.type, r.weight from {relation r} where "
                        + (scope.known().isEmpty() ? "r.retired_at is null" : RECORDED_AT.formatted("r", "?1"))
                        + (scope.valid().isEmpty() ? "" : VALID_AT.formatted("?2")),
                row -> to.accept(edge(row)),
                millis(scope.known()),
                millis(scope.valid()));
    }

    @Override
    public long[] entityNumbers(Optional<Instant> at) {
        String where = at.isEmpty()
                ? "retired_at is null"
                // A restored entity was not on record between its retirement and its restoration.
                : "created_at <= ?1 and (retired_at is null or retired_at > ?1) and (updated_at <= ?1 or exists (select 1 from {entity_version v} where v.number = e.number and v.from_at <= ?1 and v.to_at > ?1))";
        return db
                .list(
                        "select e.number from {entity e} where " + where + " order by e.number",
                        row -> row.number(1),
                        millis(at))
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    @Override
    public List<Long> searchText(String text, int limit) {
        if (text.length() > MAX_SEARCH_LENGTH) {
            throw new InvalidInputException(
                    "The graph is searched for a text of %d characters; at most %d are taken. Use recall for a longer question."
                            .formatted(text.length(), MAX_SEARCH_LENGTH));
        }
        if (text.codePointCount(0, text.length()) < TRIGRAM_LENGTH) {
            return searchShort(text.toLowerCase(Locale.ROOT), limit);
        }
        return db.list(
                "select distinct coalesce(o.entity, t.number) as entity from " + pieces.searchText()
                        + " left join {observation o} on o.number = t.number order by entity limit ?2",
                row -> row.number(1),
                pieces.argument(text),
                limit);
    }

    /** Searches for a text that is too short for the index in all texts. */
    private List<Long> searchShort(String lowerCase, int limit) {
        var found = new LinkedHashSet<Long>();
        db.scan("""
                select e.number, e.name, e.type from {entity e} where e.retired_at is null
                union all select n.entity, n.key, '' from {entity_name n} where n.to_at is null
                union all select o.entity, o.content, '' from {observation o} where o.retired_at is null
                order by 1""", row -> {
            if (row.text(2).toLowerCase(Locale.ROOT).contains(lowerCase)
                    || row.text(3).toLowerCase(Locale.ROOT).contains(lowerCase)) {
                found.add(row.number(1));
            }
            return found.size() < limit;
        });
        return List.copyOf(found);
    }

    @Override
    public List<Long> fromItem(String item) {
        var derived = new TreeSet<Long>();
        lineage.numbers(List.of(item)).forEach(number -> derived.addAll(lineage.derived(number)));
        return List.copyOf(derived);
    }

    @Override
    public List<String> mentions(long entity) {
        return lineage.ids(lineage.sources(entity)).values().stream().sorted().toList();
    }

    @Override
    public List<Change> changesSince(Instant time, int limit) {
        return db.list(
                "select number, at, kind, item, ref from {change} where at > ? and kind between ? and ? order by number limit ?",
                ChangeTable::change,
                time.toEpochMilli(),
                ChangeKind.ENTITY_CREATED.code(),
                ChangeKind.RELATION_DELETED.code(),
                limit);
    }

    @Override
    public void forEachEntity(Consumer<Entity> to) {
        db.each(ENTITY + "order by e.number", row -> to.accept(entity(row)));
    }

    @Override
    public List<Observation> everyObservation(long entity) {
        return db.list(OBSERVATION + "where o.entity = ? order by o.number", GraphTables::observation, entity);
    }

    @Override
    public void forEachRelation(Consumer<Relation> to) {
        db.each(RELATION + "order by r.number", row -> to.accept(relation(row)));
    }

    void verify(Consumer<String> problem) {
        db.each("select number, id, version, name, key, type, aliases, attributes, crc from {entity}", row -> {
            if (row.number(9)
                    != Checksum.of(
                            row.number(1),
                            row.text(2),
                            row.number(3),
                            row.text(4),
                            row.text(6),
                            row.textOrNull(7),
                            row.textOrNull(8))) {
                problem.accept("entity " + Json.write(row.text(2)) + " does not agree with its checksum");
            } else if (!Entity.key(row.text(4)).equals(row.text(5))) {
                problem.accept("entity " + Json.write(row.text(2)) + " is listed under another name");
            }
        });
        db.each("select number, id, entity, content, sources, crc from {observation}", row -> {
            if (row.number(6)
                    != Checksum.of(row.number(1), row.text(2), row.number(3), row.text(4), row.textOrNull(5))) {
                problem.accept("observation " + Json.write(row.text(2)) + " does not agree with its checksum");
            }
        });
        db.each("select number, id, source, target, type, fact, attributes, sources, crc from {relation}", row -> {
            if (row.number(9)
                    != Checksum.of(
                            row.number(1),
                            row.text(2),
                            row.number(3),
                            row.number(4),
                            row.text(5),
                            row.textOrNull(6),
                            row.textOrNull(7),
                            row.textOrNull(8))) {
                problem.accept("relation " + Json.write(row.text(2)) + " does not agree with its checksum");
            }
        });
        problems(
                problem,
                "relation %s begins or ends at an entity that does not exist",
                "select id from {relation r} where not exists (select 1 from {entity e} where e.number = r.source)"
                        + " or not exists (select 1 from {entity e} where e.number = r.target)");
        problems(
                problem,
                "relation %s of today begins or ends at an entity that was retired",
                "select r.id from {relation r} join {entity e} on e.number in (r.source, r.target)"
                        + " where r.retired_at is null and e.retired_at is not null");
        problems(
                problem,
                "observation %s is about an entity that does not exist or was retired before it",
                "select o.id from {observation o} left join {entity e} on e.number = o.entity"
                        + " where e.number is null or (o.retired_at is null and e.retired_at is not null)");
        problems(
                problem,
                "entity %s is not found by its name",
                "select id from {entity e} where retired_at is null"
                        + " and not exists (select 1 from {entity_name n} where n.entity = e.number and n.key = e.key and n.to_at is null)");
        problems(
                problem,
                "entity %s is missing in the index of texts",
                "select id from {entity e} where retired_at is null and not exists (select 1 from " + pieces.all("t")
                        + " where t.number = e.number)");
        problems(
                problem,
                "observation %s is missing in the index of texts",
                "select id from {observation o} where retired_at is null and not exists (select 1 from "
                        + pieces.all("t") + " where t.number = o.number)");
        problems(
                problem,
                "item %s of the index of texts does not exist",
                "select cast(t.number as text) from " + pieces.all("t")
                        + " where not exists (select 1 from {entity e} where e.number = t.number and e.retired_at is null)"
                        + " and not exists (select 1 from {observation o} where o.number = t.number and o.retired_at is null)");
    }

    private void problems(Consumer<String> problem, String messageFormat, String sql) {
        db.each(sql, row -> problem.accept(messageFormat.formatted(Json.write(row.text(1)))));
    }

    static @Nullable Long millis(Optional<Instant> time) {
        return time.map(Instant::toEpochMilli).orElse(null);
    }

    private static List<String> texts(@Nullable String json) {
        return json == null ? List.of() : SqlView.refs(json);
    }

    private static Map<String, @Nullable Object> attributes(@Nullable String json) {
        return json == null ? Map.of() : Json.readObject("attributes", json).raw();
    }

    private static Edge edge(ResultRow row) {
        return new Edge(row.number(1), row.number(2), row.number(3), row.text(4), row.real(5));
    }

    private static EntityRef ref(ResultRow row, int first) {
        return new EntityRef(row.number(first), row.text(first + 1), row.text(first + 2), row.text(first + 3));
    }

    private static Entity entity(ResultRow row) {
        return new Entity(
                row.number(1),
                row.text(2),
                row.number(3),
                row.text(4),
                row.text(5),
                texts(row.textOrNull(6)),
                attributes(row.textOrNull(7)),
                row.integer(8) == 1,
                row.time(9),
                row.time(10),
                row.optionalTime(11),
                row.optionalText(12));
    }

    private static Entity earlier(ResultRow row) {
        return Entity.fromJson(row.number(1), JsonObject.of("entity", Json.read(row.text(2))));
    }

    private static Observation observation(ResultRow row) {
        return new Observation(
                row.number(1),
                row.text(2),
                ref(row, 8),
                row.text(3),
                row.optionalTime(4),
                texts(row.textOrNull(5)),
                row.time(6),
                row.optionalTime(7));
    }

    private static Relation relation(ResultRow row) {
        return new Relation(
                row.number(1),
                row.text(2),
                row.number(3),
                ref(row, 13),
                ref(row, 17),
                row.text(4),
                row.optionalText(5),
                row.real(6),
                attributes(row.textOrNull(7)),
                row.optionalTime(8),
                row.optionalTime(9),
                texts(row.textOrNull(10)),
                row.time(11),
                row.optionalTime(12));
    }

    /** Returns the distinct keys of the name and the aliases. */
    static List<String> keys(Entity entity) {
        return Stream.concat(Stream.of(entity.name()), entity.aliases().stream())
                .map(Entity::key)
                .distinct()
                .toList();
    }
}
