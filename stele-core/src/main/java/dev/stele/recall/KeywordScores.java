package dev.stele.recall;

import dev.stele.index.LiveItems;
import dev.stele.store.Postings;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * BM25 of every item for a query's terms, three times over different documents: the turn alone with its speaker and
 * date, the turn with the turns beside it, and the whole conversation. A bare turn often lacks the word that the turn
 * before it has; the conversation tells which of many such turns is meant. A name of somebody who spoke is no word here: it
 * says who, and not what.
 *
 * <p>Formula: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with idf = ln(1 + (N - n + 0.5) / (n
 * + 0.5)).
 */
final class KeywordScores {

    private static final float K1 = 1.2f;
    private static final float B = 0.5f;

    final float[] turn;
    final float[] window;
    final float[] session;
    /** 1 where somebody spoke whom the query names, else 0. */
    final float[] speaker;

    /** Whether the terms name people and say nothing else. */
    private boolean onlyNames;

    /** For each term that occurs anywhere, the positions whose window holds it. */
    private final Map<String, BitSet> holders = new LinkedHashMap<>();

    private KeywordScores(LiveItems items) {
        this.turn = new float[items.size()];
        this.window = new float[items.size()];
        this.session = new float[items.size()];
        this.speaker = new float[items.size()];
    }

    /** @param nameOf the terms of a speaker's name */
    static KeywordScores of(
            LiveItems items,
            List<String> terms,
            Function<String, List<String>> nameOf,
            Function<String, Postings> postings) {
        var scores = new KeywordScores(items);
        Set<String> names = scores.findSpeakers(items, Set.copyOf(terms), nameOf);
        scores.onlyNames = !names.isEmpty() && names.containsAll(terms);
        int size = items.size();
        var turnLength = new float[size];
        var windowLength = new float[size];
        var groupLength = new float[items.groupCount()];
        for (int i = 0; i < size; i++) {
            int length = items.get(i).length();
            turnLength[i] = length;
            groupLength[items.group(i)] += length;
            windowLength[i] += length;
            if (items.neighbours(i, i + 1)) {
                windowLength[i + 1] += length;
                windowLength[i] += items.get(i + 1).length();
            }
        }
        var groupScore = new float[items.groupCount()];
        var turns = new Counts(turnLength);
        var windows = new Counts(windowLength);
        var groups = new Counts(groupLength);
        for (String term :
                terms.stream().distinct().filter(term -> !names.contains(term)).toList()) {
            Postings found = postings.apply(term);
            for (int i = 0; i < found.items().length; i++) {
                long number = found.items()[i];
                int position = items.position(number);
                if (position >= 0) {
                    turns.add(position);
                    groups.add(items.group(position));
                    windows.add(position);
                    if (items.neighbours(position, position - 1)) {
                        windows.add(position - 1);
                    }
                    if (items.neighbours(position, position + 1)) {
                        windows.add(position + 1);
                    }
                }
            }
            if (!windows.isEmpty()) {
                scores.holders.put(term, windows.holders());
            }
            turns.scoreInto(scores.turn);
            windows.scoreInto(scores.window);
            groups.scoreInto(groupScore);
        }
        for (int i = 0; i < size; i++) {
            scores.session[i] = groupScore[items.group(i)];
        }
        return scores;
    }

    /** Marks what was said by those whom the terms name, and returns their names' terms. */
    private Set<String> findSpeakers(LiveItems items, Set<String> terms, Function<String, List<String>> nameOf) {
        var names = new HashSet<String>();
        var named = new BitSet();
        for (int i = 0; i < items.speakers().size(); i++) {
            List<String> name = nameOf.apply(items.speakers().get(i));
            if (!name.isEmpty() && terms.containsAll(name)) {
                names.addAll(name);
                named.set(i);
            }
        }
        if (!named.isEmpty()) {
            var said = new BitSet(items.size());
            for (int i = 0; i < items.size(); i++) {
                if (named.get(items.speakerOf(i))) {
                    speaker[i] = 1;
                    said.set(i);
                }
            }
            names.forEach(term -> holders.put(term, said));
        }
        return names;
    }

    /** Whether an item has anything to do with the terms. */
    boolean meets(int position) {
        return window[position] > 0 || (onlyNames && speaker[position] > 0);
    }

    /** The terms that the turn at a position, or one beside it, contains. */
    List<String> words(int position) {
        var words = new ArrayList<String>();
        holders.forEach((term, positions) -> {
            if (positions.get(position)) {
                words.add(term);
            }
        });
        return words;
    }

    /** Occurrences of one term at a time in one kind of document; empty again after each {@link #scoreInto}. */
    private static final class Counts {
        private final float[] lengths;
        private final float average;
        private final int[] counts;
        private final int[] seen;
        private int seenCount;

        Counts(float[] lengths) {
            this.lengths = lengths;
            this.counts = new int[lengths.length];
            this.seen = new int[lengths.length];
            double sum = 0;
            for (float length : lengths) {
                sum += length;
            }
            this.average = lengths.length == 0 ? 1 : (float) Math.max(1, sum / lengths.length);
        }

        void add(int document) {
            if (counts[document]++ == 0) {
                seen[seenCount++] = document;
            }
        }

        boolean isEmpty() {
            return seenCount == 0;
        }

        BitSet holders() {
            var holders = new BitSet();
            for (int i = 0; i < seenCount; i++) {
                holders.set(seen[i]);
            }
            return holders;
        }

        void scoreInto(float[] scores) {
            float idf = (float) Math.log(1 + (lengths.length - seenCount + 0.5) / (seenCount + 0.5));
            for (int i = 0; i < seenCount; i++) {
                int document = seen[i];
                float count = counts[document];
                scores[document] += idf * count * (K1 + 1) / (count + K1 * (1 - B + B * lengths[document] / average));
                counts[document] = 0;
            }
            seenCount = 0;
        }
    }
}
