package dev.stele.recall;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Query with everything that is derived from its text before the memory is searched. Immutable, except that the array
 * of the vector is shared and must not be changed.
 *
 * @param query query as the caller asked it
 * @param time point in time at which the memory is queried: that of the query, or the current time
 * @param mode mode in which the query is ranked; {@link RecallMode#KEYWORD} if there is no vector, whatever the query
 *     asked for
 * @param terms terms of the keyword index
 * @param phrases terms of each quoted phrase
 * @param vector embedding of the query; empty to rank by terms alone
 * @param times time ranges that the text names by themselves
 * @param event event that a relative time expression of the text names ("two weeks before the trip")
 * @param usesGraph whether the knowledge graph activates items
 * @param asksForStatements whether the query is a question that no earlier question answers, see
 *     {@link RecallQuery#asksForStatements}
 * @param notice reason why there is no vector, if the caller has to know it
 */
record AnalyzedQuery(
        RecallQuery query,
        Instant time,
        RecallMode mode,
        List<String> terms,
        List<List<String>> phrases,
        Optional<Vector> vector,
        List<TimeExpressions.Range> times,
        Optional<Event> event,
        boolean usesGraph,
        boolean asksForStatements,
        Optional<String> notice) {

    /**
     * Embedding of a text of the query.
     *
     * @param values vector of unit length
     * @param floor minimum cosine of an item that shares no term with the query; a less similar item would only pad the
     *     result
     */
    record Vector(float[] values, float floor) {}

    /**
     * Event of a relative time expression, which is searched first.
     *
     * @param expression the time expression
     * @param terms terms of the event
     * @param vector embedding of the event; empty to rank by terms alone
     */
    record Event(TimeExpressions.AnchoredTime expression, List<String> terms, Optional<Vector> vector) {}

    /** Returns whether keyword features count. */
    boolean usesTerms() {
        return mode != RecallMode.SEMANTIC;
    }

    /** Returns the query for the event of a relative time expression: neither phrases, times nor the graph count. */
    AnalyzedQuery forEvent(Event named) {
        RecallMode eventMode = named.vector().isEmpty() ? RecallMode.KEYWORD : mode;
        return new AnalyzedQuery(
                query,
                time,
                eventMode,
                named.terms(),
                List.of(),
                named.vector(),
                List.of(),
                Optional.empty(),
                false,
                asksForStatements,
                Optional.empty());
    }

    /** Returns this query with one more time range. */
    AnalyzedQuery with(TimeExpressions.Range range) {
        var ranges = new ArrayList<>(times);
        ranges.add(range);
        return new AnalyzedQuery(
                query,
                time,
                mode,
                terms,
                phrases,
                vector,
                List.copyOf(ranges),
                event,
                usesGraph,
                asksForStatements,
                notice);
    }
}
