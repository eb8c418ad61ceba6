package dev.stele.models;

import dev.stele.index.Embedder;
import dev.stele.index.EmbedderProvider;

/** Offers {@link MiniLm} under the name {@code minilm}. */
public final class MiniLmProvider implements EmbedderProvider {

    @Override
    public String name() {
        return "minilm";
    }

    @Override
    public Embedder embedder() {
        return MiniLm.shared();
    }
}
