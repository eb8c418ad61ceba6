package dev.stele.models;

import dev.stele.embedding.Embedder;
import dev.stele.embedding.EmbedderProvider;

/** Service provider for {@link InProcessEmbedder#bgeSmall} under the name {@code bge-small}. */
public final class BgeSmallProvider implements EmbedderProvider {

    @Override
    public String name() {
        return "bge-small";
    }

    @Override
    public Embedder embedder() {
        return InProcessEmbedder.bgeSmall();
    }
}
