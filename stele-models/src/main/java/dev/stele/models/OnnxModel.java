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
 * A model of a jar on the class path that takes one thread for each text. The runtime would take all for each by itself, and let them spin
 * between texts: many texts at once then take up to twice as long, and whatever else wants a processor waits.
 */
final class OnnxModel extends AbstractInProcessEmbeddingModel {

    private final OnnxBertBiEncoder encoder;

    private OnnxModel(OnnxBertBiEncoder encoder, int dimension) {
        super(Runnable::run); // who calls has the threads
        this.encoder = encoder;
        this.dimension = dimension;
    }

    /** @param model name of the resource without its end */
    static OnnxModel load(String model, PoolingMode pooling, int dimension) {
        try (InputStream weights = resource(model + ".onnx");
                InputStream tokenizer = resource(model + "-tokenizer.json");
                var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession session = environment.createSession(weights.readAllBytes(), options);
            return new OnnxModel(new OnnxBertBiEncoder(environment, session, tokenizer, pooling), dimension);
        } catch (OrtException e) {
            throw new IllegalStateException("the model " + model + " does not load: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream found = OnnxModel.class.getClassLoader().getResourceAsStream(name);
        if (found == null) {
            throw new IOException("there is no " + name + " on the class path");
        }
        return found;
    }

    @Override
    protected OnnxBertBiEncoder model() {
        return encoder;
    }
}
