package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.embedding.Embedder;
import dev.stele.language.ExtractiveModel;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.MessageDraft;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import dev.stele.recall.RecallResult;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Evaluation of retrieval on conversations in the format of the LoCoMo data set (Maharana et al., ACL 2024) by the
 * measure of that data set: the share of a question's evidence turns among the first k that are retrieved with the bare
 * question. A question without valid evidence counts 1; the result is the mean over all questions. No language model.
 *
 * <p>Files are read by {@link EvaluationFiles}. Each conversation becomes a memory of its own. Files whose names begin
 * with the same letters are one source. The texts of a conversation are also searched by {@link
 * PlainBaselines}. The evaluation tells how well the confidence of results separates the questions of a conversation from those of others,
 * and from those that the file lists as {@code unanswerable}.
 */
public final class RetrievalEvaluation {

    private static final int[] DEPTHS = {2, 5, 10, 25, 50};
    private static final int[] COMPARED_DEPTHS = {5, 10};
    private static final int MAX_DEPTH = DEPTHS[DEPTHS.length - 1];
    private static final Pattern SOURCE = Pattern.compile("^\\p{L}+");
    private static final Map<Integer, String> CATEGORIES =
            Map.of(1, "multi-hop", 2, "temporal", 3, "open", 4, "single-hop", 5, "adversarial");

    private final RecallMode mode;
    private final String embedder;
    private final boolean ablate;
    private final boolean echo;
    /** Embedding model of the baselines; the memories have their own. */
    private final Optional<Embedder> model;

    /**
     * Creates an evaluation with the default embedding model.
     *
     * @param mode mode of the queries
     */
    public RetrievalEvaluation(RecallMode mode) {
        this(mode, "auto", false, false);
    }

    /**
     * Creates an evaluation.
     *
     * @param mode mode of the queries
     * @param embedder name of the embedding model
     * @param ablate whether all questions are also asked without each ranking feature in turn
     * @param echo whether all questions are first put into the memory as messages of a user, each with the reply of an
     *     agent without a language model
     */
    public RetrievalEvaluation(RecallMode mode, String embedder, boolean ablate, boolean echo) {
        this.mode = mode;
        this.embedder = embedder;
        this.ablate = ablate;
        this.echo = echo;
        this.model = mode == RecallMode.KEYWORD
                ? Optional.empty()
                : Stele.findEmbedder(SteleConfig.at(Path.of("")).withEmbedder(embedder));
    }

    /**
     * Mean recall of some questions.
     *
     * @param name category, "all", a baseline ("bm25", "dense", "rrf") or the feature that was left out
     * @param questions number of questions
     * @param recall recall at 2, 5, 10, 25 and 50
     */
    public record Row(String name, int questions, List<Double> recall) {}

    /**
     * Result of one source, or of all.
     *
     * @param name name of the source; "all" for all
     * @param rows rows by category, then of all questions, of the baselines, and without each feature
     * @param differences recall at 5 and 10 less that of each baseline
     * @param unanswerable probability that the confidence of an answerable question is higher than that of an
     *     unanswerable one of the same conversation (AUROC); empty if there are no unanswerable questions
     * @param foreign the same for questions that were asked of other conversations; empty if there is one conversation
     */
    public record Source(
            String name,
            List<Row> rows,
            List<Difference> differences,
            OptionalDouble unanswerable,
            OptionalDouble foreign) {}

    /**
     * Difference of recall to a baseline, over the questions of a source.
     *
     * @param baseline name of the baseline
     * @param depth number of results
     * @param mean mean difference; above zero if the baseline finds less
     * @param low lower end of its interval of 95 %, by the paired bootstrap
     * @param high upper end of the interval
     */
    public record Difference(String baseline, int depth, double mean, double low, double high) {}

    /**
     * Conversation that was imported and asked.
     *
     * @param memory memory of the conversation
     * @param questions its questions
     * @param receivers sums of its results
     */
    private record Asked(AgentMemory memory, List<String> questions, List<Sums> receivers) {}

    /** Sums over some questions. */
    private static final class Tally {
        final double[] recall = new double[DEPTHS.length];
        int questions;

        void add(double[] recalls) {
            for (int i = 0; i < recalls.length; i++) {
                recall[i] += recalls[i];
            }
            questions++;
        }

        Row row(String name) {
            var means = new ArrayList<Double>();
            for (double sum : recall) {
                means.add(sum / Math.max(1, questions));
            }
            return new Row(name, questions, means);
        }
    }

