package dev.stele.models;

import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;

/** Service provider for {@link InProcessEmbedder#miniLm} under the name {@code minilm}. */
public final class MiniLmProvider implements EmbedderProvider {

    @Override
    public String name() {
        return "minilm";
    }

    @Override
    public Embedder embedder() {
        return InProcessEmbedder.miniLm();
    }
}
