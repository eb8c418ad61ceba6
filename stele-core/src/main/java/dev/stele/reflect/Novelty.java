package dev.stele.reflect;

import dev.stele.config.ReflectionPolicy;
import dev.stele.extract.Proposal;
import dev.stele.extract.Slot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Novelty detector: decides whether a proposal is new, or duplicates, replaces or contradicts an existing note.
 * Similarity alone is not sufficient: "Ana lives in Porto" is very similar to "Ana lives in Lisbon" and states
 * something else. A proposal duplicates a note only if both are similar in meaning and the note contains all content
 * words of the proposal. A proposal that fills a {@link Slot} with another value replaces the note that filled it
 * before. Immutable and thread-safe.
 */
public final class Novelty {

    /** Stems of verbs and fillers that carry no fact, as the keyword index stems them. */
    private static final Set<String> MEANINGLESS_STEMS = Set.of(
            "love",
            "like",
            "enjoi",
            "prefer",
            "adore",
            "passion",
            "keen",
            "fond",
            "fan",
            "ador",
            "realli",
            "veri",
            "much",
            "have",
            "ha",
            "been",
            "be",
            "is",
            "ar",
            "user",
            "also",
            "doe",
            "do",
            "get",
            "got",
            "lot",
            "thing",
            "interest",
            "about",
            "their",
            "thei",
            "them",
            "go",
            "went",
            "now",
            "current",
            "currently",
            "into",
            "who",
            "which",
            "say",
            "said",
            "express",
            "appreci");

    private static final Pattern NEGATION = Pattern.compile(
            "\\b(?:not|never|no longer|no more|n't|cannot|can't|don't|doesn't|isn't|wasn't|won't|dislikes?|hates?|detests?|stopped|quit)\\b",
            Pattern.CASE_INSENSITIVE);

    /**
     * Minimum overlap of content words, from 0 to 1, at which a negated and an affirmative statement are taken to be
     * about the same thing.
     */
    private static final double MIN_OVERLAP_OF_CONFLICT = 0.8;

    /**
     * Existing note, or a proposal that was accepted earlier in the same reflection step.
     *
     * @param id id of the note
     * @param category category of the note
     * @param content content of the note
     * @param slot slot that the note fills, if any
     * @param at time since which the statement holds
     * @param confidence certainty of the statement, 0 to 1
     * @param vector unit vector of the content, if there is an embedding model
     */
    public record Known(
            String id,
            String category,
            String content,
            Optional<Slot> slot,
            Instant at,
            double confidence,
            Optional<float[]> vector) {}

    /** Result of the comparison of a proposal with the existing notes. */
    public sealed interface Verdict {
        /** The proposal is new. */
        record New() implements Verdict {}

        /** The proposal duplicates an existing note, which gains evidence. */
        record Same(Known known, double similarity) implements Verdict {}

        /** The proposal replaces existing notes. */
        record Replaces(List<Known> old) implements Verdict {}

        /** The proposal is older than an existing note and held until the time of that note. */
        record Past(Known later) implements Verdict {}

        /** The proposal may contradict an existing note; a person should review both. */
        record Unsure(Known other) implements Verdict {}
    }

    private final ReflectionPolicy policy;
    private final Function<String, List<String>> terms;

    /**
     * Creates a detector.
     *
     * @param policy similarity and confidence thresholds
     * @param terms function that returns the stems of the content words of a text, without stop words
     */
    public Novelty(ReflectionPolicy policy, Function<String, List<String>> terms) {
        this.policy = policy;
        this.terms = terms;
    }

