package dev.stele.recall;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is embedded of a question: all but the names of those who spoke. A turn is like what it says and not like its speaker's name, so
 * a name pulls a question's vector towards turns that say it, away from those of whom it is; who is meant is a signal by itself.
 */
final class SpeakerNames {

    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern SAYS_ANYTHING = Pattern.compile("[\\p{L}\\p{N}]");

    private SpeakerNames() {}

    /**
     * @param names one with a capital letter is meant only where it is written so
     * @return the question itself if it holds none of the names, or nothing else
     */
    static String of(String question, List<String> names) {
        if (names.isEmpty()) {
            return question;
        }
        String any = names.stream()
                .sorted(Comparator.comparingInt(String::length)
                        .reversed()) // of two that begin alike the longer is meant
                .map(name -> (hasCapital(name) ? "(?:" : "(?iu:") + Pattern.quote(name) + ")")
                .collect(Collectors.joining("|"));
        var named = Pattern.compile("(?<![\\p{L}\\p{N}])(?:" + any + ")(?:['’]s)?(?![\\p{L}\\p{N}])")
                .matcher(question);
        if (!named.find()) {
            return question;
        }
        String rest = BLANKS.matcher(named.replaceAll("")).replaceAll(" ").strip();
        return SAYS_ANYTHING.matcher(rest).find() ? rest : question;
    }

    /**
     * Those of some speakers whom a question names: all terms of the name are among its own.
     *
     * @param nameOf the terms of a speaker's name
     */
    static List<String> named(List<String> speakers, Set<String> terms, Function<String, List<String>> nameOf) {
        return speakers.stream()
                .filter(speaker -> {
                    List<String> name = nameOf.apply(speaker);
                    return !name.isEmpty() && terms.containsAll(name);
                })
                .toList();
    }

    private static boolean hasCapital(String name) {
        return name.codePoints().anyMatch(Character::isUpperCase);
    }
}
