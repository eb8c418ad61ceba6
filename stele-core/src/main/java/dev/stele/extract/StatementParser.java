package dev.stele.extract;

import dev.stele.language.RelativeDates;
import dev.stele.model.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Parser that finds statements which people make about themselves in English: where they live and work, their family,
 * pets and possessions, what they like and fear, what they did and what they plan. The set of patterns is small and
 * precise; a sentence that matches none is skipped. Stateless.
 */
public final class StatementParser {

    private static final Pattern SENTENCES =
            Pattern.compile("(?<=[.!?…])[\"”']?\\s+|\\n+|\\s+[–—]\\s+|\\s+-\\s+|;\\s+");

    /** Matches the start of a subordinate or following clause; the current clause ends there. */
    private static final Pattern CLAUSE_ENDS = Pattern.compile(
            ",? (?:but|though|although|so (?:that )?(?:i|it|we)\\b|because|'cause|since (?:i|it|we)\\b|which|and (?:it|i|i'm|that|they|this|now|we|he|she)\\b|it was|it's|it really|and then)\\b.*$",
            Pattern.CASE_INSENSITIVE);
    /**
     * Categories of statements that are understandable without the preceding statement. Plans and learning goals mostly
     * are not.
     */
    private static final Set<String> BY_ITSELF = Set.of("fact", "preference", "event");
    /** Matches further words that refer back, if another statement precedes in the same sentence. */
    private static final Pattern LEANS_IN_A_SENTENCE = Pattern.compile(
            "\\b(?:it|this|that|there|one|ones|other|others|everything|together|myself|themselves)\\b",
            Pattern.CASE_INSENSITIVE);
    /**
     * Matches a position where another statement may begin in a sentence: either a new subject follows, or a verb that
     * shares the preceding subject.
     */
    private static final Pattern NEXT = Pattern.compile(
            ",? (?:and|but|because|so) (?=(?:i|i'm|i’m|i've|i’ve|we|we're|we’re|we've|we’ve|my) )|,? (?:and|but) (?=(?<verb>(?:love|like|enjoy|hate|dislike|prefer|adore|live|work|have|want|plan|hope|moved|got|started|bought|adopted)) )",
            Pattern.CASE_INSENSITIVE);
    /**
     * Matches clauses after which a verb that follows "and" cannot be a noun of the preceding clause, as it might be in
     * "peace and love".
     */
    private static final Pattern SAYS_WHERE = Pattern.compile(
            "^(?:i|we)(?:'m|’m|'re|’re| am| are|'ve|’ve| have)? (?:[\\p{L}]+ly |just |now |also )?(?:live|living|moved|work|working|from|come|came|was born|were born|based|study|studying|single|married|divorced|widowed|retired|vegan|vegetarian)\\b",
            Pattern.CASE_INSENSITIVE);
    /** Matches lead-in words that people say before the actual statement. */
    private static final Pattern LEAD = Pattern.compile(
            "^(?:(?:oh|wow|yeah|yes|yep|no|nope|hey|hi|hello|well|so|and|but|also|actually|anyway|btw|by the way|thanks|thank you|sure|absolutely|definitely|totally|haha|lol|aw|awesome|cool|nice|great|sounds great|sounds good|ok|okay|right|true|same here|me too|honestly|luckily|unfortunately|recently|lately|as for me|guess what|you know|not much|remember when|fun fact)"
                    + "(?: [A-Z][\\w'’]+)?[,!.:]* +)+",
            Pattern.CASE_INSENSITIVE);

    /** Matches words that make a statement depend on the preceding messages, wherever they occur in it. */
    private static final Pattern LEANS = Pattern.compile(
            "\\b(?:you|your|yours|you're|you've|u|ya|y'all|these guys|that one|this one|these|those|the (?:pic|photo|picture|one|ones) (?:above|below)|like (?:this|that|these|those)|(?:of|for|with|about|to|on|from) (?:it|this|that|these|those)|(?:to|of|with|about) them$|here|(?:this|that) (?:one|guy|stuff|thing|piece|pic|photo|picture|painting|show|dress|place|book|song|movie|class|event|photo|trophy|sign|sculpture))\\b",
            Pattern.CASE_INSENSITIVE);

    private StatementParser() {}

    /**
     * Returns the statements that a message makes about its speaker. Sentences shorter than 6 or longer than 400 chars
     * and questions are skipped.
     *
     * @param message message to parse; its time resolves relative dates
     * @param subject name of the speaker in the statements
     * @return statements in their order
     */
    public static List<Statement> of(Message message, String subject) {
        return Stream.of(SENTENCES.split(message.content(), -1))
                .map(String::strip)
                .filter(sentence -> sentence.length() >= 6 && sentence.length() <= 400 && !sentence.endsWith("?"))
                .flatMap(sentence -> read(sentence, subject).stream()
                        .map(one ->
                                one.said(sentence).dated(RelativeDates.absolute(one.content(), message.at()) + ".")))
                .toList();
    }

    /**
     * Returns the statements of a sentence. The sentence is split at a conjunction only if the part after it is a
     * statement by itself.
     */
    private static List<Statement> read(String sentence, String subject) {
        var found = new ArrayList<Statement>();
        String head = sentence;
        boolean follows = false;
        Matcher next = NEXT.matcher(sentence);
        while (next.find()) {
            String before = head.substring(0, head.length() - (sentence.length() - next.start()));
            boolean shares = next.group("verb") != null;
            if (!shares
                    || SAYS_WHERE.matcher(LEAD.matcher(before).replaceFirst("")).find()) {
                String tail = (shares ? "I " : "") + sentence.substring(next.end());
                if (one(tail, true, subject).isPresent()) {
                    one(before, follows, subject).ifPresent(found::add);
                    head = tail;
                    follows = true;
                }
            }
        }
        one(head, follows, subject).ifPresent(found::add);
        return found;
    }

    /** Returns the statement of a clause. A clause that follows another one must be understandable without it. */
    private static Optional<Statement> one(String sentence, boolean follows, String subject) {
        return SentencePatterns.read(clause(sentence), subject)
                .filter(one -> !LEANS.matcher(one.content()).find())
                .filter(one -> !follows
                        || (BY_ITSELF.contains(one.category())
                                && !LEANS_IN_A_SENTENCE.matcher(one.content()).find()));
    }

    /** Returns the sentence without its lead-in words and without the clauses after the first. */
    private static String clause(String sentence) {
        String rest = LEAD.matcher(sentence).replaceFirst("");
        rest = CLAUSE_ENDS.matcher(rest).replaceFirst("");
        return rest.replaceAll("[\\s.!…~-]+$", "")
                .replaceAll("- here.*$", "")
                .replaceAll("[^\\p{L}\\p{N}\\p{P}\\p{Z}$€£+]+", "")
                .strip();
    }
}
