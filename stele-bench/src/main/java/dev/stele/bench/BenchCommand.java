package dev.stele.bench;

import dev.stele.Stele;
import dev.stele.cli.CommandGroup;
import dev.stele.cli.config.Logging;
import dev.stele.config.SteleConfig;
import dev.stele.embedding.Embedder;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.recall.RecallMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Command {@code stele bench}: a subcommand for each measurement. Each prints one line per result to standard output,
 * and progress to standard error.
 */
@Command(
        name = "bench",
        description = "Measure quality of retrieval, throughput and latency on this machine.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class BenchCommand extends CommandGroup {

    @Command(
            name = "retrieval",
            description = {
                "Measure recall@2, 5, 10, 25 and 50 on conversations in the format of LoCoMo, by the measure of that data",
                "set, and compare with plain BM25, dense retrieval and their fusion. Files whose names begin with the same",
                "letters are one source."
            },
            mixinStandardHelpOptions = true)
    int retrieval(
            @Parameters(
                            arity = "1..*",
                            paramLabel = "FILE",
                            description =
                                    "Files with one conversation, a list of conversations, or lines (.jsonl) of a corpus.")
                    List<Path> files,
            @Option(
                            names = "--mode",
                            paramLabel = "MODE",
                            defaultValue = "hybrid",
                            description = "hybrid, semantic or keyword (${DEFAULT-VALUE}).")
                    String mode,
            @Option(
                            names = "--embedder",
                            paramLabel = "EMBEDDER",
                            defaultValue = "auto",
                            description = "Embedding model, such as bge-small or minilm (${DEFAULT-VALUE}).")
                    String embedder,
            @Option(names = "--ablate", description = "Measure also without each signal in turn.") boolean ablate,
            @Option(names = "--echo", description = "Store all questions as messages before they are asked.")
                    boolean echo,
            @Option(names = "--json", description = "Print JSON.") boolean json)
            throws IOException {
        Logging.configure("warning");
        requireFiles(files);
        List<RetrievalEvaluation.Source> sources =
                new RetrievalEvaluation(RecallMode.of(mode), embedder, ablate, echo).run(files, System.err::println);
        if (json) {
            System.out.println(
                    Json.write(sources.stream().map(BenchCommand::retrievalJson).toList()));
            return 0;
        }
        System.out.printf(
                "%-10s %-14s %9s  %6s %6s %6s %6s %6s%n",
                "source", "category", "questions", "R@2", "R@5", "R@10", "R@25", "R@50");
        for (RetrievalEvaluation.Source source : sources) {
            for (RetrievalEvaluation.Row row : source.rows()) {
                var line = new ArrayList<String>();
                row.recall().forEach(recall -> line.add(String.format(Locale.ROOT, "%6.3f", recall)));
                System.out.printf(
                        "%-10s %-14s %9d  %s%n", source.name(), row.name(), row.questions(), String.join(" ", line));
            }
            for (RetrievalEvaluation.Difference difference : source.differences()) {
                System.out.printf(
                        Locale.ROOT,
                        "%-10s R@%d less that of %s: %+.3f (95 %%: %+.3f to %+.3f)%n",
                        source.name(),
                        difference.depth(),
                        difference.baseline(),
                        difference.mean(),
                        difference.low(),
                        difference.high());
            }
            printSeparation(source.name(), "unanswerable questions", source.unanswerable());
            printSeparation(source.name(), "questions of other conversations", source.foreign());
        }
        return 0;
    }

    private static void requireFiles(List<Path> files) {
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new InvalidInputException("There is no file " + file + "; give the path of an existing file.");
            }
        }
    }

    private static void printSeparation(String source, String others, OptionalDouble auroc) {
        auroc.ifPresent(value ->
                System.out.printf(Locale.ROOT, "%-10s confidence against %s: AUROC %.3f%n", source, others, value));
    }

    private static Optional<Double> value(OptionalDouble value) {
        return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
    }

    private static Object retrievalJson(RetrievalEvaluation.Source source) {
        return Json.fields()
                .put("source", source.name())
                .put(
                        "rows",
                        source.rows().stream()
                                .map(row -> Json.fields()
                                        .put("category", row.name())
                                        .put("questions", row.questions())
                                        .put("recall", row.recall())
                                        .map())
                                .toList())
                .put(
                        "differences",
                        source.differences().stream()
                                .map(difference -> Json.fields()
                                        .put("baseline", difference.baseline())
                                        .put("depth", difference.depth())
                                        .put("mean", difference.mean())
                                        .put("low", difference.low())
                                        .put("high", difference.high())
                                        .map())
                                .toList())
                .put("auroc_unanswerable", value(source.unanswerable()))
                .put("auroc_foreign", value(source.foreign()))
                .map();
    }

    @Command(
            name = "writes",
            description = {
                "Measure durable writes of many threads and compare with one raw SQLite transaction of the same rows;",
                "then compare several processes with one. Compare the ratios: the rates depend on the machine."
            },
            mixinStandardHelpOptions = true)
    int writes(
            @Option(
                            names = "--threads",
                            paramLabel = "NUMBER",
                            defaultValue = "64",
                            description = "Total number of threads (${DEFAULT-VALUE}).")
                    int threads,
            @Option(
                            names = "--messages",
                            paramLabel = "NUMBER",
                            defaultValue = "20000",
                            description = "Messages per round (${DEFAULT-VALUE}).")
                    int messages,
            @Option(
                            names = "--rounds",
                            paramLabel = "NUMBER",
                            defaultValue = "3",
                            description = "Number of rounds (${DEFAULT-VALUE}).")
                    int rounds,
            @Option(
                            names = "--processes",
                            paramLabel = "NUMBER",
                            defaultValue = "4",
                            description = "Number of processes (${DEFAULT-VALUE}).")
                    int processes,
            @Option(
                            names = "--seconds",
                            paramLabel = "NUMBER",
                            defaultValue = "5",
                            description = "Length of a round of processes, in seconds (${DEFAULT-VALUE}).")
                    int seconds)
            throws Exception {
        Logging.configure("warning");
        if (threads < processes || rounds < 1 || messages < threads || processes < 1 || seconds < 1) {
            throw new InvalidInputException(
                    "--rounds, --processes and --seconds must be at least 1, --threads at least --processes, and"
                            + " --messages at least --threads.");
        }
        var benchmark = new WriteBenchmark(threads, messages, rounds, System.out::println);
        benchmark.compareWithRawSqlite();
        benchmark.compareProcesses(processes, seconds * 1_000L);
        return 0;
    }

    @Command(
            name = "store",
            description = {
                "Measure the same writes and queries on a database server and in a data directory, in turns,",
                "and writes of one, two and three nodes on the server. Compare the ratios: the rates depend on the",
                "machine."
            },
            mixinStandardHelpOptions = true)
    int store(
            @Parameters(paramLabel = "URL", description = "URL of an empty database, jdbc:postgresql://…") String url,
            @Option(
                            names = "--threads",
                            paramLabel = "NUMBER",
                            defaultValue = "48",
                            description = "Total number of threads (${DEFAULT-VALUE}).")
                    int threads,
            @Option(
                            names = "--agents",
                            paramLabel = "NUMBER",
                            defaultValue = "16",
                            description = "Number of agents that the threads write to (${DEFAULT-VALUE}).")
                    int agents,
            @Option(
                            names = "--rounds",
                            paramLabel = "NUMBER",
                            defaultValue = "2",
                            description = "Number of rounds (${DEFAULT-VALUE}).")
                    int rounds,
            @Option(
                            names = "--seconds",
                            paramLabel = "NUMBER",
                            defaultValue = "4",
                            description = "Length of a round, in seconds (${DEFAULT-VALUE}).")
                    int seconds,
            @Option(
                            names = "--empty",
                            paramLabel = "NUMBER",
                            defaultValue = "0",
                            description = "Number of empty agents whose creation is also timed (${DEFAULT-VALUE}).")
                    int empty)
            throws Exception {
        Logging.configure("warning");
        if (threads < 3 || agents < 1 || rounds < 1 || seconds < 1 || empty < 0) {
            throw new InvalidInputException(
                    "--threads must be at least 3; --agents, --rounds and --seconds at least 1; --empty at least 0.");
        }
        new StoreBenchmark(url, threads, agents, rounds, seconds * 1_000L, System.out::println).run(empty);
        return 0;
    }

    @Command(
            name = "reflect",
            description =
                    "Measure reflection by rules on LoCoMo conversations: precision of the notes by labels given by"
                            + " hand, and recall with and without the notes.",
            mixinStandardHelpOptions = true)
    int reflect(
            @Parameters(arity = "1..*", paramLabel = "FILE", description = "Files with one conversation each.")
                    List<Path> files)
            throws IOException, InterruptedException {
        Logging.configure("warning");
        requireFiles(files);
        ReflectionEvaluation.Result result = new ReflectionEvaluation().run(files, System.err::println);
        System.out.printf(
                Locale.ROOT,
                "%d messages, %d notes, %d entities, %.1f ms per message%n",
                result.messages(),
                result.notes(),
                result.entities(),
                result.millisPerMessage());
        System.out.printf(
                Locale.ROOT,
                "labeled notes %d: %d good, %d bad, precision %.3f; notes without evidence: %d%n",
                result.good() + result.bad(),
                result.good(),
                result.bad(),
                result.precision(),
                result.withoutEvidence());
        System.out.printf(
                Locale.ROOT,
                "recall@10 without notes and graph %.3f, with notes and graph %.3f%n",
                result.recallWithout(),
                result.recallWith());
        return 0;
    }

    @Command(
            name = "extraction",
            description = {
                "Measure extraction by rules on labeled statements: expected notes, forbidden notes, and notes that",
                "must have ended, by kind of statement. Each line of the file is one case as JSON: id, kind, turns,",
                "and the regular expressions expect, forbid and ended."
            },
            mixinStandardHelpOptions = true)
    int extraction(
            @Parameters(paramLabel = "CASES", description = "Cases as JSON lines.") Path file,
            @Option(
                            names = {"-v", "--verbose"},
                            description = "Print one line per failed check.")
                    boolean verbose,
            @Option(names = "--json", description = "Print JSON.") boolean json)
            throws IOException, InterruptedException {
        Logging.configure("warning");
        requireFiles(List.of(file));
        ExtractionEvaluation.Result result =
                new ExtractionEvaluation(verbose ? System.err::println : _ -> {}).run(file);
        List<ExtractionEvaluation.Row> rows = result.rows();
        if (json) {
            System.out.println(Json.write(Json.fields()
                    .put("kinds", ExtractionEvaluation.json(rows))
                    .put("millis_per_turn", result.millisPerTurn())
                    .map()));
            return 0;
        }
        System.out.printf(
                "%-12s %6s %6s %8s %8s %8s %6s%n", "kind", "cases", "right", "expect", "forbid", "ended", "notes");
        for (ExtractionEvaluation.Row row : rows) {
            System.out.printf(
                    "%-12s %6d %6d %8s %8s %8s %6d%n",
                    row.kind(),
                    row.cases(),
                    row.right(),
                    row.expectMet() + "/" + row.expect(),
                    row.forbidKept() + "/" + row.forbid(),
                    row.endedMet() + "/" + row.ended(),
                    row.notes());
        }
        System.out.printf(
                Locale.ROOT, "the rules take %.2f ms per turn on one thread (median)%n", result.millisPerTurn());
        return 0;
    }

    @Command(
            name = "chat",
            description =
                    "Measure the time that memory adds to a turn of a chat: without other load, beside other chats, and"
                            + " beside other chats and reflection.",
            mixinStandardHelpOptions = true)
    int chat(
            @Option(
                            names = "--turns",
                            paramLabel = "NUMBER",
                            defaultValue = "300",
                            description = "Measured turns (${DEFAULT-VALUE}).")
                    int turns,
            @Option(
                            names = "--messages",
                            paramLabel = "NUMBER",
                            defaultValue = "5000",
                            description = "Earlier messages (${DEFAULT-VALUE}).")
                    int messages)
            throws IOException, InterruptedException {
        Logging.configure("warning");
        ChatBenchmark.Results results = ChatBenchmark.run(turns, messages, System.err::println);
        System.out.printf(
                "%-26s %12s %12s %14s %14s%n", "", "memory p50", "memory p95", "first word p50", "first word p95");
        printChatRow("alone", results.alone());
        printChatRow("with others", results.withOthers());
        printChatRow("with others and reflection", results.withReflection());
        System.out.println(
                results.pendingInteractions() > 0
                        ? "Reflection was busy during all turns: " + results.pendingInteractions()
                                + " interactions are still pending."
                        : "Reflection processed all interactions before the last turn, so the last row may be too"
                                + " low.");
        return 0;
    }

    private static void printChatRow(String name, ChatBenchmark.Result result) {
        System.out.printf(
                Locale.ROOT,
                "%-26s %9.1f ms %9.1f ms %11.1f ms %11.1f ms%n",
                name,
                result.memoryMedian(),
                result.memoryP95(),
                result.firstWordMedian(),
                result.firstWordP95());
    }

    @Command(
            name = "graph",
            description = {
                "Measure the knowledge graph at several sizes: create_entities and search_nodes of the MCP server, and",
                "of the reference server if its script is given; then traversals and paths by Java calls and queries."
            },
            mixinStandardHelpOptions = true)
    int graph(
            @Option(
                            names = "--sizes",
                            paramLabel = "NUMBERS",
                            split = ",",
                            defaultValue = "0,10000,100000",
                            description = "Numbers of existing entities (${DEFAULT-VALUE}).")
                    List<Integer> sizes,
            @Option(
                            names = "--calls",
                            paramLabel = "NUMBER",
                            defaultValue = "200",
                            description = "Number of calls of each kind (${DEFAULT-VALUE}).")
                    int calls,
            @Option(
                            names = "--entities",
                            paramLabel = "NUMBER",
                            defaultValue = "100000",
                            description = "Entities of the traversed graph (${DEFAULT-VALUE}).")
                    int entities,
            @Option(
                            names = "--relations",
                            paramLabel = "NUMBER",
                            defaultValue = "500000",
                            description = "Relations of the traversed graph (${DEFAULT-VALUE}).")
                    int relations,
            @Option(
                            names = "--reference",
                            paramLabel = "SCRIPT",
                            description = "File index.js of the reference server, run with node.")
                    Path reference)
            throws Exception {
        Logging.configure("warning");
        if (calls < 1 || entities < 2 || relations < 1) {
            throw new InvalidInputException("--calls and --relations must be at least 1, --entities at least 2.");
        }
        var benchmark = new GraphBenchmark(System.out::println);
        benchmark.measureTools(sizes, calls, Optional.ofNullable(reference));
        benchmark.measureTraversals(entities, relations, calls);
        return 0;
    }

    @Command(
            name = "serving",
            description = {
                "Measure reading a user and storing a message over HTTP, and compare with a Fastify server on",
                "better-sqlite3 that does the same, in turns. Needs wrk, node and npm."
            },
            mixinStandardHelpOptions = true)
    int serving(
            @Option(
                            names = "--connections",
                            paramLabel = "NUMBER",
                            defaultValue = "64",
                            description = "Number of connections (${DEFAULT-VALUE}).")
                    int connections,
            @Option(
                            names = "--seconds",
                            paramLabel = "NUMBER",
                            defaultValue = "5",
                            description = "Length of a run, in seconds (${DEFAULT-VALUE}).")
                    int seconds,
            @Option(
                            names = "--rounds",
                            paramLabel = "NUMBER",
                            defaultValue = "3",
                            description = "Number of rounds (${DEFAULT-VALUE}).")
                    int rounds,
            @Option(
                            names = "--peer",
                            paramLabel = "FILE",
                            defaultValue = "stele-bench/serving",
                            description = "Directory of the Fastify server (${DEFAULT-VALUE}).")
                    Path peer)
            throws Exception {
        Logging.configure("warning");
        if (!Files.isRegularFile(peer.resolve("peer.mjs"))) {
            throw new InvalidInputException("There is no peer.mjs in " + peer
                    + "; run the command in the root of Stele's repository, or give the" + " directory with --peer.");
        }
        new ServingBenchmark(peer, connections, seconds, rounds, System.out::println).run();
        return 0;
    }

    @Command(
            name = "overload",
            description = {
                "Measure a server under overload: too many requests, slow clients, uploads of 1 GiB, and 10,000 idle",
                "connections. Needs wrk and permission to open 25,000 files."
            },
            mixinStandardHelpOptions = true)
    int overload(
            @Option(
                            names = "--seconds",
                            paramLabel = "NUMBER",
                            defaultValue = "10",
                            description = "Length of each load, in seconds (${DEFAULT-VALUE}).")
                    int seconds)
            throws Exception {
        Logging.configure("warning");
        new OverloadBenchmark(seconds, System.out::println).run();
        return 0;
    }

    @Command(
            name = "sharing",
            description =
                    "Measure resident memory of processes that query one large memory, alone and together. Needs Linux.",
            mixinStandardHelpOptions = true)
    int sharing(
            @Option(
                            names = "--items",
                            paramLabel = "NUMBER",
                            defaultValue = "100000",
                            description = "Number of messages (${DEFAULT-VALUE}).")
                    int items,
            @Option(
                            names = "--processes",
                            paramLabel = "NUMBER",
                            defaultValue = "2",
                            description = "Number of processes (${DEFAULT-VALUE}).")
                    int processes)
            throws Exception {
        Logging.configure("warning");
        if (items < 1 || processes < 1) {
            throw new InvalidInputException("--items and --processes must be at least 1.");
        }
        new SharingBenchmark(System.out::println).run(items, processes);
        return 0;
    }

    @Command(
            name = "embed",
            description = {
                "Measure the embedding model: lists of texts as imports embed them, beside the limit of the model, one",
                "text after another on each processor. Compare the ratios: the rates depend on the machine."
            },
            mixinStandardHelpOptions = true)
    int embed(
            @Option(
                            names = "--embedder",
                            paramLabel = "NAME",
                            defaultValue = "auto",
                            description = "Embedding model, as memory.embedder (${DEFAULT-VALUE}).")
                    String embedder,
            @Option(
                            names = "--texts",
                            paramLabel = "NUMBER",
                            defaultValue = "320",
                            description = "Number of texts (${DEFAULT-VALUE}).")
                    int texts,
            @Option(
                            names = "--rounds",
                            paramLabel = "NUMBER",
                            defaultValue = "5",
                            description = "Number of rounds (${DEFAULT-VALUE}).")
                    int rounds)
            throws Exception {
        Logging.configure("warning");
        if (texts < 1 || rounds < 1) {
            throw new InvalidInputException("--texts and --rounds must be at least 1.");
        }
        Embedder model = Stele.findEmbedder(SteleConfig.at(Path.of("")).withEmbedder(embedder))
                .orElseThrow(() -> new InvalidInputException("There is no embedding model \"" + embedder + "\"."));
        new EmbeddingBenchmark(model, texts, rounds, System.out::println).run();
        return 0;
    }

    @Command(
            name = "keywords",
            description =
                    "Compare the keyword index of the database (FTS5) with one of Lucene: writes, queries, agreement.",
            mixinStandardHelpOptions = true)
    int keywords(
            @Option(
                            names = "--texts",
                            paramLabel = "NUMBER",
                            defaultValue = "50000",
                            description = "Number of texts (${DEFAULT-VALUE}).")
                    int texts,
            @Option(
                            names = "--questions",
                            paramLabel = "NUMBER",
                            defaultValue = "1000",
                            description = "Number of queries (${DEFAULT-VALUE}).")
                    int questions)
            throws Exception {
        Logging.configure("warning");
        if (texts < 1 || questions < 1) {
            throw new InvalidInputException("--texts and --questions must be at least 1.");
        }
        new KeywordsBenchmark(texts, questions, System.out::println).run();
        return 0;
    }

    @Command(
            name = "vectors",
            description = {
                "Measure search for the ten nearest vectors: time, bytes, and recall against an exact comparison.",
                "Compare with HNSW of Lucene, the flat scan of FAISS if Python has it, and HNSW of pgvector if a",
                "server is given."
            },
            mixinStandardHelpOptions = true)
    int vectors(
            @Option(
                            names = "--vectors",
                            paramLabel = "NUMBERS",
                            split = ",",
                            defaultValue = "10000,100000,1000000",
                            description = "Numbers of vectors (${DEFAULT-VALUE}).")
                    List<Integer> vectors,
            @Option(
                            names = "--queries",
                            paramLabel = "NUMBER",
                            defaultValue = "1000",
                            description = "Number of queries (${DEFAULT-VALUE}).")
                    int queries,
            @Option(names = "--alone", description = "Measure Stele only, without Lucene and FAISS.") boolean alone,
            @Option(names = "--graph", description = "Measure also through an HNSW graph, which takes long to build.")
                    boolean graph,
            @Option(
                            names = "--server",
                            paramLabel = "URL",
                            description = "PostgreSQL server with the extension vector, jdbc:postgresql://…")
                    Optional<String> server,
            @Option(
                            names = "--chart",
                            paramLabel = "FILE",
                            description = "Write a chart of the times to this PNG file.")
                    Path chart)
            throws Exception {
        Logging.configure("warning");
        if (queries < 1 || vectors.stream().anyMatch(count -> count < 1)) {
            throw new InvalidInputException("--vectors and --queries must be at least 1.");
        }
        var rows = new ArrayList<VectorsBenchmark.Row>();
        for (int count : vectors) {
            rows.addAll(new VectorsBenchmark(queries, System.out::println).run(count, !alone, graph, server));
        }
        if (chart != null) {
            VectorsChart.write(chart, rows);
        }
        return 0;
    }

    @Command(
            name = "recall",
            description = "Measure the time of a query in a large memory, without the embedding of the query.",
            mixinStandardHelpOptions = true)
    int recall(
            @Option(
                            names = "--items",
                            paramLabel = "NUMBERS",
                            split = ",",
                            defaultValue = "5000,50000",
                            description = "Number of messages (${DEFAULT-VALUE}).")
                    List<Integer> items,
            @Option(
                            names = "--questions",
                            paramLabel = "NUMBER",
                            defaultValue = "1000",
                            description = "Number of queries (${DEFAULT-VALUE}).")
                    int questions)
            throws Exception {
        Logging.configure("warning");
        if (questions < 1 || items.stream().anyMatch(count -> count < 1)) {
            throw new InvalidInputException("--items and --questions must be at least 1.");
        }
        for (int count : items) {
            new RecallBenchmark(questions, System.out::println).run(count);
        }
        return 0;
    }

    @Command(
            name = "erase",
            description = "Measure the time to erase one message of many, and a user with many messages.",
            mixinStandardHelpOptions = true)
    int erase(
            @Option(
                            names = "--items",
                            paramLabel = "NUMBER",
                            defaultValue = "100000",
                            description = "Number of messages (${DEFAULT-VALUE}).")
                    int items,
            @Option(
                            names = "--of-user",
                            paramLabel = "NUMBER",
                            defaultValue = "5000",
                            description = "Number of messages of the erased user (${DEFAULT-VALUE}).")
                    int ofUser,
            @Option(
                            names = "--erasures",
                            paramLabel = "NUMBER",
                            defaultValue = "200",
                            description = "Number of messages to erase one by one (${DEFAULT-VALUE}).")
                    int erasures)
            throws Exception {
        Logging.configure("warning");
        if (ofUser < 1 || erasures < 1 || items < ofUser + erasures + 100) {
            throw new InvalidInputException(
                    "--of-user and --erasures must be at least 1, and --items at least their sum plus 100.");
        }
        new ErasureBenchmark(System.out::println).run(items, ofUser, erasures);
        return 0;
    }
}
