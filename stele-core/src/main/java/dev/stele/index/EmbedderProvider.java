package dev.stele.index;

import java.util.Optional;
import java.util.ServiceLoader;

/** How a module offers an embedder: found by {@link ServiceLoader}, so the library needs none to run. */
public interface EmbedderProvider {

    /** Name to choose it by, such as {@code bge-small}. */
    String name();

    /** The embedder, the same object at each call; loads nothing yet. */
    Embedder embedder();

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
