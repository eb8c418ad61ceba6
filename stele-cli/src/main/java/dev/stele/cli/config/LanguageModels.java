package dev.stele.cli.config;

import dev.stele.language.ExtractiveModel;
import dev.stele.language.LanguageModel;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.models.ChatService;
import dev.stele.models.ModelChain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Factory of the language models that the settings describe. Stateless. */
final class LanguageModels {

    /** Fields of the description of a model, with their defaults. */
    private static final Map<String, String> FIELDS = Map.of(
            "kind", "",
            "url", "",
            "model", "",
            "key-file", "",
            "timeout", "30s",
            "stall", "20s",
            "rate", "0",
            "attempts", "2");

    private LanguageModels() {}

    /** Returns the names of the fields, sorted. */
    static List<String> fields() {
        return FIELDS.keySet().stream().sorted().toList();
    }

    /** Returns the environment variable for the API key of a model; settings are printed, so they hold no key. */
    static String keyVariable(String model) {
        return "STELE_MODELS_" + model.toUpperCase(Locale.ROOT).replace('-', '_') + "_KEY";
    }

    /**
     * Creates the chain of models.
     *
     * @return the chain; empty if the settings name no model
     * @throws InvalidInputException if a model is named and not described, or described and not named
     */
    static Optional<LanguageModel> of(Settings settings, Map<String, String> environment) {
        List<String> names = List.of(settings.text(Setting.MODEL_CHAIN).split("[,\\s]+", -1)).stream()
                .filter(name -> !name.isEmpty())
                .toList();
        for (String described : settings.models()) {
            if (!names.contains(described)) {
                throw new InvalidInputException(
                        "The model %s is described and not used; add it to models.chain, or remove its settings."
                                .formatted(Json.write(described)));
            }
        }
        if (names.isEmpty()) {
            return Optional.empty();
        }
        var models = new ArrayList<ChatService>();
        for (String name : names) {
            models.add(model(name, settings, environment));
        }
        return Optional.of(
                new ModelChain(models, new ExtractiveModel(), Math.max(1, settings.number(Setting.MODEL_RACE))));
    }

    private static ChatService model(String name, Settings settings, Map<String, String> environment) {
        if (!settings.models().contains(name)) {
            throw new InvalidInputException(
                    "models.chain names the model %s, but models.%s.kind is not set; set it to openai, ollama, anthropic or gemini."
                            .formatted(Json.write(name), name));
        }
        Function<String, String> field = key -> settings.model(name, key).orElseGet(() -> FIELDS.getOrDefault(key, ""));
        String file = field.apply("key-file");
        return new ChatService(new ChatService.Settings(
                name,
                field.apply("kind"),
                field.apply("url"),
                field.apply("model"),
                file.isEmpty()
                        ? environment.getOrDefault(keyVariable(name), "")
                        : SteleOpener.readKey(file, "models." + name + ".key-file"),
                time(name, "timeout", field),
                time(name, "stall", field),
                number(name, "rate", field),
                number(name, "attempts", field)));
    }

    private static Duration time(String name, String field, Function<String, String> values) {
        return (Duration) Setting.time(values.apply(field), "models." + name + "." + field);
    }

    private static int number(String name, String field, Function<String, String> values) {
        return Setting.whole(values.apply(field), "models." + name + "." + field);
    }
}
