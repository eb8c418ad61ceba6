package dev.stele.recall;

import dev.stele.analysis.Analyzer;
import dev.stele.index.IndexSnapshot;
import dev.stele.store.StoreView;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * What one query searches: the memory at one point in time, as the read transaction and the index snapshot see it. For
 * one thread.
 *
 * @param view read transaction
 * @param items snapshot of the items at the point in time of {@code view}, with those of the archive if the query
 *     includes it
 * @param passing ordinals of the items that pass the filter of the query; not changed
 * @param archived archived items, if the query includes them
 * @param analyzer text analyzer of the agent
 * @param nameTerms returns the terms of a speaker's name
 * @param postings returns the postings of a term
 */
record SearchScope(
        StoreView view,
        IndexSnapshot items,
        BitSet passing,
        Optional<ArchivedItems> archived,
        Analyzer analyzer,
        Function<String, List<String>> nameTerms,
        Function<String, Postings> postings) {

    /** Returns this scope, restricted to some of its items. */
    SearchScope restrictedTo(BitSet ordinals) {
        var restricted = (BitSet) passing.clone();
        restricted.and(ordinals);
        return new SearchScope(view, items, restricted, archived, analyzer, nameTerms, postings);
    }

    /**
     * Returns the ordinals of the items that contain a phrase, whether they pass the filter or not.
     *
     * @param phrase terms of the phrase
     */
    BitSet holders(List<String> phrase) {
        LongStream archivedHolders = archived.stream().flatMapToLong(old -> LongStream.of(old.phrase(phrase)));
        var holders = new BitSet(items.size());
        LongStream.concat(LongStream.of(view.phrase(phrase)), archivedHolders)
                .mapToInt(items::ordinalOf)
                .filter(ordinal -> ordinal != IndexSnapshot.NONE)
                .forEach(holders::set);
        return holders;
    }
}
