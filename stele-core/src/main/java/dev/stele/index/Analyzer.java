package dev.stele.index;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingDeque;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Turns text into the terms of the keyword index: Unicode words, lower case, without English stop words, stemmed by
 * Porter's rules. What is written and what is asked go through the same chain. Words of other languages pass it as they
 * are, apart from case. Thread-safe.
 *
 * <p>Chains are pooled here because Lucene would keep one for every thread, and virtual threads are countless.
 */
public final class Analyzer {

    private static final int POOLED = 16;

    private final LinkedBlockingDeque<Chain> idle = new LinkedBlockingDeque<>(POOLED);

    private static final class Chain {
        final StandardTokenizer tokenizer = new StandardTokenizer();
        final TokenStream terms = new PorterStemFilter(new StopFilter(
                new LowerCaseFilter(new EnglishPossessiveFilter(tokenizer)), EnglishAnalyzer.ENGLISH_STOP_WORDS_SET));
        final CharTermAttribute term = terms.addAttribute(CharTermAttribute.class);

        List<String> run(String text) throws IOException {
            var found = new ArrayList<String>();
            tokenizer.setReader(new StringReader(text));
            terms.reset();
            while (terms.incrementToken()) {
                found.add(plain(term));
            }
            terms.end();
            terms.close();
            return found;
        }
    }

    /** The terms of a text in their order, repeated as often as they occur. */
    public List<String> terms(String text) {
        Chain chain = idle.pollFirst();
        if (chain == null) {
            chain = new Chain();
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
