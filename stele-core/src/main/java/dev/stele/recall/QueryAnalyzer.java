package dev.stele.recall;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.stele.analysis.Analyzer;
import dev.stele.embedding.Embedder;
import dev.stele.io.Secrets;
import dev.stele.model.LimitExceededException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Analyzer of queries: from a {@link RecallQuery} to an {@link AnalyzedQuery}. {@link #parse} needs the text only;
 * {@link #analyze} also embeds the text, which may be slow, and is called outside any transaction. Thread-safe; the
 * model is called under no lock.
 */
final class QueryAnalyzer {

    private static final System.Logger LOG = System.getLogger(QueryAnalyzer.class.getName());

    private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

    /** Maximum number of quoted phrases in a query; each is looked up in the keyword index. */
    private static final int MAX_PHRASES = 32;

    /**
     * Maximum number of terms in a phrase; the keyword index compares the positions of the terms in time that grows
     * with the product of their numbers.
     */
    private static final int MAX_PHRASE_TERMS = 128;

    /** Maximum number of speaker names whose terms are cached. */
    private static final int MAX_CACHED_NAMES = 10_000;

    private static final String NO_MODEL =
            "There is no embedding model, so this was ranked by words alone; add the module stele-models to rank by meaning too.";

    private final QueryEmbeddings embeddings = new QueryEmbeddings();

    /** Terms of speaker names. */
    private final Cache<Name, List<String>> nameTerms = Caffeine.newBuilder()
            .maximumSize(MAX_CACHED_NAMES)
            .executor(Runnable::run)
            .build();

    private record Name(Analyzer analyzer, String speaker) {}

    /**
     * Query whose text was analyzed but not embedded.
     *
     * @param query query as the caller asked it
     * @param time point in time at which the memory is queried
     * @param analyzer text analyzer of the agent
     * @param mode mode in which the query is to be ranked
     * @param terms terms of the keyword index
     * @param times time ranges that the text names by themselves
     */
    record Parsed(
            RecallQuery query,
            Instant time,
            Analyzer analyzer,
            RecallMode mode,
            List<String> terms,
            List<TimeExpressions.Range> times) {}

    /**
     * Analyzes the text of a query without embedding it.
     *
     * @param query query as the caller asked it
     * @param time point in time at which the memory is queried
     * @param analyzer text analyzer of the agent
     * @param mode mode in which the query is to be ranked
     */
    static Parsed parse(RecallQuery query, Instant time, Analyzer analyzer, RecallMode mode) {
        return new Parsed(
                query,
                time,
                analyzer,
                mode,
                analyzer.queryTerms(query.text()),
                TimeExpressions.of(query.text(), reference(query, time), query.zone()));
    }

    /** Returns the time that relative dates of a query are resolved against. */
    private static Instant reference(RecallQuery query, Instant time) {
        return query.referenceDate().orElse(time);
    }

    /**
     * Completes the analysis of a query: phrases, embedding, event of a relative time expression.
     *
     * @param parsed query whose text was analyzed
     * @param speakers names of all speakers of messages
     * @param embedder embedding model; empty to rank by terms alone
     * @throws LimitExceededException if the query quotes too many or too long phrases
     */
    AnalyzedQuery analyze(Parsed parsed, List<String> speakers, Optional<Embedder> embedder) {
        String text = parsed.query().text();
        List<List<String>> phrases = phrases(parsed.analyzer(), text);
        Embedded embedded = embed(embedder, subject(parsed, speakers), parsed.mode());
        Optional<AnalyzedQuery.Event> event = TimeExpressions.anchored(
                        text,
                        reference(parsed.query(), parsed.time()),
                        parsed.query().zone())
                .map(expression -> {
                    List<String> terms = parsed.analyzer().queryTerms(expression.event());
                    String subject = withoutSpeakers(parsed.analyzer(), expression.event(), terms, speakers);
                    return new AnalyzedQuery.Event(
                            expression,
                            terms,
                            embed(embedder, subject, parsed.mode()).vector());
                });
        return new AnalyzedQuery(
                parsed.query(),
                parsed.time(),
                embedded.mode(),
                parsed.terms(),
                phrases,
                embedded.vector(),
                parsed.times(),
                event,
                true,
                parsed.query().asksForStatements(),
                embedded.notice());
    }

    /** Returns whether the embedding of a query is being computed. */
    boolean isPending(Parsed parsed, List<String> speakers, Embedder embedder) {
        return embeddings.isPending(embedder, subject(parsed, speakers));
    }

    /**
     * Starts to compute the embedding of an expected query in the background.
     *
     * @param text text of the query
     * @param speakers names of all speakers of messages
     */
    void prefetch(Analyzer analyzer, String text, List<String> speakers, Embedder embedder) {
        embeddings.prefetch(embedder, withoutSpeakers(analyzer, text, analyzer.queryTerms(text), speakers));
    }

    /**
     * Returns the terms of a speaker's name.
     *
     * @param analyzer text analyzer of the agent
     * @param speaker name of the speaker
     */
    List<String> nameTerms(Analyzer analyzer, String speaker) {
        return nameTerms.get(
                new Name(analyzer, speaker), name -> name.analyzer().terms(name.speaker()));
    }

    /** Returns the text of a query that is embedded. */
    private String subject(Parsed parsed, List<String> speakers) {
        String text = parsed.query().text();
        return parsed.mode() == RecallMode.KEYWORD // needs no embedding
                ? text
                : withoutSpeakers(parsed.analyzer(), text, parsed.terms(), speakers);
    }

    /**
     * Returns a question without the names of speakers, because the speaker is a ranking feature of its own.
     *
     * @param terms terms of the question
     * @param speakers names of all speakers of messages
     * @return the question itself if all of its terms belong to names of speakers
     */
    private String withoutSpeakers(Analyzer analyzer, String question, List<String> terms, List<String> speakers) {
        Set<String> distinctTerms = Set.copyOf(terms);
        List<String> named = SpeakerNames.named(speakers, distinctTerms, speaker -> nameTerms(analyzer, speaker));
        Set<String> termsOfNames = named.stream()
                .flatMap(name -> nameTerms(analyzer, name).stream())
                .collect(Collectors.toSet());
        return termsOfNames.containsAll(distinctTerms) ? question : SpeakerNames.of(question, named);
    }

    /**
     * Returns the terms of each phrase in double quotes.
     *
     * @throws LimitExceededException if there are more than {@link #MAX_PHRASES} phrases, or one has more than {@link
     *     #MAX_PHRASE_TERMS} terms
     */
    private static List<List<String>> phrases(Analyzer analyzer, String text) {
        List<List<String>> phrases = QUOTED.matcher(text)
                .results()
                .map(quoted -> analyzer.terms(quoted.group(1)))
                .filter(terms -> !terms.isEmpty())
                .distinct()
                .limit(MAX_PHRASES + 1L)
                .toList();
        if (phrases.size() > MAX_PHRASES
                || phrases.stream().mapToInt(List::size).max().orElse(0) > MAX_PHRASE_TERMS) {
            throw new LimitExceededException(
                    "The query quotes more than %d phrases, or one of more than %d words; quote less, or leave out the quotes."
                            .formatted(MAX_PHRASES, MAX_PHRASE_TERMS));
        }
        return phrases;
    }

    /**
     * Embedding of a text, or the reason why there is none.
     *
     * @param mode mode in which the text can be ranked
     */
    private record Embedded(RecallMode mode, Optional<AnalyzedQuery.Vector> vector, Optional<String> notice) {
        static Embedded none(RecallMode mode, Optional<String> notice) {
            return new Embedded(mode, Optional.empty(), notice);
        }
    }

    /** Embeds a text; falls back to ranking by terms, with a notice, if there is no model or the model fails. */
    private Embedded embed(Optional<Embedder> embedder, String text, RecallMode mode) {
        if (embedder.isEmpty()) {
            return Embedded.none(RecallMode.KEYWORD, Optional.of(NO_MODEL));
        }
        if (mode == RecallMode.KEYWORD) {
            return Embedded.none(mode, Optional.empty());
        }
        try {
            float[] values = embeddings.of(embedder.get(), text);
            return new Embedded(
                    mode,
                    Optional.of(new AnalyzedQuery.Vector(values, embedder.get().floor())),
                    Optional.empty());
        } catch (RuntimeException e) {
            String reason = Secrets.hide(String.valueOf(e.getMessage()));
            LOG.log(System.Logger.Level.WARNING, "a question is ranked by words alone: {0}", reason);
            return Embedded.none(
                    RecallMode.KEYWORD,
                    Optional.of("The embedding model failed, so this was ranked by words alone: " + reason));
        }
    }
}
