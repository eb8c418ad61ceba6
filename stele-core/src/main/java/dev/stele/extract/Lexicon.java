package dev.stele.extract;

import dev.stele.syntax.Token;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Word lists of the grammar of one language, and the names of the cities of the world. Both come from resources and are
 * loaded when they are first used. Immutable and thread-safe.
 */
final class Lexicon {

    /** Holder, so that the class loader loads the lists once. */
    private static final class English {
        private static final Lexicon LEXICON = new Lexicon("english-words.txt");
    }

    /** Holder of the city names, about 2 MB. */
    private static final class Places {
        private static final Set<String> NAMES = new HashSet<>();

        static {
            for (String line : lines("places.txt")) {
                NAMES.add(line);
            }
            for (String country : Locale.getISOCountries()) {
                NAMES.add(Locale.of("", country).getDisplayCountry(Locale.ENGLISH));
            }
            NAMES.addAll(Set.of(
                    "England", "Scotland", "Wales", "Ireland", "Britain", "UK", "US", "USA", "America", "Europe"));
        }
    }

    private final Map<String, Set<String>> lists = new HashMap<>();

    private Lexicon(String resource) {
        Set<String> current = new HashSet<>();
        for (String line : lines(resource)) {
            if (line.startsWith("[")) {
                current = lists.computeIfAbsent(line.substring(1, line.length() - 1), _ -> new HashSet<>());
            } else {
                for (String word : line.strip().split("\\s+", -1)) {
                    current.add(word.replace('_', ' '));
                }
            }
        }
    }

    /** Returns the word lists of English. */
    static Lexicon english() {
        return English.LEXICON;
    }

    /** Returns the lines of a resource without comments and blank lines. */
    static List<String> lines(String resource) {
        try (InputStream in = Lexicon.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("The class path has no " + resource + ".");
            }
            var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            var lines = new ArrayList<String>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#") && !line.isBlank()) {
                    lines.add(line);
                }
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether a list contains a lower-case word. */
    boolean has(String list, String word) {
        return lists.getOrDefault(list, Set.of()).contains(word);
    }

    /** Returns the words that the table of synonyms lists with a lower-case word, and the kinds of what it names. */
    Set<String> synonyms(String word) {
        var found = new HashSet<String>();
        lists.forEach((name, words) -> {
            if (name.startsWith("synonym ") && words.contains(word)) {
                found.addAll(words);
            }
        });
        found.addAll(lists.getOrDefault("kind " + word, Set.of()));
        return found;
    }

    boolean has(String list, Token token) {
        return has(list, token.lower());
    }

    /** Returns whether the name is that of a city with at least 15,000 inhabitants or of a country. */
    static boolean isKnownPlace(String name) {
        return Places.NAMES.contains(name);
    }
}
