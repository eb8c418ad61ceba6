package dev.stele.analysis;

import dev.stele.model.InvalidInputException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.WordlistLoader;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.tartarus.snowball.SnowballStemmer;
import org.tartarus.snowball.ext.DanishStemmer;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.FinnishStemmer;
import org.tartarus.snowball.ext.FrenchStemmer;
import org.tartarus.snowball.ext.GermanStemmer;
import org.tartarus.snowball.ext.HungarianStemmer;
import org.tartarus.snowball.ext.ItalianStemmer;
import org.tartarus.snowball.ext.NorwegianStemmer;
import org.tartarus.snowball.ext.PorterStemmer;
import org.tartarus.snowball.ext.PortugueseStemmer;
import org.tartarus.snowball.ext.RomanianStemmer;
import org.tartarus.snowball.ext.RussianStemmer;
import org.tartarus.snowball.ext.SpanishStemmer;
import org.tartarus.snowball.ext.SwedishStemmer;

/**
 * Language of the keyword index, with its stop words and its stemmer. Words of languages not listed here are only
 * converted to lower case.
 */
public enum Language {
    ENGLISH("en"),
    DANISH("da"),
    GERMAN("de"),
    SPANISH("es"),
    FINNISH("fi"),
    FRENCH("fr"),
    HUNGARIAN("hu"),
    ITALIAN("it"),
    DUTCH("nl"),
    NORWEGIAN("no"),
    PORTUGUESE("pt"),
    ROMANIAN("ro"),
    RUSSIAN("ru"),
    SWEDISH("sv"),
    /** Any other language: no stop words and no stemmer. */
    ANY("any");

    private final String code;

    Language(String code) {
        this.code = code;
    }

    /** Returns the two-letter code of ISO 639-1, or {@code any}. */
    public String code() {
        return code;
    }

    /** Returns the words that are not indexed. */
    CharArraySet stopWords() {
        return switch (this) {
            case ENGLISH -> EnglishAnalyzer.ENGLISH_STOP_WORDS_SET;
            case DANISH -> DanishAnalyzer.getDefaultStopSet();
            case GERMAN -> GermanAnalyzer.getDefaultStopSet();
            case SPANISH -> SpanishAnalyzer.getDefaultStopSet();
            case FINNISH -> FinnishAnalyzer.getDefaultStopSet();
            case FRENCH -> FrenchAnalyzer.getDefaultStopSet();
            case HUNGARIAN -> HungarianAnalyzer.getDefaultStopSet();
            case ITALIAN -> ItalianAnalyzer.getDefaultStopSet();
            case DUTCH -> DutchAnalyzer.getDefaultStopSet();
            case NORWEGIAN -> NorwegianAnalyzer.getDefaultStopSet();
            case PORTUGUESE -> PortugueseAnalyzer.getDefaultStopSet();
            case ROMANIAN -> RomanianAnalyzer.getDefaultStopSet();
            case RUSSIAN -> RussianAnalyzer.getDefaultStopSet();
            case SWEDISH -> SwedishAnalyzer.getDefaultStopSet();
            case ANY -> CharArraySet.EMPTY_SET;
        };
    }

    /**
     * Returns the function words, which carry no subject in a query: pronouns, auxiliaries and the like. The set
     * ignores case. Empty for languages other than English, whose stop words already contain them.
     */
    CharArraySet functionWords() {
        return this == ENGLISH ? EnglishFunctionWords.ALL : CharArraySet.EMPTY_SET;
    }

    /**
     * English function words. This holder class delays reading them until the first query is analyzed, so that a start
     * does not read them.
     */
    private static final class EnglishFunctionWords {
        static final CharArraySet ALL = read();

        private static CharArraySet read() {
            try (Reader words = new InputStreamReader(
                    Objects.requireNonNull(SnowballFilter.class.getResourceAsStream("english_stop.txt")),
                    StandardCharsets.UTF_8)) {
                CharArraySet listed = WordlistLoader.getSnowballWordSet(words);
                var all = new CharArraySet(listed, true);
                for (Object word : listed) {
                    all.add(new String((char[]) word).replace('\'', '\u2019')); // as on phone keyboards
                }
                return CharArraySet.unmodifiableSet(all);
            } catch (IOException e) {
                throw new UncheckedIOException("a list of words in a library cannot be read", e);
            }
        }
    }

    /** Returns a new stemmer, which is not thread-safe; empty for {@link #ANY}. */
    Optional<SnowballStemmer> stemmer() {
        return switch (this) {
            case ENGLISH -> Optional.of(new PorterStemmer());
            case DANISH -> Optional.of(new DanishStemmer());
            case GERMAN -> Optional.of(new GermanStemmer());
            case SPANISH -> Optional.of(new SpanishStemmer());
            case FINNISH -> Optional.of(new FinnishStemmer());
            case FRENCH -> Optional.of(new FrenchStemmer());
            case HUNGARIAN -> Optional.of(new HungarianStemmer());
            case ITALIAN -> Optional.of(new ItalianStemmer());
            case DUTCH -> Optional.of(new DutchStemmer());
            case NORWEGIAN -> Optional.of(new NorwegianStemmer());
            case PORTUGUESE -> Optional.of(new PortugueseStemmer());
            case ROMANIAN -> Optional.of(new RomanianStemmer());
            case RUSSIAN -> Optional.of(new RussianStemmer());
            case SWEDISH -> Optional.of(new SwedishStemmer());
            case ANY -> Optional.empty();
        };
    }

    /**
     * Returns the language with a code.
     *
     * @param code a code as {@link #code} returns it
     * @throws InvalidInputException if no language has this code
     */
    public static Language of(String code) {
        return Arrays.stream(values())
                .filter(language -> language.code.equals(code))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The language \"" + code + "\" is unknown; use "
                        + Arrays.stream(values()).map(Language::code).collect(Collectors.joining(", ")) + "."));
    }
}
