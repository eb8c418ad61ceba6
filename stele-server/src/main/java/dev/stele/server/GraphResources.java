package dev.stele.server;

import dev.stele.Graph;
import dev.stele.Stele;
import dev.stele.graph.GraphPath;
import dev.stele.model.Change;
import dev.stele.model.Direction;
import dev.stele.model.Entity;
import dev.stele.model.EntityDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Observation;
import dev.stele.model.ObservationDraft;
import dev.stele.model.Relation;
import dev.stele.model.RelationDraft;
import dev.stele.model.StoredEntity;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** REST resources of the knowledge graph. */
record GraphResources(Stele stele) {

    private static final int DEFAULT_PAGE_SIZE = 50;
    /** Default maximum number of hops to a neighbor. */
    private static final int DEFAULT_DEPTH = 2;
    /** Default maximum number of paths. */
    private static final int DEFAULT_PATH_COUNT = 3;
    /** Default maximum number of hops of a path. */
    private static final int DEFAULT_PATH_LENGTH = 6;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/entities",
                        "putEntity",
                        "Create an entity, or add to the existing entity of that name",
                        this::put)
                .add(
                        "GET",
                        "/v1/agents/{agent}/entities",
                        "listEntities",
                        "List entities by type, or search them by text",
                        Router.Work.COMPUTE,
                        this::list)
                .add(
                        "GET",
                        "/v1/agents/{agent}/entities/{entity}",
                        "getEntity",
                        "Get an entity with its observations and relations, now or as of a time",
                        this::get)
                .add(
                        "PATCH",
                        "/v1/agents/{agent}/entities/{entity}",
                        "updateEntity",
                        "Change name, type, aliases or attributes of an entity by a JSON merge patch",
                        this::update)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/entities/{entity}",
                        "deleteEntity",
                        "Retire an entity, or erase it permanently with ?forget=true",
                        this::delete)
                .add(
                        "POST",
                        "/v1/agents/{agent}/entities/{entity}/restore",
                        "restoreEntity",
                        "Undo the retirement or the merge of an entity, named by its id",
                        this::restore)
                .add(
                        "POST",
                        "/v1/agents/{agent}/observations/{id}/restore",
                        "restoreObservation",
                        "Record the content of a retired observation again",
                        this::restoreObservation)
                .add(
                        "POST",
                        "/v1/agents/{agent}/relations/{id}/restore",
                        "restoreRelation",
                        "Undo the retirement of a relation",
                        this::restoreRelation)
                .add(
                        "POST",
                        "/v1/agents/{agent}/entities/{entity}/observations",
                        "addObservations",
                        "Add observations to an entity",
                        this::observe)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/observations/{id}",
                        "deleteObservation",
                        "Retire an observation, or erase it permanently with ?forget=true",
                        this::deleteObservation)
                .add(
                        "POST",
                        "/v1/agents/{agent}/entities/{entity}/merge",
                        "mergeEntities",
                        "Merge another entity into this one",
                        this::merge)
                .add(
                        "POST",
                        "/v1/agents/{agent}/entities/{entity}/split",
                        "splitEntity",
                        "Split observations and relations of this entity into a new entity",
                        this::split)
                .add(
                        "GET",
                        "/v1/agents/{agent}/entities/{entity}/neighbors",
                        "getNeighbors",
                        "Get the neighborhood of an entity",
                        Router.Work.COMPUTE,
                        this::neighbors)
                .add("POST", "/v1/agents/{agent}/relations", "putRelation", "Create or update a relation", this::relate)
                .add(
                        "GET",
                        "/v1/agents/{agent}/relations/{id}",
                        "getRelation",
                        "Get a relation with its earlier versions",
                        this::relation)
                .add(
                        "PATCH",
                        "/v1/agents/{agent}/relations/{id}",
                        "updateRelation",
                        "Change fact, weight, attributes or validity of a relation by a JSON merge patch",
                        this::updateRelation)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/relations/{id}",
                        "deleteRelation",
                        "Retire a relation, or erase it permanently with ?forget=true",
                        this::deleteRelation)
                .add(
                        "POST",
                        "/v1/agents/{agent}/graph",
                        "storeGraph",
                        "Create entities and relations between them, atomically",
                        this::connect)
                .add(
                        "POST",
                        "/v1/agents/{agent}/graph/query",
                        "queryGraph",
                        "Run a read-only openCypher query",
                        Router.Work.COMPUTE,
                        this::query)
                .add(
                        "GET",
                        "/v1/agents/{agent}/graph/around",
                        "getGraphAround",
                        "Get the neighborhood of the entities that a query finds",
                        Router.Work.COMPUTE,
                        this::around)
                .add(
                        "GET",
                        "/v1/agents/{agent}/graph/changes",
                        "listGraphChanges",
                        "List changes of the graph after a time",
                        this::changes)
                .add(
                        "GET",
                        "/v1/agents/{agent}/graph/paths",
                        "findPaths",
                        "Find the shortest paths between two entities",
                        Router.Work.COMPUTE,
                        this::paths)
                .add(
                        "GET",
                        "/v1/agents/{agent}/graph/important",
                        "rankEntities",
                        "Rank entities by importance",
                        Router.Work.COMPUTE,
                        this::important)
                .add(
                        "GET",
                        "/v1/agents/{agent}/graph/communities",
                        "listCommunities",
                        "Find communities of entities",
                        Router.Work.COMPUTE,
                        this::communities);
    }

    private Graph graph(Exchange exchange) {
        return stele.agent(exchange.agent()).graph();
    }

    private Reply put(Exchange exchange) {
        exchange.allowQuery();
        StoredEntity put = graph(exchange)
                .put(List.of(EntityDraft.fromJson(exchange.jsonObject("entity"))))
                .getFirst();
        Entity entity = put.entity();
        return Reply.json(
                put.created() ? 201 : 200,
                graph(exchange).get(entity.id()).toJson(),
                Map.of(
                        "Location",
                        UriPaths.of("v1", "agents", exchange.path("agent"), "entities", entity.id()),
                        "ETag",
                        "\"" + entity.version() + "\""));
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("type", "text", "limit", "after");
        int limit = exchange.queryNumber("limit", DEFAULT_PAGE_SIZE);
        Optional<String> text = exchange.query("text");
        if (text.isPresent()) {
            return Reply.json(Json.fields()
                    .keep(
                            "items",
                            graph(exchange).searchText(text.get(), limit).stream()
                                    .map(Entity::toJson)
                                    .toList())
                    .map());
        }
        List<Entity> entities = graph(exchange)
                .entities(
                        exchange.query("type"),
                        exchange.query("after").map(GraphResources::number).orElse(0L),
                        limit);
        return Reply.json(Json.fields()
                .keep("items", entities.stream().map(Entity::toJson).toList())
                .put(
                        "next",
                        entities.size() < limit
                                ? null
                                : String.valueOf(entities.getLast().number()))
                .map());
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InvalidInputException("The parameter \"after\" is " + Json.write(text)
                    + "; use the value of \"next\" of an earlier page.");
        }
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery("as_of", "history", "relations");
        Optional<Instant> asOf = time(exchange, "as_of");
        int relations = exchange.queryNumber("relations", Integer.MAX_VALUE);
        Graph.Described described = graph(exchange).get(exchange.path("entity"), asOf, relations);
        var json = Json.fields();
        described.toJson().forEach(json::put);
        if (exchange.queryFlag("history")) {
            json.keep(
                    "history",
                    graph(exchange).history(exchange.path("entity")).stream()
                            .map(Entity::toJson)
                            .toList());
        }
        return NoteResources.versioned(json.map(), described.entity().version());
    }

    /** Returns the value of a query parameter as a point in time. */
    static Optional<Instant> time(Exchange exchange, String name) {
        return exchange.query(name).map(text -> {
            try {
                return JsonObject.parseInstant(text);
            } catch (DateTimeParseException e) {
                throw new InvalidInputException("The parameter \"" + name + "\" is " + Json.write(text)
                        + "; it must be a time such as 2026-05-08T13:56:00Z.");
            }
        });
    }

    private Reply update(Exchange exchange) {
        exchange.allowQuery();
        Entity entity =
                graph(exchange).update(exchange.path("entity"), exchange.jsonObject("entity"), exchange.ifMatch());
        return NoteResources.versioned(entity.toJson(), entity.version());
    }

    private Reply delete(Exchange exchange) {
        exchange.allowQuery("forget", "preview");
        String entity = exchange.path("entity");
        Graph graph = graph(exchange);
        if (exchange.queryFlag("forget")) {
            return Erasures.reply(exchange, preview -> preview ? graph.previewDelete(entity) : graph.delete(entity));
        }
        graph.retire(entity);
        return Reply.noContent();
    }

    private Reply restore(Exchange exchange) {
        exchange.allowQuery();
        Entity entity = graph(exchange).restore(exchange.path("entity"));
        return NoteResources.versioned(entity.toJson(), entity.version());
    }

    private Reply restoreObservation(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(
                graph(exchange).restoreObservation(exchange.path("id")).toJson());
    }

    private Reply restoreRelation(Exchange exchange) {
        exchange.allowQuery();
        Relation relation = graph(exchange).restoreRelation(exchange.path("id"));
        return NoteResources.versioned(relation.toJson(), relation.version());
    }

    private Reply observe(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("observations").only("observations");
        List<Observation> added =
                graph(exchange).observe(exchange.path("entity"), ObservationDraft.listFromJson(json, "observations"));
        return Reply.json(Json.fields()
                .keep("added", added.stream().map(Observation::toJson).toList())
                .map());
    }

    private Reply deleteObservation(Exchange exchange) {
        exchange.allowQuery("forget");
        if (exchange.queryFlag("forget")) {
            return Reply.json(
                    graph(exchange).deleteObservation(exchange.path("id")).toJson(false));
        }
        graph(exchange).retireObservation(exchange.path("id"));
        return Reply.noContent();
    }

    private Reply merge(Exchange exchange) {
        exchange.allowQuery();
        Entity merged = graph(exchange)
                .merge(
                        exchange.path("entity"),
                        exchange.jsonObject("merge").only("with").string("with"));
        return NoteResources.versioned(merged.toJson(), merged.version());
    }

    private Reply split(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("split").only("into", "observations", "relations");
        Entity created = graph(exchange)
                .split(
                        exchange.path("entity"),
                        EntityDraft.fromJson(JsonObject.of("into", json.raw("into"))),
                        json.strings("observations"),
                        json.strings("relations"));
        return Reply.json(201, graph(exchange).get(created.id()).toJson(), Map.of());
    }

    private Reply neighbors(Exchange exchange) {
        exchange.allowQuery("depth", "direction", "type", "as_of", "limit");
        return Reply.json(graph(exchange)
                .neighbors(
                        exchange.path("entity"),
                        exchange.queryNumber("depth", DEFAULT_DEPTH),
                        Direction.of(exchange.query("direction").orElse("both")),
                        types(exchange),
                        time(exchange, "as_of"),
                        exchange.queryNumber("limit", DEFAULT_PAGE_SIZE))
                .toJson());
    }

    private static Set<String> types(Exchange exchange) {
        return exchange.query("type").map(text -> Set.of(text.split(","))).orElse(Set.of());
    }

    private Reply relate(Exchange exchange) {
        exchange.allowQuery();
        List<Relation> relations = graph(exchange)
                .connect(
                        Map.of(),
                        List.of(RelationDraft.fromJson(exchange.jsonObject("relation"))),
                        exchange.idempotencyKey())
                .relations();
        if (relations.isEmpty()) {
            throw new NotFoundException("The relation that was stored with this idempotency key was erased.");
        }
        Relation relation = relations.getFirst();
        return Reply.json(
                relation.version() == 1 ? 201 : 200,
                relation.toJson(),
                Map.of(
                        "Location",
                        UriPaths.of("v1", "agents", exchange.path("agent"), "relations", relation.id()),
                        "ETag",
                        "\"" + relation.version() + "\""));
    }

    private Reply relation(Exchange exchange) {
        exchange.allowQuery();
        List<Relation> versions = graph(exchange).relationHistory(exchange.path("id"));
        if (versions.isEmpty()) {
            throw new NotFoundException("There is no relation " + Json.write(exchange.path("id")) + ".");
        }
        var json = Json.fields();
        versions.getLast().toJson().forEach(json::put);
        json.put(
                "history",
                versions.subList(0, versions.size() - 1).stream()
                        .map(Relation::toJson)
                        .toList());
        return NoteResources.versioned(json.map(), versions.getLast().version());
    }

    private Reply updateRelation(Exchange exchange) {
        exchange.allowQuery();
        Relation relation = graph(exchange)
                .updateRelation(exchange.path("id"), exchange.jsonObject("relation"), exchange.ifMatch());
        return NoteResources.versioned(relation.toJson(), relation.version());
    }

    private Reply deleteRelation(Exchange exchange) {
        exchange.allowQuery("forget");
        if (exchange.queryFlag("forget")) {
            return Reply.json(
                    graph(exchange).deleteRelation(exchange.path("id")).toJson(false));
        }
        graph(exchange).retireRelation(exchange.path("id"));
        return Reply.noContent();
    }

    private Reply connect(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(
                201,
                graph(exchange)
                        .connect(exchange.jsonObject("graph"), exchange.idempotencyKey())
                        .toJson(),
                Map.of());
    }

    private Reply query(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("query").only("query", "parameters", "as_of");
        return Reply.json(graph(exchange)
                .query(json.string("query"), json.map("parameters"), json.optionalInstant("as_of"))
                .toJson());
    }

    private Reply around(Exchange exchange) {
        exchange.allowQuery("query", "depth", "limit");
        return Reply.json(graph(exchange)
                .neighborhood(
                        exchange.required("query"),
                        exchange.queryNumber("depth", 1),
                        exchange.queryNumber("limit", DEFAULT_PAGE_SIZE))
                .toJson());
    }

    private Reply changes(Exchange exchange) {
        exchange.allowQuery("since", "limit");
        Instant since = time(exchange, "since")
                .orElseThrow(() -> new InvalidInputException(
                        "The parameter \"since\" is missing; send a time such as 2026-05-08T13:56:00Z."));
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        graph(exchange).changesSince(since, exchange.queryNumber("limit", DEFAULT_PAGE_SIZE)).stream()
                                .map(Change::toJson)
                                .toList())
                .map());
    }

    private Reply paths(Exchange exchange) {
        exchange.allowQuery("from", "to", "depth", "count", "direction", "type", "as_of");
        List<GraphPath> paths = graph(exchange)
                .paths(
                        exchange.required("from"),
                        exchange.required("to"),
                        exchange.queryNumber("depth", DEFAULT_PATH_LENGTH),
                        exchange.queryNumber("count", DEFAULT_PATH_COUNT),
                        Direction.of(exchange.query("direction").orElse("both")),
                        types(exchange),
                        time(exchange, "as_of"));
        return Reply.json(Json.fields()
                .keep("paths", paths.stream().map(GraphPath::toJson).toList())
                .map());
    }

    private Reply important(Exchange exchange) {
        exchange.allowQuery("limit");
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        graph(exchange).rankByImportance(exchange.queryNumber("limit", DEFAULT_PAGE_SIZE)).stream()
                                .map(ranked -> {
                                    var json = Json.fields();
                                    ranked.entity().ref().toJson().forEach(json::put);
                                    return json.put("importance", ranked.importance())
                                            .put("degree", ranked.degree())
                                            .map();
                                })
                                .toList())
                .map());
    }

    private Reply communities(Exchange exchange) {
        exchange.allowQuery("limit");
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        graph(exchange).communities(exchange.queryNumber("limit", DEFAULT_PAGE_SIZE)).stream()
                                .map(community -> community.stream()
                                        .map(entity -> entity.ref().toJson())
                                        .toList())
                                .toList())
                .map());
    }
}
