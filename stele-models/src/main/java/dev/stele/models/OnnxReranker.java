package dev.stele.models;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.PairList;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.embedding.Reranker;
import dev.stele.model.Durations;
import dev.stele.model.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Reranker that runs in this process: a cross-encoder in ONNX form with the tokenizer of Hugging Face, from a
 * directory. The model reads a query and a text together, at most {@value #MAX_TOKENS} tokens, and returns one number.
 * Thread-safe.
 *
 * <p>The first call loads the model. It runs on platform threads of its own, one for each processor, because native
 * code would pin the carrier of a virtual thread. A call that exceeds its time ends, and the batches that have not
 * begun are dropped.
 */
public final class OnnxReranker implements Reranker {

    private static final int MAX_TOKENS = 512;
    /** Number of texts that the model reads at once; a batch is padded to its longest text. */
    private static final int BATCH_SIZE = 4;

    private static final String MODEL_FILE = "model.onnx";
    private static final String TOKENIZER_FILE = "tokenizer.json";

    /** Threads that all models share; created when the first model is used. */
    private static final class Workers {
        static final ExecutorService THREADS = PlatformThreads.executor(
                "stele-reranker-", Runtime.getRuntime().availableProcessors(), Integer.MAX_VALUE);
    }

    private record Loaded(OrtEnvironment environment, OrtSession session, HuggingFaceTokenizer tokenizer) {}

    private final String name;
    private final Duration timeout;
    private final int depth;
    private final Lazy<Loaded> model;

    /**
     * Creates a reranker. The model is loaded by the first call.
     *
     * @param directory directory with the files {@value #MODEL_FILE} and {@value #TOKENIZER_FILE}
     * @param timeout maximum time of a call, the loading of the model included
     * @param depth number of best hits that the model reads, at least 1
     * @throws InvalidInputException if a file is missing or a value is out of range
     */
    public OnnxReranker(Path directory, Duration timeout, int depth) {
        for (String file : List.of(MODEL_FILE, TOKENIZER_FILE)) {
            if (!Files.isRegularFile(directory.resolve(file))) {
                throw new InvalidInputException(
                        "The reranker onnx needs the file %s; set memory.reranker-model to the directory of a cross-encoder with %s and %s."
                                .formatted(directory.resolve(file), MODEL_FILE, TOKENIZER_FILE));
            }
        }
        if (depth < 1 || timeout.isNegative() || timeout.isZero()) {
            throw new InvalidInputException(
                    "Set memory.reranker-depth to at least 1 and memory.reranker-timeout to more than 0.");
        }
        this.name = "onnx:" + directory.getFileName();
        this.timeout = timeout;
        this.depth = depth;
        this.model = new Lazy<>(() -> load(directory));
    }

    private static Loaded load(Path directory) {
        TokenizerLibrary.configure();
        try (var options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1); // each batch has a thread already
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.builder()
                    .optTokenizerPath(directory.resolve(TOKENIZER_FILE))
                    .optPadding(true)
                    .optTruncation(true)
                    .optMaxLength(MAX_TOKENS)
                    .build();
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            return new Loaded(
                    environment,
                    environment.createSession(directory.resolve(MODEL_FILE).toString(), options),
                    tokenizer);
        } catch (OrtException | RuntimeException e) {
            throw new IllegalStateException("the model in " + directory + " cannot be loaded: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String model() {
        return name;
    }

    @Override
    public int depth() {
        return depth;
    }

    @Override
    public List<Double> relevance(String query, List<String> texts) {
        long deadline = System.nanoTime() + timeout.toNanos();
        var batches = new ArrayList<Future<List<Double>>>();
        for (int from = 0; from < texts.size(); from += BATCH_SIZE) {
            List<String> batch = texts.subList(from, Math.min(texts.size(), from + BATCH_SIZE));
            batches.add(Workers.THREADS.submit(() -> score(model.get(), query, batch)));
        }
        var relevance = new ArrayList<Double>(texts.size());
        try {
            for (Future<List<Double>> batch : batches) {
                relevance.addAll(batch.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
            }
            return relevance;
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "it took longer than %s (memory.reranker-timeout)".formatted(Durations.text(timeout)), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    e.getCause() == null ? "it failed" : e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the query was interrupted", e);
        } finally {
            batches.forEach(batch -> batch.cancel(false)); // not interrupted: native code would not notice
        }
    }

    private static List<Double> score(Loaded model, String query, List<String> texts) throws OrtException {
        var pairs = new PairList<String, String>();
        texts.forEach(text -> pairs.add(query, text));
        Encoding[] encodings = model.tokenizer().batchEncode(pairs);
        var inputs = new HashMap<String, OnnxTensor>();
        try {
            for (Map.Entry<String, Function<Encoding, long[]>> part : PARTS.entrySet()) {
                if (model.session().getInputNames().contains(part.getKey())) {
                    var rows = new long[encodings.length][];
                    for (int i = 0; i < encodings.length; i++) {
                        rows[i] = part.getValue().apply(encodings[i]);
                    }
                    inputs.put(part.getKey(), OnnxTensor.createTensor(model.environment(), rows));
                }
            }
            try (OrtSession.Result result = model.session().run(inputs)) {
                if (!(result.get(0).getValue() instanceof float[][] scores)
                        || scores.length != texts.size()
                        || scores[0].length != 1) {
                    throw new IllegalStateException(
                            "the model does not give one number for each text, as a reranker does");
                }
                var relevance = new ArrayList<Double>();
                for (float[] score : scores) {
                    relevance.add((double) score[0]);
                }
                return relevance;
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    /** Inputs that a model may have. */
    private static final Map<String, Function<Encoding, long[]>> PARTS = Map.of(
            "input_ids", Encoding::getIds,
            "attention_mask", Encoding::getAttentionMask,
            "token_type_ids", Encoding::getTypeIds);
}
