package dev.stele.bench;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.config.SteleConfig;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.recall.Hit;
import dev.stele.recall.RecallMode;
import dev.stele.recall.RecallQuery;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Retrieval on conversations of the LoCoMo data set (Maharana et al., ACL 2024) by the data set's own measure: the share
 * of a question's evidence turns among the first k retrieved with the bare question, a question without valid evidence
 * counting 1, the mean over all questions of all categories. No language model.
 */
public final class LocomoEvaluation {

    private static final int[] DEPTHS = {5, 10, 25, 50};
    private static final Pattern SEPARATORS = Pattern.compile("[;,\\s]+");
    private static final Map<Integer, String> CATEGORIES =
            Map.of(1, "multi-hop", 2, "temporal", 3, "open", 4, "single-hop", 5, "adversarial");

    private final RecallMode mode;
    private final String embedder;
    private final boolean ablate;

    public LocomoEvaluation(RecallMode mode) {
        this(mode, "auto", false);
    }

    /**
     * @param embedder name of the embedding model
     * @param ablate whether all questions are also asked without each signal in turn
     */
    public LocomoEvaluation(RecallMode mode, String embedder, boolean ablate) {
        this.mode = mode;
        this.embedder = embedder;
        this.ablate = ablate;
    }

    /** Sums of one category. */
    private static final class Tally {
        final double[] recall = new double[DEPTHS.length];
        int questions;

        void add(double[] recalls) {
            for (int i = 0; i < recalls.length; i++) {
                recall[i] += recalls[i];
            }
            questions++;
        }
    }

    /** Recall at 5, 10, 25 and 50 and the number of questions of one category, or of all. */
    public record Row(String category, int questions, List<Double> recall) {}

    /**
     * Imports each conversation of the files, which may be lists such as the published one, into a memory of its own, asks
     * its questions, and returns a row for each category and one for all.
     */
    public List<Row> run(List<Path> files, Consumer<String> progress) throws IOException {
        var tallies = new TreeMap<Integer, Tally>();
        var without = new LinkedHashMap<String, Tally>();
        Path data = Files.createTempDirectory("stele-locomo");
        try (Stele stele =
                Stele.open(SteleConfig.at(data).withRetention(0, true).withEmbedder(embedder))) {
            for (Path file : files) {
                progress.accept("asking " + file.getFileName());
                ask(stele, file, tallies, without);
            }
        } finally {
            TempDirectories.delete(data);
        }
        var all = new Tally();
        var rows = new ArrayList<Row>();
        tallies.forEach((category, tally) -> {
            rows.add(row(CATEGORIES.getOrDefault(category, "category " + category), tally));
            for (int i = 0; i < DEPTHS.length; i++) {
                all.recall[i] += tally.recall[i];
            }
            all.questions += tally.questions;
        });
        rows.add(row("all", all));
        without.forEach((signal, tally) -> rows.add(row("- " + signal, tally)));
        return rows;
    }

    private void ask(Stele stele, Path file, Map<Integer, Tally> tallies, Map<String, Tally> without)
            throws IOException {
        Object tree = Json.read(Files.readString(file));
        List<?> samples = tree instanceof List<?> list
                ? list
                : List.of(JsonObject.of("file", tree).raw());
        for (Object sample : samples) {
            ask(stele, JsonObject.of("sample", sample), tallies, without);
        }
    }

    private void ask(Stele stele, JsonObject json, Map<Integer, Tally> tallies, Map<String, Tally> without) {
        String sample = json.optionalString("sample_id").orElse("conversation");
        AgentMemory memory = stele.agent("locomo-" + stele.agents().size());
        memory.importFrom(new StringReader(Json.write(json.raw())), _ -> {});
        for (JsonObject question : json.objects("qa")) {
            Set<String> evidence = new LinkedHashSet<>();
            for (String cited : question.strings("evidence")) {
                for (String id : SEPARATORS.split(cited, -1)) {
                    if (!id.isEmpty() && memory.message(sample + ":" + id).isPresent()) {
                        evidence.add(sample + ":" + id);
                    }
                }
            }
            RecallQuery query = RecallQuery.of(question.string("question"))
                    .withLimit(DEPTHS[DEPTHS.length - 1])
                    .withMode(mode);
            double[] recalls = recalls(memory, query, evidence);
            for (String signal : ablate ? RecallQuery.signals() : List.<String>of()) {
                without.computeIfAbsent(signal, _ -> new Tally())
                        .add(recalls(memory, query.withWeights(Map.of(signal, 0.0)), evidence));
            }
            tallies.computeIfAbsent(question.optionalLong("category").orElse(0L).intValue(), _ -> new Tally())
                    .add(recalls);
        }
    }

    private static double[] recalls(AgentMemory memory, RecallQuery query, Set<String> evidence) {
        List<String> found = memory.recall(query).hits().stream().map(Hit::id).toList();
        var recalls = new double[DEPTHS.length];
        for (int i = 0; i < DEPTHS.length; i++) {
            List<String> first = found.subList(0, Math.min(DEPTHS[i], found.size()));
            recalls[i] = evidence.isEmpty()
                    ? 1
                    : evidence.stream().filter(first::contains).count() / (double) evidence.size();
        }
        return recalls;
    }

    private static Row row(String category, Tally tally) {
        var mean = new ArrayList<Double>();
        for (double sum : tally.recall) {
            mean.add(sum / tally.questions);
        }
        return new Row(category, tally.questions, mean);
    }
}
