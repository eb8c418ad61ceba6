package dev.stele.syntax;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import opennlp.tools.postag.POSModel;
import opennlp.tools.postag.POSTagFormat;
import opennlp.tools.postag.POSTaggerME;

/**
 * Tagger that determines the part of speech of each token of an English sentence by the maximum-entropy model of Apache
 * OpenNLP that is trained on the English Web Treebank of Universal Dependencies. Thread-safe.
 *
 * <p>The model is loaded when it is first used and serves the whole process. Tagging occupies a processor, so it must
 * not run on a virtual thread.
 *
 * <p>OpenNLP's taggers are not thread-safe. A call borrows one from a pool, which has as many as ran at once.
 */
public final class PartOfSpeechTagger {

    private static final String MODEL = "/opennlp-en-ud-ewt-pos-1.3-2.5.4.bin";

    /** Maximum number of tokens of a sentence; the rest is ignored. */
    private static final int MAX_TOKENS = 200;

    /** Holder of the model, so that the class loader loads it once, when it is first used. */
    private static final class English {
        private static final PartOfSpeechTagger TAGGER = new PartOfSpeechTagger(load());

        private static POSModel load() {
            try (InputStream in = PartOfSpeechTagger.class.getResourceAsStream(MODEL)) {
                if (in == null) {
                    throw new IllegalStateException("The class path has no part-of-speech model " + MODEL + ".");
                }
                return new POSModel(in);
            } catch (IOException e) {
                throw new IllegalStateException("The part-of-speech model " + MODEL + " cannot be read.", e);
            }
        }
    }

    private final POSModel model;
    private final Queue<POSTaggerME> idle = new ConcurrentLinkedQueue<>();

    private PartOfSpeechTagger(POSModel model) {
        this.model = model;
    }

    /** Returns the tagger of English, which the whole process shares. The first call loads the model. */
    public static PartOfSpeechTagger english() {
        return English.TAGGER;
    }

    /**
     * Returns the tokens of a sentence. Contractions are split: "don't" becomes "do" and "n't".
     *
     * @param sentence sentence to analyze; tokens after the first 200 are ignored
     */
    public List<Token> tokens(String sentence) {
        List<Tokenizer.Piece> pieces = Tokenizer.pieces(sentence, MAX_TOKENS);
        String[] words =
                pieces.stream().map(piece -> piece.text().replace('’', '\'')).toArray(String[]::new);
        String[] tags = tag(words);
        var tokens = new ArrayList<Token>(pieces.size() + 4);
        for (int i = 0; i < words.length; i++) {
            add(tokens, pieces.get(i), tags[i]);
        }
        return tokens;
    }

    private String[] tag(String[] words) {
        POSTaggerME tagger = idle.poll();
        if (tagger == null) {
            tagger = new POSTaggerME(model, POSTagFormat.UD);
        }
        String[] tags = tagger.tag(words);
        idle.add(tagger); // after an exception the tagger is dropped, because its state is unknown
        return tags;
    }

    private static void add(List<Token> tokens, Tokenizer.Piece piece, String tag) {
        String text = piece.text();
        int cut = contraction(text);
        int plus = tag.indexOf('+');
        if (cut <= 0) {
            tokens.add(new Token(text, piece.start(), piece.end(), pos(plus < 0 ? tag : tag.substring(0, plus))));
            return;
        }
        String suffix = text.substring(cut).toLowerCase(Locale.ROOT).replace('’', '\'');
        PartOfSpeech first = pos(plus < 0 ? tag : tag.substring(0, plus));
        PartOfSpeech second = switch (suffix) {
            case "n't", "nt" -> PartOfSpeech.PART;
            case "'s" -> plus < 0 || tag.endsWith("+PART") ? PartOfSpeech.PART : PartOfSpeech.AUX;
            default -> PartOfSpeech.AUX;
        };
        if (suffix.startsWith("n")) {
            first = PartOfSpeech.AUX;
        }
        tokens.add(new Token(text.substring(0, cut), piece.start(), piece.start() + cut, first));
        tokens.add(new Token(text.substring(cut), piece.start() + cut, piece.end(), second));
    }

    /** Returns the offset at which a contraction is split, or -1. */
    private static int contraction(String text) {
        String lower = text.toLowerCase(Locale.ROOT).replace('’', '\'');
        for (String suffix : List.of("n't", "'s", "'m", "'re", "'ve", "'ll", "'d")) {
            if (lower.length() > suffix.length() && lower.endsWith(suffix)) {
                return lower.length() - suffix.length();
            }
        }
        return switch (lower) {
            case "im" -> Character.isLetter(text.charAt(0)) ? 1 : -1;
            case "ive" -> 1;
            case "dont", "cant", "wont", "didnt", "doesnt", "isnt" -> lower.length() - 2;
            default -> -1;
        };
    }

    private static PartOfSpeech pos(String tag) {
        try {
            return PartOfSpeech.valueOf(tag);
        } catch (IllegalArgumentException e) {
            return PartOfSpeech.X;
        }
    }
}
