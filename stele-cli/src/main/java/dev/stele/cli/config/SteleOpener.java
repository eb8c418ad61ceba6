package dev.stele.cli.config;

import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.config.SteleModels;
import dev.stele.embedding.Embedder;
import dev.stele.embedding.Reranker;
import dev.stele.extract.ModelExtractor;
import dev.stele.io.FileErrors;
import dev.stele.model.InvalidInputException;
import dev.stele.models.EmbeddingService;
import dev.stele.models.OnnxReranker;
import dev.stele.models.RerankService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Opens a memory with the embedding model and the language models that the settings name. Stateless. */
public final class SteleOpener {

    /** Environment variable for the API key of an embedding service; settings are printed, so they hold no key. */
    private static final String EMBEDDING_KEY_VARIABLE = "STELE_EMBEDDING_KEY";

    private static final String RERANKER_KEY_VARIABLE = "STELE_RERANKER_KEY";

    private static final Set<String> SERVICES = Set.of("openai", "ollama", "gemini", "onnx");

    private SteleOpener() {}

    /**
     * Opens the memory that the settings describe. API keys come from files and environment variables.
     *
     * @param settings all settings
     * @return the memory, to be closed by the caller
     * @throws InvalidInputException if a setting is invalid or a file with a key cannot be read
     * @throws dev.stele.model.StelePersistenceException if the data directory or database cannot be opened
     */
    public static Stele open(Settings settings) {
        return open(settings, System.getenv());
    }

    static Stele open(Settings settings, Map<String, String> environment) {
        SteleConfig config = settings.steleConfig();
        Optional<Embedder> embedder = SERVICES.contains(settings.text(Setting.EMBEDDER))
                ? Optional.of(service(settings, environment))
                : Stele.findEmbedder(config);
        SteleModels offline = SteleModels.offline(embedder).withReranker(reranker(settings, environment));
        SteleModels engines = LanguageModels.of(settings, environment)
                .map(model -> offline.withLanguage(model).withReflector(new ModelExtractor(model, offline.reflector())))
                .orElse(offline);
        return Stele.open(config, engines);
    }

    private static Optional<Reranker> reranker(Settings settings, Map<String, String> environment) {
        String kind = settings.text(Setting.RERANKER);
        if (kind.equals("none")) {
            return Optional.empty();
        }
        if (kind.equals("onnx")) {
            return Optional.of(new OnnxReranker(
                    Path.of(settings.text(Setting.RERANKER_MODEL)),
                    settings.time(Setting.RERANKER_TIMEOUT),
                    settings.number(Setting.RERANKER_DEPTH)));
        }
        return Optional.of(new RerankService(new RerankService.Settings(
                kind,
                settings.text(Setting.RERANKER_URL),
                settings.text(Setting.RERANKER_MODEL),
                key(settings, Setting.RERANKER_KEY_FILE, environment, RERANKER_KEY_VARIABLE),
                settings.time(Setting.RERANKER_TIMEOUT),
                settings.number(Setting.RERANKER_DEPTH))));
    }

    static Embedder service(Settings settings, Map<String, String> environment) {
        return EmbeddingService.of(new EmbeddingService.Settings(
                settings.text(Setting.EMBEDDER),
                settings.text(Setting.EMBEDDING_URL),
                settings.text(Setting.EMBEDDING_MODEL),
                key(settings, Setting.EMBEDDING_KEY_FILE, environment, EMBEDDING_KEY_VARIABLE),
                settings.number(Setting.EMBEDDING_DIMENSION),
                settings.time(Setting.EMBEDDING_TIMEOUT),
                settings.number(Setting.EMBEDDING_BATCH),
                settings.number(Setting.EMBEDDING_RATE),
                settings.number(Setting.EMBEDDING_ATTEMPTS)));
    }

    /** Returns a key: the text of the file that a setting names, or else the value of an environment variable. */
    private static String key(Settings settings, Setting file, Map<String, String> environment, String variable) {
        String name = settings.text(file);
        return name.isEmpty() ? environment.getOrDefault(variable, "") : readKey(name, file.key());
    }

    /**
     * Reads an API key from a file.
     *
     * @param setting setting that names the file, for the error
     */
    static String readKey(String file, String setting) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new InvalidInputException(
                    "%s names the file %s, which cannot be read: %s.".formatted(setting, file, FileErrors.reason(e)));
        }
    }
}
