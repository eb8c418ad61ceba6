package dev.stele.recall;

import dev.stele.embedding.Reranker;
import dev.stele.io.Secrets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Last step of recall, if a {@link Reranker} is set up: more hits than the query asks for are ordered by the reranker,
 * and then cut to the limits of the query. A reranker that fails changes nothing but adds a notice. Stateless.
 */
public final class Reranking {

    private Reranking() {}

    /**
     * Returns a query for the hits that the reranker is asked about: at least its depth, without a token budget.
     *
     * @param query query as the caller asked it
     * @param maxHits maximum number of hits of any query
     */
    public static RecallQuery widened(RecallQuery query, Reranker reranker, int maxHits) {
        RecallQuery.Builder wide =
                query.toBuilder().limit(Math.max(query.limit(), Math.min(reranker.depth(), maxHits)));
        return wide.withoutMaxTokens().build();
    }

    /**
     * Orders hits by a reranker and cuts them to the limits of the query. The model is called on the thread of the
     * caller, which must hold no lock and no transaction. The scores keep their places, so that they do not increase
     * along the list.
     *
     * @param wide result of the {@linkplain #widened widened} query
     * @param query query as the caller asked it
     */
    public static RecallResult apply(RecallResult wide, RecallQuery query, Reranker reranker) {
        List<Hit> best =
                wide.hits().subList(0, Math.min(reranker.depth(), wide.hits().size()));
        Optional<String> notice = wide.notice();
        var ordered = new ArrayList<Hit>(best);
        if (best.size() > 1) {
            try {
                List<Double> relevance = reranker.relevance(
                        query.text(), best.stream().map(Hit::content).toList());
                check(relevance, best.size());
                int[] order = IntStream.range(0, best.size())
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer i) -> -relevance.get(i)))
                        .mapToInt(Integer::intValue)
                        .toArray();
                for (int i = 0; i < order.length; i++) {
                    ordered.set(i, best.get(order[i]).withScore(best.get(i).score()));
                }
            } catch (RuntimeException e) {
                notice = Optional.of("The reranker %s did not answer, so the hits are in the order without it: %s"
                        .formatted(reranker.model(), Secrets.hide(String.valueOf(e.getMessage()))));
            }
        }
        ordered.addAll(wide.hits().subList(best.size(), wide.hits().size()));
        return cut(wide, ordered, notice, query);
    }

    private static void check(List<Double> relevance, int texts) {
        if (relevance.size() != texts || relevance.stream().anyMatch(value -> !Double.isFinite(value))) {
            throw new IllegalStateException(
                    "it gave %d values for %d texts, or one that is no number".formatted(relevance.size(), texts));
        }
    }

    /** Keeps the first hits that fit into the limit and the token budget of the query. */
    private static RecallResult cut(RecallResult wide, List<Hit> ordered, Optional<String> notice, RecallQuery query) {
        var hits = new ArrayList<Hit>();
        int used = 0;
        for (Hit hit : ordered) {
            int tokens = query.maxTokens().isPresent() ? HitReader.tokens(hit) : 0;
            if (hits.size() < query.limit()
                    && used + tokens <= query.maxTokens().orElse(Integer.MAX_VALUE)) {
                hits.add(hit);
                used += tokens;
            }
        }
        return new RecallResult(
                hits,
                wide.mode(),
                notice,
                query.maxTokens().isPresent() ? OptionalInt.of(used) : OptionalInt.empty(),
                wide.archivedNotSearched(),
                wide.change());
    }
}
