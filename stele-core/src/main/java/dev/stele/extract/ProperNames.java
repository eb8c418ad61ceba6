package dev.stele.extract;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names by their capitals. Stateless. */
public final class ProperNames {

    /** At most eight words: a repetition without a bound takes stack for each of them, and whole texts are in capitals. */
    private static final Pattern NAME = Pattern.compile(
            "(?<=[\\p{Ll}\\p{N},\"“] ?[\"“]?)(?<![.!?] )\\b(\\p{Lu}[\\p{L}'’]+(?: (?:of |the |and )?\\p{Lu}[\\p{L}'’]+){0,7})");

    private static final Set<String> NO_NAMES = EnglishGrammar.words("""
            i i'm i've i'd i'll monday tuesday wednesday thursday friday saturday sunday january february march april may
            june july august september october november december english ok okay mom dad lol omg btw fri sat sun""");

    private ProperNames() {}

    /** Names of what is written in capitals inside a sentence: people, titles, organisations; at most so many. */
    public static List<String> names(String text, Set<String> without, int most) {
        return NAME.matcher(text)
                .results()
                .map(found -> found.group(1).strip())
                .filter(found -> found.length() > 2
                        && !without.contains(EnglishGrammar.lower(found))
                        && !NO_NAMES.contains(EnglishGrammar.lower(found)))
                .distinct()
                .limit(most)
                .collect(Collectors.toList());
    }
}
