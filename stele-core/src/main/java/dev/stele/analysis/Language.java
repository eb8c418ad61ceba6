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

/** A language whose stop words and stems the keyword index knows; words of others are taken as they are, but for case. */
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
    /** No stop words and no stems. */
    ANY("any");

    private final String code;

    Language(String code) {
        this.code = code;
    }

    /** Two letters of ISO 639-1, or {@code any}. */
    public String code() {
        return code;
    }

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
     * Words besides stop words that say nothing in a question, in whatever case: pronouns, auxiliaries and such. The stop words of
     * other languages than English have them already.
     */
    CharArraySet functionWords() {
        return this == ENGLISH ? EnglishFunctionWords.ALL : CharArraySet.EMPTY_SET;
    }

    /** Read when the first question is analysed, not with each start. */
    private static final class EnglishFunctionWords {
        static final CharArraySet ALL = read();

        private static CharArraySet read() {
            try (Reader words = new InputStreamReader(
                    Objects.requireNonNull(SnowballFilter.class.getResourceAsStream("english_stop.txt")),
                    StandardCharsets.UTF_8)) {
                CharArraySet listed = WordlistLoader.getSnowballWordSet(words);
                var all = new CharArraySet(listed, true);
                for (Object word : listed) {
                    all.add(new String((char[]) word).replace('\'', '\u2019')); // as telephones write it
                }
                return CharArraySet.unmodifiableSet(all);
            } catch (IOException e) {
                throw new UncheckedIOException("a list of words in a library cannot be read", e);
            }
        }
    }

    /** A stemmer, for one thread. */
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

    /** @throws InvalidInputException if the code is none of these */
    public static Language of(String code) {
        return Arrays.stream(values())
                .filter(language -> language.code.equals(code))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The language \"" + code + "\" is unknown; use "
                        + Arrays.stream(values()).map(Language::code).collect(Collectors.joining(", ")) + "."));
    }
}
