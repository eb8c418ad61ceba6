package dev.stele.bench;

import dev.stele.analysis.Analyzer;
import dev.stele.analysis.Language;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Textbook BM25 over texts (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009; k1 = 1.2, b = 0.75),
 * with the stop words and the stemmer of English: the baseline that recall is compared with. For one thread.
 */
final class PlainBm25 {

    private static final double K1 = 1.2;
    private static final double B = 0.75;

    private final Analyzer analyzer = new Analyzer(Language.ENGLISH);
    private final List<String> ids = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    /** Frequency of each term by index of text. */
    private final Map<String, Map<Integer, Integer>> frequencies = new HashMap<>();

    private long totalLength;

    /**
     * Adds a text.
     *
     * @param id identifier of the text
     * @param text text to search
     */
    void add(String id, String text) {
        List<String> terms = analyzer.terms(text);
        for (String term : terms) {
            frequencies.computeIfAbsent(term, _ -> new HashMap<>()).merge(ids.size(), 1, Integer::sum);
        }
        ids.add(id);
        lengths.add(terms.size());
        totalLength += terms.size();
    }

    /**
     * Returns the identifiers of the best texts, the best first; texts of equal score keep their order.
     *
     * @param query text of the query
     * @param limit maximum number of texts
     */
    List<String> search(String query, int limit) {
        var scores = new double[ids.size()];
        double averageLength = Math.max(1, (double) totalLength / Math.max(1, ids.size()));
        for (String term : new HashSet<>(analyzer.queryTerms(query))) {
            Map<Integer, Integer> texts = frequencies.getOrDefault(term, Map.of());
            double idf = Math.log(1 + (ids.size() - texts.size() + 0.5) / (texts.size() + 0.5));
            texts.forEach((text, count) -> scores[text] +=
                    idf * count * (K1 + 1) / (count + K1 * (1 - B + B * lengths.get(text) / averageLength)));
        }
        return IntStream.range(0, scores.length)
                .filter(text -> scores[text] > 0)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer text) -> -scores[text]))
                .limit(limit)
                .map(ids::get)
                .toList();
    }
}
