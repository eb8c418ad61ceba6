package dev.stele.models;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * ONNX embedding model from the class path that uses one thread for each text. Thread-safe.
 *
 * <p>By default the ONNX runtime uses all processors for each text and lets its threads spin between texts. Many
 * concurrent texts then take up to twice as long, and other work of the process does not get processors.
 */
final class OnnxModel extends AbstractInProcessEmbeddingModel {

    private final OnnxBertBiEncoder encoder;

    private OnnxModel(OnnxBertBiEncoder encoder, int dimension) {
        super(Runnable::run); // runs on the thread of the caller
        this.encoder = encoder;
        this.dimension = dimension;
    }

    /**
     * Loads a model.
     *
     * @param model name of the resources without their suffix
     * @param dimension number of elements of a vector
     * @throws IllegalStateException if the model cannot be loaded, or is not on the class path
     * @throws UncheckedIOException if a resource cannot be read
     */
    static OnnxModel load(String model, PoolingMode pooling, int dimension) {
        TokenizerLibrary.configure();
        try (InputStream weights = resource(model, ".onnx");
                InputStream tokenizer = resource(model, "-tokenizer.json");
                var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession session = environment.createSession(weights.readAllBytes(), options);
            return new OnnxModel(new OnnxBertBiEncoder(environment, session, tokenizer, pooling), dimension);
        } catch (OrtException e) {
            throw new IllegalStateException("the model " + model + " cannot be loaded: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String model, String suffix) {
        InputStream stream = OnnxModel.class.getClassLoader().getResourceAsStream(model + suffix);
        if (stream == null) {
            throw new IllegalStateException(
                    "the embedding model " + model + " is not on the class path; add the artifact"
                            + " dev.langchain4j:langchain4j-embeddings-" + model.replace(".", ""));
        }
        return stream;
    }

    @Override
    protected OnnxBertBiEncoder model() {
        return encoder;
    }
}
