package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.DuplicateGroup;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** REST resource of what a person should decide about the memory of an agent. */
record ReviewResources(Stele stele) {

    /** Confidence below which a note is uncertain. */
    private static final double CERTAIN = 0.6;
    /** Maximum number of interactions, and of notes, that are examined: the newest ones. */
    private static final int MAX_EXAMINED = 500;

    /** Registers the route. */
    void addTo(Router router) {
        router.add(
                "GET",
                "/v1/agents/{agent}/review",
                "getReview",
                "Get what a person should review: notes that may contradict others, uncertain notes, failed interactions and, on request, duplicates",
                Router.Work.COMPUTE,
                this::review);
    }

    private Reply review(Exchange exchange) {
        exchange.allowQuery("duplicates", "counts");
        AgentMemory memory = stele.agent(exchange.agent());
        int limit = Math.min(MAX_EXAMINED, stele.config().limits().results());
        Set<String> ids = new LinkedHashSet<>();
        for (Interaction interaction : interactions(memory, Optional.empty(), limit)) {
            interaction.outcome().ifPresent(outcome -> ids.addAll(outcome.review()));
        }
        List<Note> notes =
                memory.notes().list(NoteFilter.ALL, limit, Optional.empty()).items();
        List<Note> conflicts = ids.stream()
                .flatMap(id -> memory.notes().get(id).stream())
                .filter(note -> note.supersededBy().isEmpty())
                .toList();
        List<Note> uncertain = notes.stream()
                .filter(note ->
                        note.body().confidence() < CERTAIN && !note.body().pinned() && !ids.contains(note.id()))
                .sorted((a, b) -> Double.compare(a.body().confidence(), b.body().confidence()))
                .toList();
        List<Interaction> waiting = new ArrayList<>(interactions(memory, Optional.of(InteractionState.FAILED), limit));
        int failed = waiting.size();
        boolean counts = exchange.queryFlag("counts");
        if (!counts) { // the total does not contain them
            waiting.addAll(interactions(memory, Optional.of(InteractionState.PENDING), limit));
        }
        return Reply.json(Json.fields()
                .put("total", conflicts.size() + uncertain.size() + failed)
                .put(
                        "conflicts",
                        counts ? null : conflicts.stream().map(Note::toJson).toList())
                .put(
                        "uncertain",
                        counts ? null : uncertain.stream().map(Note::toJson).toList())
                .put(
                        "interactions",
                        counts
                                ? null
                                : waiting.stream().map(Interaction::toJson).toList())
                .put(
                        "duplicates",
                        exchange.queryFlag("duplicates")
                                ? memory.consolidate(false).stream()
                                        .map(DuplicateGroup::toJson)
                                        .toList()
                                : null)
                .map());
    }

    private static List<Interaction> interactions(AgentMemory memory, Optional<InteractionState> state, int limit) {
        return memory.interactions()
                .list(Optional.empty(), state, limit, Optional.empty())
                .items();
    }
}