    /** Sums of one source. */
    private static final class Sums {
        final Map<Integer, Tally> byCategory = new TreeMap<>();
        final Tally all = new Tally();
        final Map<String, Tally> baselines = new LinkedHashMap<>();
        /** Difference of the recalls of each question to each baseline. */
        final Map<String, List<double[]>> differences = new LinkedHashMap<>();

        final Map<String, Tally> withoutFeature = new LinkedHashMap<>();
        final List<Double> answerable = new ArrayList<>();
        final List<Double> unanswerable = new ArrayList<>();
        final List<Double> foreign = new ArrayList<>();

        Source source(String name) {
            var rows = new ArrayList<Row>();
            byCategory.forEach((category, tally) ->
                    rows.add(tally.row(CATEGORIES.getOrDefault(category, "category " + category))));
            rows.add(all.row("all"));
            baselines.forEach((baseline, tally) -> rows.add(tally.row(baseline)));
            withoutFeature.forEach((feature, tally) -> rows.add(tally.row("- " + feature)));
            return new Source(name, rows, intervals(), separation(unanswerable), separation(foreign));
        }

        void add(double[] recalls, Map<String, double[]> ofBaselines) {
            all.add(recalls);
            ofBaselines.forEach((baseline, plain) -> {
                baselines.computeIfAbsent(baseline, _ -> new Tally()).add(plain);
                var difference = new double[DEPTHS.length];
                Arrays.setAll(difference, i -> recalls[i] - plain[i]);
                differences.computeIfAbsent(baseline, _ -> new ArrayList<>()).add(difference);
            });
        }

        private List<Difference> intervals() {
            var intervals = new ArrayList<Difference>();
            differences.forEach((baseline, values) -> {
                for (int depth : COMPARED_DEPTHS) {
                    int index = Arrays.binarySearch(DEPTHS, depth);
                    PairedBootstrap.Interval interval = PairedBootstrap.of(
                            values.stream().map(difference -> difference[index]).toList());
                    intervals.add(new Difference(baseline, depth, interval.mean(), interval.low(), interval.high()));
                }
            });
            return intervals;
        }

        private OptionalDouble separation(List<Double> others) {
            double higher = 0;
            for (double score : answerable) {
                for (double other : others) {
                    higher += score > other ? 1 : score == other ? 0.5 : 0;
                }
            }
            long pairs = (long) answerable.size() * others.size();
            return pairs == 0 ? OptionalDouble.empty() : OptionalDouble.of(higher / pairs);
        }
    }

    /**
     * Imports each conversation into a memory of its own and asks its questions.
     *
     * @param files files with conversations
     * @param progress receives a line for each file
     * @return results by source in the order of the files, and those of all sources if there are several
     * @throws IOException if a file cannot be read
     */
    public List<Source> run(List<Path> files, Consumer<String> progress) throws IOException {
        var sums = new LinkedHashMap<String, Sums>();
        var all = new Sums();
        Path data = Files.createTempDirectory("stele-retrieval");
        try (Stele stele =
                Stele.open(SteleConfig.at(data).withRetention(0, true).withEmbedder(embedder))) {
            var asked = new ArrayList<Asked>();
            for (Path file : files) {
                progress.accept("asking " + file.getFileName());
                List<Sums> receivers = List.of(sums.computeIfAbsent(source(file), _ -> new Sums()), all);
                for (JsonObject conversation : EvaluationFiles.read(file)) {
                    asked.add(ask(stele, conversation, receivers));
                }
            }
            asked.forEach(own -> askForeign(own, asked));
        } finally {
            TempDirectories.delete(data);
        }
        var results = new ArrayList<Source>();
        sums.forEach((name, sum) -> results.add(sum.source(name)));
        if (results.size() > 1) {
            results.add(all.source("all"));
        }
        return results;
    }

    /** Returns the source of a file: the letters with which its name begins. */
    private static String source(Path file) {
        String name = String.valueOf(file.getFileName());
        var letters = SOURCE.matcher(name);
        return letters.find() ? letters.group() : name;
    }

