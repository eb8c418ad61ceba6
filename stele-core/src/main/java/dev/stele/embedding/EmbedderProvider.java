package dev.stele.embedding;

import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Service provider of an embedding model. {@link ServiceLoader} finds implementations, so that the library runs without
 * any.
 */
public interface EmbedderProvider {

    /** Returns the name that selects this provider, such as {@code bge-small}. */
    String name();

    /** Returns the embedder. Each call returns the same object, and the call does not load the model. */
    Embedder embedder();

    /**
     * Returns the embedder of a model that was used before.
     *
     * @param model name of the model, see {@link Embedder#model}
     * @return the embedder; empty if no module provides the model any more
     */
    static Optional<Embedder> ofModel(String model) {
        return ServiceLoader.load(EmbedderProvider.class, EmbedderProvider.class.getClassLoader()).stream()
                .map(provider -> provider.get().embedder())
                .filter(embedder -> embedder.model().equals(model))
                .findFirst();
    }

    /**
     * Returns the embedder with a name.
     *
     * @param name name of a provider; {@code auto} for the first provider on the class path; {@code none} for no
     *     embedder
     * @return the embedder; empty for {@code none}, and if no module provides a match
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
