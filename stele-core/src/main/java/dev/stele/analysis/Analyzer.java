package dev.stele.analysis;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.function.Supplier;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ConditionalTokenFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.TypeAttribute;

/**
 * Analyzer that converts text into the terms of the keyword index: Unicode words in lower case, without the stop words
 * of a language, reduced to their stems. Chinese, Japanese and Korean yield single characters and bigrams, Thai, Lao,
 * Khmer and Burmese bigrams of characters, because these scripts have no spaces between words. Texts that look the same
 * yield the same terms, however their characters are encoded. A
 * program identifier ({@code getUserName}, {@code user_name}) yields itself and its parts as terms. Stored text and
 * queries pass through the same chain. Thread-safe.
 *
 * <p>This class pools analysis chains because Lucene would keep one per thread, and the number of virtual threads is
 * unbounded.
 */
public final class Analyzer {

    /**
     * Version of the rules. It must be incremented when the rules change, so that data derived by other rules is built
     * again.
     */
    private static final int VERSION = 3;

    /** Maximum number of idle chains in a pool. */
    private static final int MAX_IDLE_CHAINS = 16;

    private static final int PARTS = WordDelimiterGraphFilter.GENERATE_WORD_PARTS
            | WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS
            | WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE
            | WordDelimiterGraphFilter.PRESERVE_ORIGINAL;

    private final Language language;
    private final Chains all;
    private final Chains withoutFunctionWords;

    /** Creates an analyzer for a language. */
    public Analyzer(Language language) {
        this.language = language;
        this.all = new Chains(() -> new Chain(language, CharArraySet.EMPTY_SET));
        this.withoutFunctionWords = new Chains(() -> new Chain(language, language.functionWords()));
    }

    private static final class Chain {
        final StandardTokenizer tokenizer = new StandardTokenizer();
        final TokenStream terms;
        final CharTermAttribute term;

        /**
         * Creates a chain.
         *
         * @param omitted words that are removed before any word is split ("don't")
         */
        Chain(Language language, CharArraySet omitted) {
            TokenStream words = new CJKWidthFilter(tokenizer);
            if (!omitted.isEmpty()) {
                words = new StopFilter(words, omitted);
            }
            if (language == Language.ENGLISH) {
                words = new EnglishPossessiveFilter(words);
            }
            words = new SoutheastAsianBigrams(new CJKBigramFilter(words, 0xff, true));
            words = new WordDelimiterGraphFilter(words, PARTS, null);
            TokenStream filtered = new StopFilter(new LowerCaseFilter(words), language.stopWords());
            // Lucene's implementation of the Porter stemmer is several times as fast as the Snowball filter.
            terms = language == Language.ENGLISH
                    ? new PorterStemFilter(filtered)
                    : language.stemmer()
                            .<TokenStream>map(stemmer -> new SnowballFilter(filtered, stemmer))
                            .orElse(filtered);
            term = terms.addAttribute(CharTermAttribute.class);
        }

        List<String> run(String text) throws IOException {
            var result = new ArrayList<String>();
            tokenizer.setReader(new StringReader(TextForm.of(text)));
            terms.reset();
            while (terms.incrementToken()) {
                String plain = plain(term);
                if (!plain.isEmpty()) {
                    result.add(plain);
                }
            }
            terms.end();
            terms.close();
            return result;
        }
    }

    /** Returns an identifier of the rules. Analyzers with equal identifiers produce equal terms. */
    public String rules() {
        return VERSION + ":" + language.code();
    }

    /**
     * Returns the terms of a text.
     *
     * @param text any text
     * @return terms in the order of the text, repeated as often as they occur
     */
    public List<String> terms(String text) {
        return all.run(text);
    }

    /**
     * Returns the terms of a query that carry its subject: all except those of function words such as pronouns and
     * auxiliaries.
     *
     * @param question text of the query
     * @return terms in the order of the text; all terms if the query consists of function words only
     */
    public List<String> queryTerms(String question) {
        List<String> terms = withoutFunctionWords.run(question);
        return terms.isEmpty() ? terms(question) : terms;
    }

    /** Filter that replaces a run of Thai, Lao, Khmer or Burmese characters by its bigrams. */
    private static final class SoutheastAsianBigrams extends ConditionalTokenFilter {
        private static final String RUN = StandardTokenizer.TOKEN_TYPES[StandardTokenizer.SOUTHEAST_ASIAN];

        private final TypeAttribute type = addAttribute(TypeAttribute.class);
        private final CharTermAttribute run = addAttribute(CharTermAttribute.class);

        SoutheastAsianBigrams(TokenStream words) {
            super(words, runs -> new NGramTokenFilter(runs, 2));
        }

        @Override
        protected boolean shouldFilter() {
            return type.type().equals(RUN) && run.length() > 2;
        }
    }

    /**
     * Pool of idle chains.
     *
     * @param maker creates a chain when none is idle
     * @param idle chains that are not in use
     */
    private record Chains(Supplier<Chain> maker, LinkedBlockingDeque<Chain> idle) {
        Chains(Supplier<Chain> maker) {
            this(maker, new LinkedBlockingDeque<>(MAX_IDLE_CHAINS));
        }

        List<String> run(String text) {
            Chain chain = idle.pollFirst();
            if (chain == null) {
                chain = maker.get();
            }
            try {
                List<String> terms = chain.run(text);
                // A chain that failed is not returned to the pool, since it cannot be used again.
                idle.offerFirst(chain);
                return terms;
            } catch (IOException e) {
                throw new UncheckedIOException("a text in memory cannot be read", e);
            }
        }
    }

    /**
     * Replaces ASCII punctuation in a term ("3.5"). SQLite's tokenizer splits words at ASCII punctuation; the result
     * contains nothing to split.
     */
    private static String plain(CharSequence term) {
        var out = new StringBuilder(term.length());
        for (int i = 0; i < term.length(); i++) {
            char c = term.charAt(i);
            boolean splits = c < 128 && !Character.isLetterOrDigit(c);
            out.append(splits ? '\u00b7' : c);
        }
        return out.toString();
    }
}