    private Asked ask(Stele stele, JsonObject json, List<Sums> receivers) throws IOException {
        String sample = json.optionalString("sample_id").orElse("conversation");
        AgentMemory memory = stele.agent("retrieval-" + stele.agents().size());
        memory.importFrom(new StringReader(Json.write(json.raw())), _ -> {});
        if (echo) {
            putQuestions(memory, json);
        }
        PlainBaselines baselines = baselines(memory, sample, json);
        var questions = new ArrayList<String>();
        for (JsonObject question : json.objects("qa")) {
            Set<String> evidence = LocomoEvidence.of(question, sample, memory);
            RecallQuery query = query(question.string("question"));
            questions.add(query.text());
            RecallResult result = memory.recall(query);
            List<Hit> hits = result.hits();
            double[] recalls = recalls(ids(hits), evidence);
            var ofBaselines = new LinkedHashMap<String, double[]>();
            baselines
                    .search(query.text(), MAX_DEPTH)
                    .forEach((baseline, found) -> ofBaselines.put(baseline, recalls(found, evidence)));
            int category = question.optionalLong("category").orElse(0L).intValue();
            for (Sums sums : receivers) {
                sums.byCategory.computeIfAbsent(category, _ -> new Tally()).add(recalls);
                sums.add(recalls, ofBaselines);
                sums.answerable.add(result.confidence());
            }
            for (String feature : ablate ? RecallQuery.signals() : List.<String>of()) {
                double[] without = recalls(
                        ids(memory.recall(query.withWeights(Map.of(feature, 0.0)))
                                .hits()),
                        evidence);
                receivers.forEach(sums -> sums.withoutFeature
                        .computeIfAbsent(feature, _ -> new Tally())
                        .add(without));
            }
        }
        for (String question : json.strings("unanswerable")) {
            double confidence = memory.recall(query(question)).confidence();
            receivers.forEach(sums -> sums.unanswerable.add(confidence));
        }
        return new Asked(memory, questions, receivers);
    }

    /** Asks a memory about as many questions of other conversations as of its own. */
    private void askForeign(Asked own, List<Asked> all) {
        List<String> foreign = all.stream()
                .filter(other -> !other.equals(own))
                .flatMap(other -> other.questions.stream())
                .toList();
        int step = Math.max(1, foreign.size() / Math.max(1, own.questions.size()));
        for (int i = 0; i < foreign.size(); i += step) {
            double confidence = own.memory.recall(query(foreign.get(i))).confidence();
            own.receivers.forEach(sums -> sums.foreign.add(confidence));
        }
    }

    /** Stores all questions of a conversation as if a user had asked them in one session. */
    private static void putQuestions(AgentMemory memory, JsonObject json) {
        var messages = new ArrayList<MessageDraft>();
        for (JsonObject question : json.objects("qa")) {
            messages.add(MessageDraft.user("questions", "tester", question.string("question")));
            messages.add(MessageDraft.assistant("questions", "I remember nothing about that yet.")
                    .withUser("tester")
                    .withMetadata(Map.of("model", ExtractiveModel.NAME)));
        }
        memory.remember(messages);
        memory.embed(false, _ -> {});
    }

    private RecallQuery query(String question) {
        return RecallQuery.of(question).withLimit(MAX_DEPTH).withMode(mode);
    }

    private static List<String> ids(List<Hit> hits) {
        return hits.stream().map(Hit::id).toList();
    }

    /** Returns the baselines over the turns of a conversation, with the captions of their images. */
    private PlainBaselines baselines(AgentMemory memory, String sample, JsonObject json) {
        var index = new PlainBaselines(model);
        JsonObject conversation = json.object("conversation").orElseThrow();
        for (int n = 1; conversation.has("session_" + n) || conversation.has("session_" + n + "_date_time"); n++) {
            for (JsonObject turn :
                    conversation.has("session_" + n) ? conversation.objects("session_" + n) : List.<JsonObject>of()) {
                String id = sample + ":" + turn.string("dia_id");
                memory.message(id)
                        .ifPresent(message -> index.add(
                                id,
                                message.content() + " "
                                        + turn.optionalString("blip_caption").orElse("")));
            }
        }
        return index;
    }

    private static double[] recalls(List<String> found, Set<String> evidence) {
        var recalls = new double[DEPTHS.length];
        for (int i = 0; i < DEPTHS.length; i++) {
            List<String> first = found.subList(0, Math.min(DEPTHS[i], found.size()));
            recalls[i] = evidence.isEmpty()
                    ? 1
                    : evidence.stream().filter(first::contains).count() / (double) evidence.size();
        }
        return recalls;
    }
}
