package dev.stele;

import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;
import dev.stele.extract.Extractor;
import dev.stele.extract.RuleExtractor;
import dev.stele.language.ExtractiveModel;
import dev.stele.language.LanguageModel;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a {@link Stele} thinks with. Immutable.
 *
 * @param embedder makes vectors; none for words alone
 * @param former finds embedding models that were in use before, by their names: while items get vectors of another model, questions go
 *     by those there are
 * @param language answers in chats and elaborations
 * @param reflector thinks of what is to be learnt from interactions
 */
public record Engines(
        Optional<Embedder> embedder,
        Function<String, Optional<Embedder>> former,
        LanguageModel language,
        Extractor reflector) {

    /** Without any model of language, which needs neither key nor network. */
    public static Engines offline(Optional<Embedder> embedder) {
        return new Engines(embedder, EmbedderProvider::ofModel, new ExtractiveModel(), new RuleExtractor());
    }

    public Engines withFormer(Function<String, Optional<Embedder>> other) {
        return new Engines(embedder, other, language, reflector);
    }

    public Engines withLanguage(LanguageModel model) {
        return new Engines(embedder, former, model, reflector);
    }

    public Engines withReflector(Extractor other) {
        return new Engines(embedder, former, language, other);
    }
}
