package dev.stele.server;

import dev.stele.Notes;
import dev.stele.Stele;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.Note;
import dev.stele.model.NoteDraft;
import dev.stele.model.NoteFilter;
import dev.stele.model.RememberedNote;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** REST resources of notes and of recall. */
record NoteResources(Stele stele) {

    private static final int DEFAULT_PAGE_SIZE = 50;

    /** Registers the routes. */
    void addTo(Router router) {
        router.add(
                        "POST",
                        "/v1/agents/{agent}/notes",
                        "createNote",
                        "Create a note, or supersede another note with it",
                        this::create)
                .add("GET", "/v1/agents/{agent}/notes", "listNotes", "List notes by filter, newest first", this::list)
                .add(
                        "GET",
                        "/v1/agents/{agent}/notes/{id}",
                        "getNote",
                        "Get a note with its earlier versions",
                        this::get)
                .add(
                        "PATCH",
                        "/v1/agents/{agent}/notes/{id}",
                        "updateNote",
                        "Change a note by a JSON merge patch",
                        this::update)
                .add(
                        "DELETE",
                        "/v1/agents/{agent}/notes/{id}",
                        "deleteNote",
                        "Erase a note and what was derived from it, or preview that",
                        this::delete)
                .add(
                        "POST",
                        "/v1/agents/{agent}/recall",
                        "recall",
                        "Search messages and notes for a query",
                        this::recall);
    }

    private Notes notes(Exchange exchange) {
        return stele.agent(exchange.agent()).notes();
    }

    private Reply create(Exchange exchange) {
        exchange.allowQuery("merge");
        boolean merge = exchange.queryFlag("merge");
        JsonObject json = exchange.jsonObject("note");
        var fields = new ArrayList<>(NoteDraft.FIELDS);
        fields.add("supersedes");
        json.only(fields);
        NoteDraft draft = NoteDraft.fromJson(json);
        RememberedNote remembered = json.optionalString("supersedes")
                .map(id -> new RememberedNote(
                        RememberedNote.Outcome.ADDED, notes(exchange).supersede(id, draft)))
                .orElseGet(() -> merge
                        ? notes(exchange).remember(draft, exchange.idempotencyKey())
                        : notes(exchange).add(draft, exchange.idempotencyKey()));
        Note note = remembered.note();
        Map<String, String> headers = Map.of(
                "Location",
                UriPaths.of("v1", "agents", exchange.path("agent"), "notes", note.id()),
                "ETag",
                "\"" + note.version() + "\"");
        return Reply.json(201, remembered.toJson(), headers);
    }

    private Reply list(Exchange exchange) {
        exchange.allowQuery(
                "category",
                "tag",
                "user",
                "session",
                "source",
                "min_importance",
                "pinned",
                "superseded",
                "limit",
                "after");
        NoteFilter.Builder filter = NoteFilter.builder().superseded(exchange.queryFlag("superseded"));
        exchange.query("category").ifPresent(filter::category);
        exchange.query("tag").ifPresent(filter::tag);
        exchange.query("user").ifPresent(filter::user);
        exchange.query("session").ifPresent(filter::session);
        exchange.query("source").ifPresent(filter::source);
        exchange.queryUnit("min_importance").ifPresent(filter::minImportance);
        exchange.queryOptionalFlag("pinned").ifPresent(filter::pinned);
        return MessageResources.page(
                notes(exchange)
                        .list(
                                filter.build(),
                                exchange.queryNumber("limit", DEFAULT_PAGE_SIZE),
                                exchange.query("after")),
                Note::toJson);
    }

    private Reply get(Exchange exchange) {
        exchange.allowQuery();
        String id = exchange.path("id");
        Note note = notes(exchange)
                .get(id)
                .orElseThrow(() -> new NotFoundException("There is no note " + Json.write(id) + "."));
        var json = Json.fields();
        note.toJson().forEach(json::put);
        json.put(
                "history",
                notes(exchange).history(id).stream().map(Note::toJson).toList());
        return versioned(json.map(), note.version());
    }

    private Reply update(Exchange exchange) {
        exchange.allowQuery();
        Note note = notes(exchange).update(exchange.path("id"), exchange.jsonObject("note"), exchange.ifMatch());
        return versioned(note.toJson(), note.version());
    }

    private Reply delete(Exchange exchange) {
        exchange.allowQuery("preview");
        String id = exchange.path("id");
        Notes notes = notes(exchange);
        return Erasures.reply(exchange, preview -> preview ? notes.previewDelete(id) : notes.delete(id));
    }

    /** Returns a response with status 200 whose ETag is a version. */
    static Reply versioned(Map<String, @Nullable Object> json, long version) {
        return Reply.json(200, json, Map.of("ETag", "\"" + version + "\""));
    }

    private Reply recall(Exchange exchange) {
        exchange.allowQuery();
        long startNanos = System.nanoTime();
        RecallResult result = stele.agent(exchange.agent()).recall(RecallQuery.fromJson(exchange.jsonObject("recall")));
        var json = Json.fields();
        result.toJson().forEach(json::keep);
        json.put("took_ms", Math.round((System.nanoTime() - startNanos) / 1e4) / 100.0);
        return Reply.json(json.map());
    }
}
