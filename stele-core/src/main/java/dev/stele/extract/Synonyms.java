package dev.stele.extract;

import java.util.LinkedHashSet;
import java.util.Set;

/** Small table of English words that people use for the same thing, such as "bike" and "motorbike". Stateless. */
public final class Synonyms {

    private Synonyms() {}

    /** Returns a lower-case word and the words that may stand for the same thing. */
    public static Set<String> of(String word) {
        var synonyms = new LinkedHashSet<String>();
        synonyms.add(word);
        if (word.endsWith("s") && word.length() > 3) {
            synonyms.add(word.substring(0, word.length() - 1));
        }
        for (String one : Set.copyOf(synonyms)) {
            synonyms.addAll(Lexicon.english().synonyms(one));
        }
        return synonyms;
    }
}
