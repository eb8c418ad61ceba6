package dev.stele.extract;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Heuristic that finds proper names in a text by their capital letters. Stateless. */
public final class ProperNames {

    /**
     * Matches a name of at most eight words. The bound is necessary: an unbounded repetition needs stack for each word,
     * and some texts are written entirely in capitals.
     */
    private static final Pattern NAME = Pattern.compile(
            "(?<=[\\p{Ll}\\p{N},\"“] ?[\"“]?)(?<![.!?] )\\b(\\p{Lu}[\\p{L}'’]+(?: (?:of |the |and )?\\p{Lu}[\\p{L}'’]+){0,7})");

    private static final Set<String> NO_NAMES = EnglishGrammar.words("""
            i i'm i've i'd i'll monday tuesday wednesday thursday friday saturday sunday january february march april may
            june july august september october november december english ok okay mom dad lol omg btw fri sat sun""");

    private ProperNames() {}

    /**
     * Returns the distinct capitalized names inside the sentences of a text: people, titles, organizations.
     *
     * @param text text to search
     * @param without lower-case names to leave out
     * @param limit maximum number of names
     * @return names in order of occurrence
     */
    public static List<String> names(String text, Set<String> without, int limit) {
        return NAME.matcher(text)
                .results()
                .map(found -> found.group(1).strip())
                .filter(found -> found.length() > 2
                        && !without.contains(EnglishGrammar.lower(found))
                        && !NO_NAMES.contains(EnglishGrammar.lower(found)))
                .distinct()
                .limit(limit)
                .collect(Collectors.toList());
    }
}
