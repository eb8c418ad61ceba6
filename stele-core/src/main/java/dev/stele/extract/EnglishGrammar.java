package dev.stele.extract;

import java.util.Locale;
import java.util.Set;

/** English word forms that rewrite first-person statements into the third person. Stateless. */
final class EnglishGrammar {

    private EnglishGrammar() {}

    /** Returns the whitespace-separated words of a text; the words must be distinct. */
    static Set<String> words(String text) {
        return Set.of(text.strip().split("\\s+"));
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String lowerFirst(String text) {
        return text.length() < 2 ? text : text.charAt(0) + lower(text.substring(1, 2)) + text.substring(2);
    }

    static String article(String noun) {
        return "aeiou".indexOf(Character.toLowerCase(noun.charAt(0))) >= 0 ? "an" : "a";
    }

    /** Returns the third-person singular form of a verb phrase. Only the first word of the phrase changes. */
    static String third(String verb) {
        int blank = verb.indexOf(' ');
        String first = blank < 0 ? verb : verb.substring(0, blank);
        String rest = blank < 0 ? "" : verb.substring(blank);
        String changed = switch (first) {
            case "am" -> "is";
            case "have" -> "has";
            case "do" -> "does";
            case "go" -> "goes";
            default -> {
                if (first.matches(".*(?:s|x|z|ch|sh)") && !first.endsWith("ss")) {
                    yield first.endsWith("s") ? first : first + "es";
                }
                if (first.endsWith("ss")) {
                    yield first + "es";
                }
                if (first.matches(".*[^aeiou]y")) {
                    yield first.substring(0, first.length() - 1) + "ies";
                }
                yield first.matches(".*(?:ed|ing)") || first.equals("would") ? first : first + "s";
            }
        };
        return changed + rest;
    }
}
