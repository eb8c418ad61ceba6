package dev.stele.server;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.model.DuplicateGroup;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionState;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.Note;
import dev.stele.model.NoteFilter;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * REST resource of what a person should decide about the memory of an agent.
 *
 * @param maxExamined maximum number of interactions, and of notes, that are examined ({@code server.review-items})
 * @param totals totals that every page of the dashboard asks for
 */
record ReviewResources(Stele stele, int maxExamined, ReviewCounts totals) {

    /** Confidence below which a note is uncertain. */
    private static final double CERTAIN = 0.6;

    /** Field of a note's metadata: the time at which a person confirmed the note. */
    private static final String REVIEWED = "reviewed";

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
        if (exchange.queryFlag("counts")) {
            if (exchange.queryFlag("duplicates")) {
                throw new InvalidInputException("The parameters \"counts\" and \"duplicates\" exclude each other.");
            }
            long total = totals.of(memory, () -> findings(memory).total());
            return Reply.json(Json.fields().put("total", total).map());
        }
        Findings findings = findings(memory);
        List<Interaction> waiting = new ArrayList<>(findings.failed());
        waiting.addAll(interactions(memory, Optional.of(InteractionState.PENDING))); // no part of the total
        return Reply.json(Json.fields()
                .put("total", findings.total())
                .put(
                        "conflicts",
                        findings.conflicts().stream().map(Note::toJson).toList())
                .put(
                        "uncertain",
                        findings.uncertain().stream().map(Note::toJson).toList())
                .put("interactions", waiting.stream().map(Interaction::toJson).toList())
                .put(
                        "duplicates",
                        exchange.queryFlag("duplicates")
                                ? memory.consolidate(false).stream()
                                        .map(DuplicateGroup::toJson)
                                        .toList()
                                : null)
                .put("examined", limit())
                .map());
    }

    /**
     * What was found.
     *
     * @param conflicts notes that may contradict others
     * @param uncertain notes of low confidence, the least certain first
     * @param failed interactions whose reflection failed
     */
    private record Findings(List<Note> conflicts, List<Note> uncertain, List<Interaction> failed) {
        long total() {
            return (long) conflicts.size() + uncertain.size() + failed.size();
        }
    }

    private Findings findings(AgentMemory memory) {
        Map<String, Instant> contradicted = new LinkedHashMap<>();
        for (Interaction interaction : interactions(memory, Optional.empty())) {
            interaction
                    .outcome()
                    .ifPresent(outcome -> outcome.review()
                            .forEach(id ->
                                    contradicted.merge(id, interaction.createdAt(), (a, b) -> a.isAfter(b) ? a : b)));
        }
        List<Note> notes =
                memory.notes().list(NoteFilter.ALL, limit(), Optional.empty()).items();
        List<Note> conflicts = contradicted.keySet().stream()
                .flatMap(id -> memory.notes().get(id).stream())
                .filter(note -> note.supersededBy().isEmpty())
                .filter(note -> reviewed(note).isBefore(contradicted.get(note.id())))
                .toList();
        Set<String> shown = conflicts.stream().map(Note::id).collect(Collectors.toSet());
        List<Note> uncertain = notes.stream()
                .filter(note ->
                        note.body().confidence() < CERTAIN && !note.body().pinned() && !shown.contains(note.id()))
                .sorted((a, b) -> Double.compare(a.body().confidence(), b.body().confidence()))
                .toList();
        return new Findings(conflicts, uncertain, interactions(memory, Optional.of(InteractionState.FAILED)));
    }

    /** Returns when a person confirmed a note, as the field {@code reviewed} of its metadata tells. */
    private static Instant reviewed(Note note) {
        try {
            return note.body().metadata().get(REVIEWED) instanceof String time ? Instant.parse(time) : Instant.MIN;
        } catch (DateTimeParseException e) { // the metadata belong to the callers
            return Instant.MIN;
        }
    }

    private int limit() {
        return Math.min(maxExamined, stele.config().limits().results());
    }

    private List<Interaction> interactions(AgentMemory memory, Optional<InteractionState> state) {
        return memory.interactions()
                .list(Optional.empty(), state, limit(), Optional.empty())
                .items();
    }
}
