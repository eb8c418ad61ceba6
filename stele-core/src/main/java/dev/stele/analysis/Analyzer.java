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
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Turns text into the terms of the keyword index: Unicode words in lower case, without the stop words of a language, reduced to
 * their stems. Scripts that write no blanks go in single signs and pairs of them. An identifier of a program
 * ({@code getUserName}, {@code user_name}) is a term, and so are its parts. What is written and what is asked go through the
 * same chain. Thread-safe.
 *
 * <p>Chains are pooled here because Lucene would keep one for every thread, and virtual threads are countless.
 */
public final class Analyzer {

    /** Changes with the rules, so that what other rules made is made anew. */
    private static final int VERSION = 2;

    private static final int POOLED = 16;
    private static final int PARTS = WordDelimiterGraphFilter.GENERATE_WORD_PARTS
            | WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS
            | WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE
            | WordDelimiterGraphFilter.PRESERVE_ORIGINAL;

    private final Language language;
    private final Chains all;
    private final Chains telling;

    public Analyzer(Language language) {
        this.language = language;
        this.all = new Chains(() -> new Chain(language, CharArraySet.EMPTY_SET));
        this.telling = new Chains(() -> new Chain(language, language.functionWords()));
    }

    private static final class Chain {
        final StandardTokenizer tokenizer = new StandardTokenizer();
        final TokenStream terms;
        final CharTermAttribute term;

        /** @param idle words that are left out before any is taken apart ("don't") */
        Chain(Language language, CharArraySet idle) {
            TokenStream words = new CJKWidthFilter(tokenizer);
            if (!idle.isEmpty()) {
                words = new StopFilter(words, idle);
            }
            if (language == Language.ENGLISH) {
                words = new EnglishPossessiveFilter(words);
            }
            words = new CJKBigramFilter(words, 0xff, true);
            words = new WordDelimiterGraphFilter(words, PARTS, null);
            TokenStream known = new StopFilter(new LowerCaseFilter(words), language.stopWords());
            // Lucene's own of these rules is several times as fast as the general one.
            terms = language == Language.ENGLISH
                    ? new PorterStemFilter(known)
                    : language.stemmer()
                            .<TokenStream>map(stemmer -> new SnowballFilter(known, stemmer))
                            .orElse(known);
            term = terms.addAttribute(CharTermAttribute.class);
        }

        List<String> run(String text) throws IOException {
            var found = new ArrayList<String>();
            tokenizer.setReader(new StringReader(text));
            terms.reset();
            while (terms.incrementToken()) {
                String plain = plain(term);
                if (!plain.isEmpty()) {
                    found.add(plain);
                }
            }
            terms.end();
            terms.close();
            return found;
        }
    }

    /** Says by which rules terms are made: where two are equal, so are all terms. */
    public String rules() {
        return VERSION + ":" + language.code();
    }

    /** The terms of a text in their order, repeated as often as they occur. */
    public List<String> terms(String text) {
        return all.run(text);
    }

    /** The terms of a question that say what it is about: all but those of pronouns, auxiliaries and such, unless there are no others. */
    public List<String> asked(String question) {
        List<String> terms = telling.run(question);
        return terms.isEmpty() ? terms(question) : terms;
    }

    /** Chains that nobody uses now. */
    private record Chains(Supplier<Chain> maker, LinkedBlockingDeque<Chain> idle) {
        Chains(Supplier<Chain> maker) {
            this(maker, new LinkedBlockingDeque<>(POOLED));
        }

        List<String> run(String text) {
            Chain chain = idle.pollFirst();
            if (chain == null) {
                chain = maker.get();
            }
            try {
                List<String> terms = chain.run(text);
                // Not on failure: a chain that stopped halfway cannot be used again.
                idle.offerFirst(chain);
                return terms;
            } catch (IOException e) {
                throw new UncheckedIOException("a text in memory cannot be read", e);
            }
        }
    }

    /** A term in which SQLite's tokenizer, which parts words at ASCII punctuation, finds nothing to part ("3.5"). */
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
