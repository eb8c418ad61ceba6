package dev.stele.recall;

import dev.stele.model.Role;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Stripper of speaker names, which prepares a question for embedding. The vector of a message reflects its content, not
 * the name of its speaker; a name in the question therefore pulls the vector of the question towards messages that
 * mention the name, and away from those that the person said. The speaker is a ranking feature of its own. Stateless.
 */
final class SpeakerNames {

    private static final Pattern WHITESPACE = Pattern.compile("\\s+");
    private static final Pattern LETTER_OR_DIGIT = Pattern.compile("[\\p{L}\\p{N}]");

    /** Words for the roles of speakers, in lower case. */
    private static final Set<String> ROLES =
            Arrays.stream(Role.values()).map(Role::label).collect(Collectors.toUnmodifiableSet());

    private SpeakerNames() {}

    /**
     * Returns a question without names.
     *
     * @param question text of the question
     * @param names names to remove; a name with a capital letter is matched with its case, other names are matched
     *     regardless of case
     * @return the question itself if it contains none of the names, or nothing but names
     */
    static String of(String question, List<String> names) {
        if (names.isEmpty()) {
            return question;
        }
        String alternatives = names.stream()
                .sorted(Comparator.comparingInt(String::length)
                        .reversed()) // of two names with the same beginning, the longer one is matched
                .map(name -> (hasCapital(name) ? "(?:" : "(?iu:") + Pattern.quote(name) + ")")
                .collect(Collectors.joining("|"));
        var matcher = Pattern.compile("(?<![\\p{L}\\p{N}])(?:" + alternatives + ")(?:['’]s)?(?![\\p{L}\\p{N}])")
                .matcher(question);
        if (!matcher.find()) {
            return question;
        }
        String rest = WHITESPACE.matcher(matcher.replaceAll("")).replaceAll(" ").strip();
        return LETTER_OR_DIGIT.matcher(rest).find() ? rest : question;
    }

    /**
     * Returns the speakers that a question names: all terms of the name are terms of the question. A speaker without a
     * name, who is called by the role ("user"), is not named by that word.
     *
     * @param speakers names of the speakers
     * @param terms terms of the question
     * @param nameOf returns the terms of a name
     */
    static List<String> named(List<String> speakers, Set<String> terms, Function<String, List<String>> nameOf) {
        return speakers.stream()
                .filter(speaker -> !ROLES.contains(speaker.toLowerCase(Locale.ROOT)))
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
