package dev.stele.analysis;

import java.util.regex.Pattern;

/** What a ranking wants to know of a text beyond its words, as bits that stores keep. Stateless. */
public final class TextTraits {

    /** It ends with a question: it asks rather than tells, and what follows it may be the answer. */
    public static final int ASKS = 1;
    /** It says when something is, was or will be. */
    public static final int TELLS_TIME = 2;

    /** There are no traits beyond these bits. */
    public static final int BITS = 8;

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

    private TextTraits() {}

    public static int of(String content) {
        int traits = content.stripTrailing().endsWith("?") ? ASKS : 0;
        return TIME.matcher(content).find() ? traits | TELLS_TIME : traits;
    }

    /** Whether a question wants what is newest. */
    public static boolean asksForLatest(String question) {
        return ASKS_FOR_LATEST.matcher(question).find();
    }

    /** Whether a question wants a time for an answer. */
    public static boolean asksForTime(String question) {
        return ASKS_FOR_TIME.matcher(question).find();
    }
}
