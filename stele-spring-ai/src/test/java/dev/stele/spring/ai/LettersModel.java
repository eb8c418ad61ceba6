package dev.stele.spring.ai;

import java.util.ArrayList;
import java.util.List;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/** A model small enough to reason about: the pairs of neighboring letters of a text are hashed into 32 dimensions. */
final class LettersModel implements EmbeddingModel {

    private static final int DIMENSIONS = 32;

    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        var embeddings = new ArrayList<Embedding>();
        for (String text : request.getInstructions()) {
            embeddings.add(new Embedding(vector(text), embeddings.size()));
        }
        return new EmbeddingResponse(embeddings);
    }

    @Override
    public float[] embed(Document document) {
        return vector(document.getText());
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(LettersModel::vector).toList();
    }

    @Override
    public int dimensions() {
        return DIMENSIONS;
    }

    private static float[] vector(String text) {
        var vector = new float[DIMENSIONS];
        vector[0] = 1; // no two texts are opposite, and no text has length 0
        for (int i = 0; i < text.length() - 1; i++) {
            vector[Math.floorMod(text.substring(i, i + 2).hashCode() * 31, DIMENSIONS)] += 1;
        }
        return vector;
    }
}
