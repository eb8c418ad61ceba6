package dev.stele.config;

import dev.stele.Stele;
import dev.stele.index.Embedder;
import dev.stele.model.InvalidInputException;
import dev.stele.models.EmbeddingService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Opens a data directory with the embedding model that the settings name. */
public final class Embedders {

    /** Where a service's key may stand, since settings are shown to people. */
    private static final String KEY_VARIABLE = "STELE_EMBEDDING_KEY";

    private static final Set<String> SERVICES = Set.of("openai", "ollama", "onnx");

    private Embedders() {}

    public static Stele open(Settings settings) {
        return open(settings, System.getenv());
    }

    static Stele open(Settings settings, Map<String, String> environment) {
        if (!SERVICES.contains(settings.text(Key.EMBEDDER))) {
            return Stele.open(settings.steleConfig());
        }
        return Stele.open(settings.steleConfig(), Optional.of(service(settings, environment)));
    }

    static Embedder service(Settings settings, Map<String, String> environment) {
        return EmbeddingService.of(new EmbeddingService.Settings(
                settings.text(Key.EMBEDDER),
                settings.text(Key.EMBEDDING_URL),
                settings.text(Key.EMBEDDING_MODEL),
                key(settings, environment),
                settings.number(Key.EMBEDDING_DIMENSION),
                settings.time(Key.EMBEDDING_TIMEOUT),
                settings.number(Key.EMBEDDING_BATCH),
                settings.number(Key.EMBEDDING_RATE),
                settings.number(Key.EMBEDDING_ATTEMPTS)));
    }

    private static String key(Settings settings, Map<String, String> environment) {
        String file = settings.text(Key.EMBEDDING_KEY_FILE);
        if (file.isEmpty()) {
            return environment.getOrDefault(KEY_VARIABLE, "");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new InvalidInputException(
                    "The file %s of memory.embedding-key-file cannot be read: %s".formatted(file, e.getMessage()));
        }
    }
}
