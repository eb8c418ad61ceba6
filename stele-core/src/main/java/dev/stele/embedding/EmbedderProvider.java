package dev.stele.embedding;

import java.util.Optional;
import java.util.ServiceLoader;

/** How a module offers an embedder: found by {@link ServiceLoader}, so the library needs none to run. */
public interface EmbedderProvider {

    /** Name to choose it by, such as {@code bge-small}. */
    String name();

    /** The embedder, the same object at each call; loads nothing yet. */
    Embedder embedder();

    /** The embedder of a model that was in use before, by the model's name; empty when no module offers it any more. */
    static Optional<Embedder> ofModel(String model) {
        return ServiceLoader.load(EmbedderProvider.class, EmbedderProvider.class.getClassLoader()).stream()
                .map(provider -> provider.get().embedder())
                .filter(embedder -> embedder.model().equals(model))
                .findFirst();
    }

    /**
     * The embedder of this name, or the first of the class path for {@code auto}; empty for {@code none}, and for {@code auto} when no module
     * offers one.
     */
    static Optional<Embedder> find(String name) {
        if (name.equals("none")) {
            return Optional.empty();
        }
        return ServiceLoader.load(EmbedderProvider.class, EmbedderProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> name.equals("auto") || name.equals(provider.name()))
                .findFirst()
                .map(EmbedderProvider::embedder);
    }
}
