package dev.stele.reflect;

import dev.stele.config.ReflectionPolicy;
import dev.stele.extract.Denials;
import dev.stele.extract.Ending;
import dev.stele.extract.Proposal;
import dev.stele.extract.Slot;
import dev.stele.extract.Synonyms;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

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

    /** Prepositions that tell roles apart. */
    private static final Set<String> ROLES = Set.of("from", "to", "by", "over", "than", "for");

    private static final Set<String> DIRECTIONS = Set.of("from", "to");

    /** Determiners that may stand between a preposition and its noun. */
    private static final Set<String> DETERMINERS =
            Set.of("the", "a", "an", "my", "our", "their", "his", "her", "its", "some", "any");

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

    /** Length in UTF-16 chars of the start of a note that names what the note is about. */
    private static final int MAX_START = 40;

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
        List<Known> ended = ended(proposal, subject, known);
        if (proposal.slot().isPresent()) {
            Optional<Verdict> bySlot = bySlot(proposal, proposal.slot().get(), subject, known, ended);
            if (bySlot.isPresent()) {
                return bySlot.get();
            }
        }
        if (!ended.isEmpty()) {
            return conflict(proposal, ended);
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
                if (theirs.containsAll(words) && sameRoles(proposal.content(), other.content())) {
                    best = other;
                    bestSimilarity = similarity;
                }
            }
        }
        if (best == null) {
            return new Verdict.New();
        }
        if (Denials.isNegated(proposal.content()) == Denials.isNegated(best.content())) {
            return new Verdict.Same(best, Math.round(bestSimilarity * 1000) / 1000.0);
        }
        boolean aboutTheSame = overlap(words, words(best.content(), subject)) >= MIN_OVERLAP_OF_CONFLICT;
        if (!aboutTheSame) {
            return new Verdict.New();
        }
        return proposal.conflict() == Slot.Conflict.REVIEW
                ? new Verdict.Unsure(best)
                : conflict(proposal, List.of(best));
    }

    /** Returns whether one note may duplicate the other; notes that fill different slots are no duplicates. */
    private static boolean compatible(Optional<Slot> a, Optional<Slot> b) {
        return a.isEmpty() || b.isEmpty() || sameSlot(a.get(), b.get());
    }

    private Optional<Verdict> bySlot(
            Proposal proposal, Slot slot, String subject, List<Known> known, List<Known> ended) {
        var others = new LinkedHashSet<Known>();
        for (Known other : known) {
            Optional<Slot> theirs = other.slot().filter(filled -> sameSlot(filled, slot));
            if (theirs.isPresent()) {
                if (same(theirs.get().value(), slot.value()) && !ended.contains(other)) {
                    if (slot.family().equals("has") && addsToEachOther(proposal.content(), other.content(), subject)) {
                        continue; // a scar on the chin and one on the knee
                    }
                    if (proposal.conflict() == Slot.Conflict.KEEP && !sameRoles(proposal.content(), other.content())) {
                        continue;
                    }
                    return ended.isEmpty() || ended.contains(other)
                            ? Optional.of(new Verdict.Same(other, 1))
                            : Optional.of(conflict(proposal, ended));
                }
                others.add(other);
            }
        }
        if (proposal.conflict() != Slot.Conflict.REPLACE && !others.isEmpty() && ended.isEmpty()) {
            Known latest = others.stream().max(Comparator.comparing(Known::at)).orElseThrow();
            return Optional.of(
                    proposal.conflict() == Slot.Conflict.KEEP ? new Verdict.New() : new Verdict.Unsure(latest));
        }
        if (proposal.conflict() == Slot.Conflict.REPLACE) {
            others.addAll(ended);
        } else {
            others.clear();
            others.addAll(ended);
        }
        return others.isEmpty() ? Optional.empty() : Optional.of(conflict(proposal, List.copyOf(others)));
    }

    /** Returns whether each of two statements has content words that the other one lacks. */
    private boolean addsToEachOther(String a, String b, String subject) {
        Set<String> first = words(a, subject);
        Set<String> second = words(b, subject);
        return !first.containsAll(second) && !second.containsAll(first);
    }

    /** Returns whether two slots ask the same of the same holder; one of the holders may lack its name. */
    private static boolean sameSlot(Slot a, Slot b) {
        return withoutHolder(a).equals(withoutHolder(b)) && sameHolder(a.holder(), b.holder());
    }

    private static String withoutHolder(Slot slot) {
        int at = slot.name().indexOf('@');
        return at < 0 ? slot.name() : slot.name().substring(0, at);
    }

    /** Compares holders of the form "sister/wanda": names decide if both have one, else the nouns. */
    private static boolean sameHolder(String a, String b) {
        if (a.equals(b)) {
            return true;
        }
        if (a.isEmpty() || b.isEmpty()) {
            return false;
        }
        String[] first = a.split("/", -1);
        String[] second = b.split("/", -1);
        if (first.length == 2 && second.length == 2) {
            return first[1].equals(second[1]);
        }
        return !first[0].isEmpty() && first[0].equals(second[0]);
    }

    /**
     * Returns the notes that the endings of a proposal are about: affirmative notes of the right family and holder, not
     * newer than the proposal, that contain the words of the ending.
     */
    private List<Known> ended(Proposal proposal, String subject, List<Known> known) {
        if (proposal.endings().isEmpty()) {
            return List.of();
        }
        var ended = new ArrayList<Known>();
        for (Known other : known) {
            if (!other.at().isAfter(proposal.at())
                    && proposal.endings().stream().anyMatch(ending -> ends(ending, other, subject, proposal))) {
                ended.add(other);
            }
        }
        return ended;
    }

    private boolean ends(Ending ending, Known other, String subject, Proposal proposal) {
        if (ending.note().isPresent()) {
            return ending.note().get().equals(other.id());
        }
        if (deniesAnyway(other, proposal) || !fits(ending, other, subject) || !holds(ending, other)) {
            return false;
        }
        if (ending.words().isEmpty()) {
            return true;
        }
        Set<String> theirs = new HashSet<>(terms.apply(other.content()));
        theirs.removeAll(terms.apply(subject));
        String content = other.content().toLowerCase(Locale.ROOT);
        return ending.words().stream().anyMatch(words -> containsAll(words, theirs, content));
    }

    /** Returns whether a note says itself that something is not or no longer so; then there is nothing to end. */
    private static boolean deniesAnyway(Known other, Proposal proposal) {
        boolean negative = Denials.isNegated(other.content());
        return other.slot().map(Slot::isNegative).orElse(false)
                || (negative && !Denials.isNegated(proposal.content()))
                || Denials.isOver(other.content());
    }

    /** Returns whether a note is of a family that may end. A note without a slot is one if it is about the user. */
    private static boolean fits(Ending ending, Known other, String subject) {
        if (other.category().equals("plan") && other.slot().isEmpty()) {
            return ending.families().contains("plan") || ending.families().contains(Ending.ANY);
        }
        if (other.category().equals("event") && other.slot().isEmpty()) {
            return ending.families().contains("event-to-come");
        }
        if (ending.families().contains(Ending.ANY)) {
            return true;
        }
        return other.slot()
                .map(slot -> ending.families().contains(slot.family()))
                .orElse(!ending.words().isEmpty()
                        && (other.content().startsWith(subject + " ") || isAbout(ending, other, subject)));
    }

    /** Returns whether a note about a thing of the user has the words of an ending near its start. */
    private static boolean isAbout(Ending ending, Known other, String subject) {
        String content = other.content().toLowerCase(Locale.ROOT);
        String start = content.substring(0, Math.min(content.length(), subject.length() + MAX_START));
        return content.startsWith(subject.toLowerCase(Locale.ROOT) + "'s ")
                && ending.words().stream().anyMatch(start::contains);
    }

    /** Returns whether a note is of the holder of the ending. */
    private static boolean holds(Ending ending, Known other) {
        String holder = other.slot().map(Slot::holder).orElse("");
        boolean ofAny =
                ending.families().contains(Ending.ANY) && ending.holder().isEmpty();
        return other.slot().isEmpty() || ofAny || sameHolder(holder, ending.holder());
    }

    private boolean containsAll(String words, Set<String> stems, String content) {
        for (String word : words.split("[^\\p{L}\\p{M}\\p{N}'’-]+", -1)) {
            if (!word.isBlank() && Synonyms.of(word).stream().noneMatch(synonym -> contains(synonym, stems, content))) {
                return false;
            }
        }
        return true;
    }

    private boolean contains(String word, Set<String> stems, String content) {
        List<String> own = terms.apply(word);
        return own.isEmpty() ? content.contains(word) : stems.containsAll(own);
    }

    /**
     * Returns whether two statements name the same things in the same roles. "From Porto to Faro" and "from Faro to
     * Porto" have the same words, and so have "Ana lent Ben a tent" and "Ben lent Ana a tent".
     */
    private static boolean sameRoles(String a, String b) {
        List<String> first = named(a);
        List<String> second = named(b);
        int next = 0;
        for (String word : second) {
            if (next < first.size() && first.get(next).equals(word)) {
                next++;
            }
        }
        return next == first.size();
    }

    /**
     * Returns the subject and the names and numbers of a statement with their prepositions, in their order. If it says
     * from where and to where, the nouns after these prepositions are names too.
     */
    private static List<String> named(String content) {
        var named = new ArrayList<String>();
        boolean directed = content.contains(" from ") && content.contains(" to ");
        String before = "";
        for (String word : content.split("[^\\p{L}\\p{M}\\p{N}'’-]+", -1)) {
            String lower = word.toLowerCase(Locale.ROOT);
            if (word.isEmpty() || DETERMINERS.contains(lower)) {
                continue;
            }
            boolean name = Character.isUpperCase(word.codePointAt(0)) || Character.isDigit(word.charAt(0));
            if (name || named.isEmpty() || (directed && DIRECTIONS.contains(before))) {
                named.add((ROLES.contains(before) ? before + " " : "") + lower);
            }
            before = lower;
        }
        return named;
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

    /** Returns whether a stem carries no fact, such as that of "really". */
    static boolean isMeaningless(String stem) {
        return MEANINGLESS_STEMS.contains(stem);
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
