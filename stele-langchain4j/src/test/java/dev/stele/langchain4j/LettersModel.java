package dev.stele.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;

/** A model small enough to reason about: the pairs of neighboring letters of a text are hashed into 32 dimensions. */
final class LettersModel implements EmbeddingModel {

    private static final int DIMENSIONS = 32;

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        return Response.from(
                segments.stream().map(segment -> vector(segment.text())).toList());
    }

    private static Embedding vector(String text) {
        var vector = new float[DIMENSIONS];
        vector[0] = 1; // no two texts are opposite, and no text has length 0
        for (int i = 0; i < text.length() - 1; i++) {
            vector[Math.floorMod(text.substring(i, i + 2).hashCode() * 31, DIMENSIONS)] += 1;
        }
        return Embedding.from(vector);
    }
}
