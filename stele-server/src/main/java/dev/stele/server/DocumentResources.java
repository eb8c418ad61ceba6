package dev.stele.server;

import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.chat.TextExplainer;
import dev.stele.document.Section;
import dev.stele.model.Document;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.recall.Hit;
import dev.stele.server.documents.DocumentParser;
import dev.stele.server.documents.DocumentReader;
import dev.stele.server.documents.DocumentReader.Format;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * REST resources of documents, document search and text explanations.
 *
 * @param explainer explains selected text from documents
 * @param running quota of answers in progress
 * @param streams threads that run explanations
 */
record DocumentResources(Stele stele, TextExplainer explainer, DocumentParser parser, Quota running, Executor streams) {

    private static final int DEFAULT_PAGE_SIZE = 50;
    private static final int DEFAULT_HITS = 5;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/documents",
                        "addDocument",
                        "Add a document to a collection: JSON with the text, or the file itself",
                        this::add)
                .add("GET", "/v1/agents/{agent}/documents", "listDocuments", "List documents, newest first", this::list)
                .add(
                        "GET",
                        "/v1/agents/{agent}/collections",
                        "listCollections",
                        "List collections with their numbers of documents",
                        this::collections)
                .add(
                        "GET",
                        "/v1/agents/{agent}/collections/{collection}/documents/{id}",
                        "getDocument",
                        "Get a document with its passages",
                        this::get)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/collections/{collection}/documents/{id}",
                        "deleteDocument",
                        "Erase a document, or preview that",
                        this::delete)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/collections/{collection}",
                        "deleteCollection",
                        "Erase all documents of a collection, or preview that",
                        this::deleteCollection)
                .add(
                        "POST",
                        "/v1/agents/{agent}/documents/search",
                        "searchDocuments",
                        "Search the passages of a collection that are most relevant to a query",
                        this::search)
                .add(
                        "POST",
                        "/v1/agents/{agent}/elaborate/stream",
                        "explainSelection",
                        "Explain selected text with the documents of a collection, as server-sent events",
                        Router.Work.STREAM,
                        this::explain);
    }

    private Documents documents(Exchange exchange) {
        return stele.agent(exchange.agent()).documents();
    }

    private Reply add(Exchange exchange) {
        boolean json = exchange.header(HttpHeader.CONTENT_TYPE)
                .filter(type -> type.startsWith("application/json"))
                .isPresent();
        Document added = documents(exchange).add(json ? draft(exchange) : file(exchange));
        return Reply.created(
                added.toJson(),
                UriPaths.of(
                        "v1",
                        "agents",
                        exchange.path("agent"),
                        "collections",
                        added.collection(),
                        "documents",
                        added.id()));
    }

    private Documents.Draft draft(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("document").only("collection", "id", "title", "text", "type", "metadata");
        Format type = json.optionalString("type").map(Format::of).orElse(Format.TEXT);
        if (type == Format.PDF) {
            throw new InvalidInputException(
                    "JSON cannot contain a PDF: send the file itself with Content-Type: application/pdf.");
        }
        return draft(
                json.string("collection"),
                json.optionalString("id"),
                json.optionalString("title"),
                parser.read(type, json.string("text").getBytes(StandardCharsets.UTF_8)),
                json.map("metadata"));
    }

    private Documents.Draft file(Exchange exchange) {
        exchange.allowQuery("collection", "id", "title");
        Format type = Format.of(exchange.header(HttpHeader.CONTENT_TYPE).orElse("text/plain"));
        return draft(
                exchange.required("collection"),
                exchange.query("id"),
                exchange.query("title"),
                parser.read(type, exchange.bytes()),
                Map.of());
    }

    private static Documents.Draft draft(
            String collection,
            Optional<String> id,
            Optional<String> title,
            DocumentReader.ParsedDocument parsed,
            Map<String, ? extends @Nullable Object> metadata) {
        List<Section> sections = parsed.sections();
        return Documents.Draft.of(
                        collection, id, title.or(parsed::title).or(() -> id).orElse(""), sections)
                .withMetadata(metadata);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery("collection", "limit", "after");
        return MessageResources.page(
                documents(exchange)
                        .list(
                                exchange.query("collection"),
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                                exchange.query("after")),
                Document::toJson);
    }

    private Reply collections(Exchange exchange) {
        exchange.allowQuery();
        return Reply.json(Json.fields()
                .keep(
                        "items",
                        documents(exchange).collections().entrySet().stream()
                                .map(entry -> Json.fields()
                                        .put("collection", entry.getKey())
                                        .put("documents", entry.getValue())
                                        .map())
                                .toList())
                .map());
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery();
        String collection = exchange.path("collection");
        String id = exchange.path("id");
        Document document = documents(exchange)
                .get(collection, id)
                .orElseThrow(() -> new NotFoundException(
                        "There is no document %s in collection %s.".formatted(Json.write(id), Json.write(collection))));
        var json = Json.fields();
        document.toJson().forEach(json::keep);
        json.keep(
                "text",
                documents(exchange).passages(collection, id).stream()
                        .map(passage -> Json.fields()
                                .put("id", passage.id())
                                .put("heading", passage.heading().isEmpty() ? null : passage.heading())
                                .put("content", passage.content())
                                .map())
                        .toList());
        return Reply.json(json.map());
    }

    private Reply delete(Exchange exchange) {
        exchange.allowQuery("preview");
        String collection = exchange.path("collection");
        String id = exchange.path("id");
        Documents documents = documents(exchange);
        return Erasures.reply(
                exchange,
                preview -> preview ? documents.previewDelete(collection, id) : documents.delete(collection, id));
    }

    private Reply deleteCollection(Exchange exchange) {
        exchange.allowQuery("preview");
        String collection = exchange.path("collection");
        Documents documents = documents(exchange);
        return Erasures.reply(exchange, preview -> documents.deleteCollection(collection, preview));
    }

    private Reply search(Exchange exchange) {
        exchange.allowQuery();
        JsonObject json = exchange.jsonObject("search").only("collection", "query", "limit", "dense");
        List<Hit> hits = documents(exchange)
                .search(
                        json.string("collection"),
                        json.string("query"),
                        json.optionalInt("limit").orElse(DEFAULT_HITS),
                        json.optionalDouble("dense").orElse(Documents.DEFAULT_DENSE));
        return Reply.json(Json.fields()
                .keep("hits", hits.stream().map(Hit::toJson).toList())
                .map());
    }

    private Reply explain(Exchange exchange) {
        exchange.allowQuery("searched");
        boolean searched = exchange.queryFlag("searched");
        // Checks the request before the stream starts, so that a refusal has its own status.
        TextExplainer.Prepared prepared =
                explainer.prepare(exchange.agent(), TextExplainer.Request.fromJson(exchange.jsonObject("selection")));
        return EventStream.of(streams, sink -> stream(prepared, sink, searched), running.take(exchange.caller()));
    }

    private Map<String, @Nullable Object> stream(
            TextExplainer.Prepared prepared, EventStream.Sink sink, boolean searched) {
        var events = new AnswerEvents(sink, searched);
        TextExplainer.Explained explained = explainer.explain(prepared, events);
        return events.end(explained.sources(), explained.toJson());
    }
}
