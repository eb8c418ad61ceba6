package dev.stele.extract;

import java.util.regex.Pattern;

/** Detector of words by which a statement denies something, or says that something is over. Stateless. */
public final class Denials {

    private static final Pattern NEGATION = Pattern.compile(
            "\\b(?:not|never|no longer|no more|n't|cannot|can't|don't|doesn't|isn't|wasn't|won't|dislikes?|hates?|detests?|stopped|quit)\\b",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern OVER = Pattern.compile(
            "\\b(?:no longer|any ?more|used to|stopped|quit|left|sold|former|broke up|gave up|given up|cancelled|canceled|died|moved out|not|nicht mehr|kein\\w* mehr|verkauft|gestorben|getrennt|aufgehört|ya no)\\b|(?:vendió|dejó|rompió|murió)(?!\\p{L})",
            Pattern.CASE_INSENSITIVE);

    private Denials() {}

    /** Returns whether a statement says that something is not so. */
    public static boolean isNegated(String statement) {
        return NEGATION.matcher(statement).find();
    }

    /** Returns whether a statement says itself that something is over. */
    public static boolean isOver(String statement) {
        return OVER.matcher(statement).find();
    }
}
