package dev.stele.extract;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewriter of first-person pronouns into the third person. The result uses the plural ("they"), which English uses for
 * a person of unknown gender. Stateless.
 */
final class Pronouns {

    private record Change(Pattern pattern, String by) {}

    private static final List<Change> CHANGES = List.of(
            change("(?:I am|I'm|I’m|we are|we're|we’re)", "they are"),
            change("(?:I was)", "they were"),
            change("(?:I've|I’ve|we've|we’ve)", "they have"),
            change("(?:I'd|I’d|we'd|we’d)", "they would"),
            change("(?:I'll|I’ll|we'll|we’ll)", "they will"),
            change("(?:I|we)", "they"),
            change("(?:myself|ourselves)", "themselves"),
            change("(?:my|our)", "their"),
            change("(?:mine|ours)", "theirs"),
            change("(?:me|us)", "them"));

    private Pronouns() {}

    private static Change change(String words, String by) {
        return new Change(
                Pattern.compile("(?<![\\p{L}\\p{N}'’-])" + words + "(?![\\p{L}\\p{N}'’-])", Pattern.CASE_INSENSITIVE),
                by);
    }

    static String third(String text) {
        String result = text;
        for (Change change : CHANGES) {
            result = change.pattern().matcher(result).replaceAll(Matcher.quoteReplacement(change.by()));
        }
        return result;
    }
}
