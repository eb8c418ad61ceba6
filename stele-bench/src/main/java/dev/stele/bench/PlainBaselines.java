package dev.stele.bench;

import dev.stele.embedding.Embedder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Textbook retrievers over the texts of one conversation, which recall is compared with: {@link PlainBm25}; dense, the
 * cosine of the query with each text; and their reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009; k =
 * 60). The last two need an embedding model. For one thread.
 */
final class PlainBaselines {

    /** Constant of the fusion, as in the paper. */
    private static final double RANK_OFFSET = 60;

    /** Number of results of each retriever that are fused. */
    private static final int FUSED = 100;

    private final Optional<Embedder> embedder;
    private final PlainBm25 bm25 = new PlainBm25();
    private final List<String> ids = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    /** Vectors of the texts; null before the first search. */
    private @Nullable List<float[]> vectors;

    /**
     * @param embedder the embedding model; empty for BM25 only
     */
    PlainBaselines(Optional<Embedder> embedder) {
        this.embedder = embedder;
    }

    /**
     * Adds a text. All texts are added before the first search.
     *
     * @param id identifier of the text
     * @param text text to search
     */
    void add(String id, String text) {
        bm25.add(id, text);
        ids.add(id);
        texts.add(text);
    }

    /**
     * Returns the identifiers of the best texts by retriever, the best first.
     *
     * @param query text of the query
     * @param limit maximum number of texts
     */
    Map<String, List<String>> search(String query, int limit) {
        var results = new LinkedHashMap<String, List<String>>();
        List<String> byTerms = bm25.search(query, Math.max(limit, FUSED));
        results.put("bm25", first(byTerms, limit));
        embedder.ifPresent(model -> {
            List<String> nearest = nearest(model, query);
            results.put("dense", first(nearest, limit));
            results.put("rrf", fused(List.of(first(byTerms, FUSED), nearest), limit));
        });
        return results;
    }

    private static List<String> first(List<String> ranking, int count) {
        return ranking.subList(0, Math.min(count, ranking.size()));
    }

    private List<String> nearest(Embedder model, String query) {
        List<float[]> known = vectors == null ? model.embed(texts) : vectors;
        vectors = known;
        float[] wanted = model.embedQuery(query);
        double[] cosines =
                known.stream().mapToDouble(vector -> cosine(wanted, vector)).toArray();
        return IntStream.range(0, cosines.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer text) -> -cosines[text]))
                .limit(FUSED)
                .map(ids::get)
                .toList();
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
            squaresOfA += a[i] * a[i];
            squaresOfB += b[i] * b[i];
        }
        return squaresOfA == 0 || squaresOfB == 0 ? 0 : product / Math.sqrt(squaresOfA * squaresOfB);
    }

    private static List<String> fused(List<List<String>> rankings, int limit) {
        var scores = new HashMap<String, Double>();
        for (List<String> ranking : rankings) {
            for (int rank = 0; rank < ranking.size(); rank++) {
                scores.merge(ranking.get(rank), 1 / (RANK_OFFSET + rank + 1), Double::sum);
            }
        }
        return scores.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed().thenComparing(Map.Entry::getKey))
                .limit(limit)
                .map(Map.Entry::getKey)
                .toList();
    }
}
