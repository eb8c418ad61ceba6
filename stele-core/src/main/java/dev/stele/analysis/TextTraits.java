package dev.stele.analysis;

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

    /** Number of bits that are reserved for traits. */
    public static final int BITS = 8;

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

    private TextTraits() {}

    /**
     * Returns the traits of a text.
     *
     * @param content any text
     * @return combination of {@link #ASKS} and {@link #TELLS_TIME}
     */
    public static int of(String content) {
        int traits = content.stripTrailing().endsWith("?") ? ASKS : 0;
        return TIME.matcher(content).find() ? traits | TELLS_TIME : traits;
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
