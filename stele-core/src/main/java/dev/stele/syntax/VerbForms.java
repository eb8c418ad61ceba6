package dev.stele.syntax;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * English verb forms: the lemma of a form, its tense, and the third person singular of a lemma. Irregular verbs come
 * from a table; all others follow the rules of spelling. Immutable and thread-safe.
 */
public final class VerbForms {

    private static final VerbForms ENGLISH = new VerbForms();

    private final Map<String, String> lemmaOfPast = new HashMap<>();
    private final Map<String, String> lemmaOfParticiple = new HashMap<>();
    private final Set<String> lemmas = new HashSet<>();

    private VerbForms() {
        try (InputStream in = VerbForms.class.getResourceAsStream("english-verbs.txt")) {
            if (in == null) {
                throw new IllegalStateException("The class path has no english-verbs.txt.");
            }
            var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("#") || line.isBlank()) {
                    continue;
                }
                String[] forms = line.split(" ", -1);
                lemmas.add(forms[0]);
                if (forms.length == 3) {
                    for (String past : forms[1].split("/", -1)) {
                        lemmaOfPast.putIfAbsent(past, forms[0]);
                    }
                    for (String participle : forms[2].split("/", -1)) {
                        lemmaOfParticiple.putIfAbsent(participle, forms[0]);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the verb forms of English. */
    public static VerbForms english() {
        return ENGLISH;
    }

    /** Returns the lemma of a lower-case verb form; an unknown form is reduced by the rules of spelling. */
    public String lemma(String form) {
        String be = switch (form) {
            case "am", "are", "is", "was", "were", "been", "being", "'m", "'re", "m" -> "be";
            case "has", "had", "having", "'ve", "ve" -> "have";
            case "does", "did", "done", "doing" -> "do";
            case "'ll", "wo" -> "will";
            case "ca", "cannot" -> "can";
            case "gonna" -> "go";
            case "wanna" -> "want";
            default -> "";
        };
        if (!be.isEmpty()) {
            return be;
        }
        String irregular = lemmaOfPast.getOrDefault(form, lemmaOfParticiple.getOrDefault(form, ""));
        if (!irregular.isEmpty()) {
            return irregular;
        }
        if (lemmas.contains(form)) {
            return form;
        }
        if (form.endsWith("ing") && form.length() > 5) {
            return stem(form.substring(0, form.length() - 3));
        }
        if (form.endsWith("ied") && form.length() > 4) {
            return form.substring(0, form.length() - 3) + "y";
        }
        if (form.endsWith("ed") && form.length() > 3) {
            return stem(form.substring(0, form.length() - 2));
        }
        if (form.endsWith("ies") && form.length() > 4) {
            return form.substring(0, form.length() - 3) + "y";
        }
        if (form.matches(".*(?:ss|sh|ch|x|zz|o)es")) {
            return form.substring(0, form.length() - 2);
        }
        return form.endsWith("s") && !form.endsWith("ss") && form.length() > 2
                ? form.substring(0, form.length() - 1)
                : form;
    }

    /** Restores the lemma from the part before "ed" or "ing": "stopp" to "stop", "lov" to "love", "play" as it is. */
    private String stem(String part) {
        if (lemmas.contains(part)) {
            return part;
        }
        if (lemmas.contains(part + "e")) {
            return part + "e";
        }
        int n = part.length();
        boolean doubled =
                n > 2 && part.charAt(n - 1) == part.charAt(n - 2) && "aeiouylsz".indexOf(part.charAt(n - 1)) < 0;
        if (doubled) {
            return part.substring(0, n - 1);
        }
        if (n > 2 && part.endsWith("ll") && lemmas.contains(part.substring(0, n - 1))) {
            return part.substring(0, n - 1);
        }
        boolean silentE = part.matches(
                        ".*(?:[aeiou][vzcgu]|[^aeiou]l|[aeiou]s|rs|nc|rg|dg|lv|rv|[^aeiou][aeiou]r|[aiu]t|[aiou]k|id|ad|om|in)$")
                && !part.matches(".*(?:[aeiou]{2}[tdknrl]|en|er|on|it|in|im|om|ad)$");
        return silentE ? part + "e" : part;
    }

    /** Returns whether the lower-case form is a past tense. */
    public boolean isPast(String form) {
        return lemmaOfPast.containsKey(form)
                || (form.endsWith("ed") && form.length() > 3 && !form.endsWith("eed") && !lemmas.contains(form))
                || form.equals("was")
                || form.equals("were")
                || form.equals("had")
                || form.equals("did");
    }

    /** Returns whether the lower-case form is a past participle. */
    public boolean isParticiple(String form) {
        return lemmaOfParticiple.containsKey(form)
                || (form.endsWith("ed") && form.length() > 3 && !lemmas.contains(form))
                || form.equals("been")
                || form.equals("done")
                || form.equals("had");
    }

    /** Returns whether the lower-case form is a base form that the table knows. */
    public boolean isKnownLemma(String form) {
        return lemmas.contains(form);
    }

    /** Returns the third person singular of a lower-case base form. */
    public String third(String lemma) {
        return switch (lemma) {
            case "be", "am", "are", "'m", "'re" -> "is";
            case "have", "'ve" -> "has";
            case "do" -> "does";
            case "go" -> "goes";
            default -> {
                if (lemma.matches(".*[^aeiou]y")) {
                    yield lemma.substring(0, lemma.length() - 1) + "ies";
                }
                yield lemma.matches(".*(?:s|x|z|ch|sh|[^aeiou]o)") ? lemma + "es" : lemma + "s";
            }
        };
    }
}
