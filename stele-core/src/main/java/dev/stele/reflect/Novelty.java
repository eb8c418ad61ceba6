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
 * Tells what is new in a proposal from what is noted already. Likeness alone does not: "Ana lives in Porto" is very like "Ana lives in
 * Lisbon", and says another thing. So a statement is the same as a note only if it is alike in meaning and says nothing, in content
 * words, that the note does not; what answers a {@link Slot} otherwise takes the place of the note that did. Immutable, thread-safe.
 */
public final class Novelty {

    /** Verbs and fillers that carry no fact of their own, by the stems of the keyword index. */
    private static final Set<String> EMPTY = Set.of(
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

    private static final double NEARLY = 0.8;

    /** Something noted already, or about to be. */
    public record Known(
            String id,
            String category,
            String content,
            Optional<Slot> slot,
            Instant at,
            double confidence,
            Optional<float[]> vector) {}

    /** What to do with a proposal. */
    public sealed interface Verdict {
        /** It is new. */
        record New() implements Verdict {}

        /** It says what is noted; the note has more evidence now. */
        record Same(Known known, double similarity) implements Verdict {}

        /** It takes the place of what is noted. */
        record Replaces(List<Known> old) implements Verdict {}

        /** It is older than what is noted and was so until then. */
        record Past(Known later) implements Verdict {}

        /** It may contradict what is noted; people should look at both. */
        record Unsure(Known other) implements Verdict {}
    }

    private final ReflectionPolicy policy;
    private final Function<String, List<String>> terms;

    /** @param terms content words of a text by their stems, without stop words */
    public Novelty(ReflectionPolicy policy, Function<String, List<String>> terms) {
        this.policy = policy;
        this.terms = terms;
    }

    /** @param vector of the proposal's content as a note, if there is a model */
    public Verdict of(Proposal proposal, Optional<float[]> vector, String subject, List<Known> known) {
        if (proposal.slot().isPresent()) {
            Optional<Verdict> bySlot = bySlot(proposal, proposal.slot().get(), known);
            if (bySlot.isPresent()) {
                return bySlot.get();
            }
        }
        Set<String> words = words(proposal.content(), subject);
        Known best = null;
        double most = 0;
        for (Known other : known) {
            double similarity = similarity(proposal, vector, words, other, subject);
            double needed = other.category().equals(proposal.category())
                    ? policy.similarityWithin(proposal.category())
                    : policy.similarityAcross();
            if (similarity >= needed && similarity > most && compatible(proposal.slot(), other.slot())) {
                Set<String> theirs = words(other.content(), subject);
                if (theirs.containsAll(words)) {
                    best = other;
                    most = similarity;
                }
            }
        }
        if (best == null) {
            return new Verdict.New();
        }
        if (NEGATION.matcher(proposal.content()).find()
                == NEGATION.matcher(best.content()).find()) {
            return new Verdict.Same(best, Math.round(most * 1000) / 1000.0);
        }
        boolean aboutTheSame = overlap(words, words(best.content(), subject)) >= NEARLY;
        return aboutTheSame ? conflict(proposal, List.of(best)) : new Verdict.New();
    }

    /** A note that answers one question is no duplicate of one that answers another. */
    private static boolean compatible(Optional<Slot> a, Optional<Slot> b) {
        return a.isEmpty() || b.isEmpty() || a.get().name().equals(b.get().name());
    }

    private Optional<Verdict> bySlot(Proposal proposal, Slot slot, List<Known> known) {
        var others = new ArrayList<Known>();
        for (Known other : known) {
            Optional<Slot> theirs = other.slot().filter(one -> one.name().equals(slot.name()));
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

    /** Of two texts without vectors it is the share of words they have in common. */
    private double similarity(
            Proposal proposal, Optional<float[]> vector, Set<String> words, Known other, String subject) {
        if (vector.isPresent()
                && other.vector().isPresent()
                && vector.get().length == other.vector().get().length) {
            return cosine(vector.get(), other.vector().get());
        }
        return proposal.content().equals(other.content()) ? 1 : overlap(words, words(other.content(), subject));
    }

    /** Of two unit vectors of one length. */
    public static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static double overlap(Set<String> a, Set<String> b) {
        var all = new HashSet<>(a);
        all.addAll(b);
        long both = a.stream().filter(b::contains).count();
        return all.isEmpty() ? 1 : (double) both / all.size();
    }

    /** What a statement is about, without its subject: everybody's notes have that in common. */
    private Set<String> words(String content, String subject) {
        Set<String> words = new HashSet<>(terms.apply(content));
        words.removeAll(EMPTY);
        words.removeAll(terms.apply(subject));
        words.removeAll(Arrays.asList("somebodi", "person"));
        return words;
    }
}