    /**
     * Compares a proposal with the existing notes.
     *
     * @param proposal proposed note
     * @param vector unit vector of the proposal's content, embedded as a note; empty without an embedding model
     * @param subject name of the user, which is ignored in the comparison of words
     * @param known existing notes of the user
     * @return verdict on the proposal
     */
    public Verdict of(Proposal proposal, Optional<float[]> vector, String subject, List<Known> known) {
        if (proposal.slot().isPresent()) {
            Optional<Verdict> bySlot = bySlot(proposal, proposal.slot().get(), known);
            if (bySlot.isPresent()) {
                return bySlot.get();
            }
        }
        Set<String> words = words(proposal.content(), subject);
        Known best = null;
        double bestSimilarity = 0;
        for (Known other : known) {
            double similarity = similarity(proposal, vector, words, other, subject);
            double needed = other.category().equals(proposal.category())
                    ? policy.similarityWithin(proposal.category())
                    : policy.similarityAcross();
            if (similarity >= needed && similarity > bestSimilarity && compatible(proposal.slot(), other.slot())) {
                Set<String> theirs = words(other.content(), subject);
                if (theirs.containsAll(words)) {
                    best = other;
                    bestSimilarity = similarity;
                }
            }
        }
        if (best == null) {
            return new Verdict.New();
        }
        if (NEGATION.matcher(proposal.content()).find()
                == NEGATION.matcher(best.content()).find()) {
            return new Verdict.Same(best, Math.round(bestSimilarity * 1000) / 1000.0);
        }
        boolean aboutTheSame = overlap(words, words(best.content(), subject)) >= MIN_OVERLAP_OF_CONFLICT;
        return aboutTheSame ? conflict(proposal, List.of(best)) : new Verdict.New();
    }

    /** Returns whether one note may duplicate the other; notes that fill different slots are no duplicates. */
    private static boolean compatible(Optional<Slot> a, Optional<Slot> b) {
        return a.isEmpty() || b.isEmpty() || a.get().name().equals(b.get().name());
    }

    private Optional<Verdict> bySlot(Proposal proposal, Slot slot, List<Known> known) {
        var others = new ArrayList<Known>();
        for (Known other : known) {
            Optional<Slot> theirs = other.slot().filter(filled -> filled.name().equals(slot.name()));
            if (theirs.isPresent()) {
                if (same(theirs.get().value(), slot.value())) {
                    return Optional.of(new Verdict.Same(other, 1));
                }
                others.add(other);
            }
        }
        return others.isEmpty() ? Optional.empty() : Optional.of(conflict(proposal, others));
    }

    private Verdict conflict(Proposal proposal, List<Known> others) {
        Known latest = others.stream().max(Comparator.comparing(Known::at)).orElseThrow();
        if (proposal.at().isBefore(latest.at())) {
            return new Verdict.Past(latest);
        }
        return proposal.confidence() >= policy.sureToReplace()
                ? new Verdict.Replaces(others)
                : new Verdict.Unsure(latest);
    }

    private static boolean same(String a, String b) {
        return plain(a).equals(plain(b));
    }

    private static String plain(String value) {
        return value.toLowerCase(Locale.ROOT)
                .replaceFirst("^(?:the|a|an) ", "")
                .replaceAll("[^\\p{L}\\p{N}]+", " ")
                .strip();
    }

    /**
     * Returns the cosine similarity, or the overlap of content words if a vector is missing or the dimensions differ.
     */
    private double similarity(
            Proposal proposal, Optional<float[]> vector, Set<String> words, Known other, String subject) {
        if (vector.isPresent()
                && other.vector().isPresent()
                && vector.get().length == other.vector().get().length) {
            return cosine(vector.get(), other.vector().get());
        }
        return proposal.content().equals(other.content()) ? 1 : overlap(words, words(other.content(), subject));
    }

    /**
     * Returns the cosine similarity of two unit vectors.
     *
     * @param a unit vector
     * @param b unit vector with the same number of dimensions
     */
    public static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** Returns the Jaccard similarity of two sets; 1 if both are empty. */
    private static double overlap(Set<String> a, Set<String> b) {
        var all = new HashSet<>(a);
        all.addAll(b);
        long both = a.stream().filter(b::contains).count();
        return all.isEmpty() ? 1 : (double) both / all.size();
    }

    /** Returns the content words of a statement without its subject, which all notes of the user have in common. */
    private Set<String> words(String content, String subject) {
        Set<String> words = new HashSet<>(terms.apply(content));
        words.removeAll(MEANINGLESS_STEMS);
        words.removeAll(terms.apply(subject));
        words.removeAll(Arrays.asList("somebodi", "person"));
        return words;
    }
}
