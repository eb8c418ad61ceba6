package dev.stele.recall;

import dev.stele.analysis.Analyzer;
import dev.stele.analysis.StatementForm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Decides which items say nothing but what a better hit says, so that they are listed under that hit.
 *
 * <p>Only two kinds of items are folded: an item with the text of a better hit of the same kind, user and speaker, and
 * an item whose words are those of the messages that it was taken from, in their order. Similarity is no criterion:
 * "Invoice 1041 was paid" and "Invoice 1042 was paid", or "Ben lent Lea 40 euros" and the reverse, are similar by any
 * measure and say different things. For one thread.
 */
final class Folding {

    /** Words that reverse a statement. Most are stop words, so they are compared by themselves. */
    private static final Pattern NEGATION = Pattern.compile(
            "\\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|hardly|barely|longer|anymore)\\b"
                    + "|n['’]t\\b",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    private final Analyzer analyzer;
    private final Map<Text, Integer> indexByText = new HashMap<>();

    Folding(Analyzer analyzer) {
        this.analyzer = analyzer;
    }

    /**
     * What an item says, and by whom or about whom.
     *
     * @param owner kind, user, speaker, entity and collection of the item
     * @param content text of the item without differences that mean nothing
     */
    record Text(List<Object> owner, String content) {

        static Text of(Hit hit) {
            return new Text(
                    List.of(hit.kind(), hit.user(), hit.role(), hit.speaker(), ownerOf(hit)),
                    StatementForm.of(hit.content()));
        }

        /** Returns the entity of an observation, or the collection of a passage. */
        private static Optional<String> ownerOf(Hit hit) {
            return switch (hit.kind()) {
                case OBSERVATION -> hit.entity();
                case PASSAGE -> hit.category();
                case MESSAGE, NOTE -> Optional.empty();
            };
        }
    }

    /**
     * Records a hit that is shown.
     *
     * @param text what the hit says
     * @param index index of the hit in the list of hits
     */
    void shown(Text text, int index) {
        indexByText.putIfAbsent(text, index);
    }

    /**
     * Returns the index of the hit that an item is folded into; empty if the item is a hit of its own.
     *
     * @param hit item that is not shown yet
     * @param text what the item says
     * @param hits hits that are shown
     */
    OptionalInt target(Hit hit, Text text, List<Hit> hits) {
        OptionalInt source = source(hit, hits);
        if (source.isPresent()) {
            return source;
        }
        Integer same = indexByText.get(text);
        return same == null ? OptionalInt.empty() : OptionalInt.of(same);
    }

    /**
     * Returns the index of the best of the messages that an item was taken from. All of them must be hits, and the item
     * must add nothing to them: its terms are in them in the same order, and its negations are theirs.
     */
    private OptionalInt source(Hit hit, List<Hit> hits) {
        int[] sources = IntStream.range(0, hits.size())
                .filter(i -> hit.sources().contains(hits.get(i).id()))
                .toArray();
        if (sources.length == 0 || sources.length < hit.sources().size()) {
            return OptionalInt.empty();
        }
        var terms = new ArrayList<String>();
        var negations = new HashSet<String>();
        for (int source : sources) {
            Hit message = hits.get(source);
            message.speaker().map(analyzer::terms).ifPresent(terms::addAll);
            terms.addAll(analyzer.terms(message.content()));
            negations.addAll(negations(message.content()));
        }
        boolean addsNothing =
                isSubsequence(analyzer.terms(hit.content()), terms) && negations.equals(negations(hit.content()));
        return addsNothing ? OptionalInt.of(sources[0]) : OptionalInt.empty();
    }

    /** Returns whether a list contains the elements of another in their order, with others between them or not. */
    private static boolean isSubsequence(List<String> part, List<String> whole) {
        int found = 0;
        for (String term : whole) {
            if (found < part.size() && term.equals(part.get(found))) {
                found++;
            }
        }
        return found == part.size();
    }

    private static Set<String> negations(String text) {
        var found = new HashSet<String>();
        var matcher = NEGATION.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group().toLowerCase(Locale.ROOT));
        }
        return found;
    }
}
