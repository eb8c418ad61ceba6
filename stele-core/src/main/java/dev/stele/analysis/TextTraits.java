package dev.stele.analysis;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Detector of traits of a text that ranking uses in addition to its terms. Traits are bits that stores keep with an
 * item. Stateless.
 */
public final class TextTraits {

    /**
     * Bit of a text that ends with a question: it asks rather than states, and the text that follows may be the answer.
     */
    public static final int ASKS = 1;
    /** Bit of a text that states when something is, was or will be. */
    public static final int TELLS_TIME = 2;

    /** Bit of a text that consists of questions only, so that it states nothing. */
    public static final int ONLY_ASKS = 4;

    /** Bit of a message that is never recalled. */
    public static final int WITHHELD = 8;

    /** Number of bits that are reserved for traits. */
    public static final int BITS = 8;

    /** Maximum length of a text that consists of questions only, in chars; longer texts state something. */
    private static final int MAX_QUESTION_LENGTH = 400;

    /** Mask of all trait bits. */
    public static final int ALL = (1 << BITS) - 1;

    private static final Pattern TIME = Pattern.compile(
            "\\b(yesterday|today|tomorrow|tonight|last|next|ago|recently|soon|since|mornings?|days?|weeks?|weekends?|months?|years?"
                    + "|(mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september"
                    + "|october|november|december|\\d{4})\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ASKS_FOR_TIME = Pattern.compile(
            "\\bwhen\\b|\\bhow long\\b|\\b(what|which) (day|week|month|year|date|time)\\b", Pattern.CASE_INSENSITIVE);

    private static final Pattern ASKS_FOR_LATEST = Pattern.compile(
            "\\b(latest|newest|most recent(ly)?|recently|currently|right now|now|nowadays|these days|at the moment|last time)\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ASKS_FOR_REPLY = Pattern.compile(
            "\\b(did|have|had|were) you\\b"
                    + "|\\byou(['\u2019]ve)? (said|suggested|recommended|told|mentioned|gave|given|proposed|advised|explained|provided)\\b"
                    + "|\\byour (advice|answer|suggestions?|recommendations?|explanation|reply|response)\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ASKS_FOR_QUESTIONS = Pattern.compile(
            "\\b(did|have|had|was) (I|we|he|she|they)( \\w+)? (ask|asked|asking|wonder|wondered)\\b"
                    + "|\\b(I|we|he|she|they)( \\w+)? (asked|wondered)\\b"
                    + "|\\b(my|our|his|her|their|earlier|previous|last|which|what) questions?\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ANY_QUESTION_MARK = Pattern.compile("[?\\uFF1F\\u061F\\u037E](?=\\W*(\\s|$))");

    private static final Pattern QUESTION_MARK = Pattern.compile("[?\\uFF1F\\u061F\\u037E]\\W*$");

    private static final Pattern SENTENCE_ENDS = Pattern.compile("(?<=[.!?\\u2026\\u3002\\uFF01\\uFF1F])\\s+|\\n+");

    /** Begin of a question: an interrogative or an auxiliary verb, perhaps after a greeting or a conjunction. */
    private static final Pattern QUESTION_BEGINS = Pattern.compile(
            "^\\W*(?:(?:and|but|so|then|ok|okay|hey|hi|hello|please|also|well|now|sorry|thanks)\\W+)*"
                    + "(?:what|when|where|who|whom|whose|which|why|how|do|does|did|is|are|was|were|am|can|could|will|would"
                    + "|should|shall|may|might|have|has|had|any|remember|in what|in which|at what|on what|on which|from"
                    + " where|to whom|with whom)(?:['\\u2019]\\w+)?\\b",
            Pattern.CASE_INSENSITIVE);

    /** Question without a question mark: an interrogative or an auxiliary verb, and its subject or verb. */
    private static final Pattern UNMARKED_QUESTION = Pattern.compile(
            "^\\W*(?:what|where|when|who|which|why|how)(?:['\\u2019]?s)?"
                    + " (?:is|are|was|were|did|do|does|have|has|can|could|should|will|would)\\b(?!.*[.!,;:]\\s)"
                    + "|^\\W*(?:do|does|did|is|are|was|were|can|could|will|would|should|have|has)"
                    + " (?:i|you|we|he|she|it|they|there|my|your|our|his|her|their|the)\\b(?!.*[.!,;:]\\s)",
            Pattern.CASE_INSENSITIVE);

    private TextTraits() {}

    /**
     * Returns the traits of a text.
     *
     * @param content any text
     * @return combination of {@link #ASKS}, {@link #ONLY_ASKS} and {@link #TELLS_TIME}
     */
    public static int of(String content) {
        int traits = content.stripTrailing().endsWith("?") ? ASKS : 0;
        traits |= onlyAsks(content) ? ASKS | ONLY_ASKS : 0;
        return TIME.matcher(content).find() ? traits | TELLS_TIME : traits;
    }

    /**
     * Returns whether a text consists of questions only. A question after a clause that states something ("I moved to
     * Porto, where can I swim?") is not one of them; nor is any question that does not begin as English questions do,
     * since what it states is not known.
     */
    public static boolean onlyAsks(String content) {
        if (content.length() > MAX_QUESTION_LENGTH) {
            return false;
        }
        String text = content.strip();
        if (!QUESTION_MARK.matcher(text).find()) {
            return UNMARKED_QUESTION.matcher(text).find();
        }
        return Arrays.stream(SENTENCE_ENDS.split(text, -1))
                .filter(sentence -> !sentence.isBlank())
                .allMatch(sentence -> QUESTION_MARK.matcher(sentence).find()
                        && QUESTION_BEGINS.matcher(sentence).find());
    }

    /** Returns whether a query contains a question, with a question mark or without. */
    public static boolean isQuestion(String query) {
        return ANY_QUESTION_MARK.matcher(query).find()
                || UNMARKED_QUESTION.matcher(query.strip()).find();
    }

    /** Returns whether a query asks for questions that were asked earlier. */
    public static boolean asksForQuestions(String question) {
        return ASKS_FOR_QUESTIONS.matcher(question).find();
    }

    /** Returns whether a query asks for the most recent information. */
    public static boolean asksForLatest(String question) {
        return ASKS_FOR_LATEST.matcher(question).find();
    }

    /** Returns whether a query asks what the assistant replied ("What did you suggest?"). */
    public static boolean asksForReply(String question) {
        return ASKS_FOR_REPLY.matcher(question).find();
    }

    /** Returns whether a query asks for a time. */
    public static boolean asksForTime(String question) {
        return ASKS_FOR_TIME.matcher(question).find();
    }
}
