package dev.stele.config;

import dev.stele.Stele;
import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;
import dev.stele.embedding.Reranker;
import dev.stele.extract.Extractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.language.ExtractiveModel;
import dev.stele.language.LanguageModel;
import java.util.Optional;
import java.util.function.Function;

/**
 * Models that a {@link Stele} uses. Immutable.
 *
 * @param embedder computes embeddings; empty for keywords only
 * @param former finds embedding models that were used before, by name: until all items have embeddings of the current
 *     model, queries use the model of the existing embeddings
 * @param language answers in chats and writes explanations
 * @param reranker orders the best hits of a query; empty for none
 * @param reflector extracts notes and facts from interactions
 */
public record SteleModels(
        Optional<Embedder> embedder,
        Function<String, Optional<Embedder>> former,
        Optional<Reranker> reranker,
        LanguageModel language,
        Extractor reflector) {

    /**
     * Returns models without a language model, which need neither an API key nor a network.
     *
     * @param embedder computes embeddings; empty for keywords only
     */
    public static SteleModels offline(Optional<Embedder> embedder) {
        return new SteleModels(
                embedder, EmbedderProvider::ofModel, Optional.empty(), new ExtractiveModel(), new RuleExtractor());
    }

    /** Returns a copy that finds earlier embedding models by another function. */
    public SteleModels withFormer(Function<String, Optional<Embedder>> other) {
        return new SteleModels(embedder, other, reranker, language, reflector);
    }

    /** Returns a copy with another language model. */
    public SteleModels withLanguage(LanguageModel model) {
        return new SteleModels(embedder, former, reranker, model, reflector);
    }

    /** Returns a copy with another reranker. */
    public SteleModels withReranker(Optional<Reranker> model) {
        return new SteleModels(embedder, former, model, language, reflector);
    }

    /** Returns a copy with another extractor. */
    public SteleModels withReflector(Extractor other) {
        return new SteleModels(embedder, former, reranker, language, other);
    }
}
