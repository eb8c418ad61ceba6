package dev.stele.bench;

import dev.stele.cli.CommandGroup;
import dev.stele.cli.config.Logging;
import dev.stele.model.Json;
import dev.stele.recall.RecallMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measurements by name. */
@Command(
        name = "bench",
        description = "Measure retrieval and speed on this machine.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class BenchCommand extends CommandGroup {

    @Command(
            name = "retrieval",
            description = {
                "Recall@5, 10, 25 and 50 on conversations in LoCoMo's form, by that data set's own measure, beside plain",
                "BM25. Files whose names begin with the same letters are one source."
            },
            mixinStandardHelpOptions = true)
    int retrieval(
            @Parameters(arity = "1..*", paramLabel = "FILE", description = "Conversations, one or a list in each file.")
                    List<Path> files,
            @Option(
                            names = "--mode",
                            defaultValue = "hybrid",
                            description = "hybrid, semantic or keyword (${DEFAULT-VALUE}).")
                    String mode,
            @Option(
                            names = "--embedder",
                            defaultValue = "auto",
                            description = "Embedding model, such as bge-small or minilm (${DEFAULT-VALUE}).")
                    String embedder,
            @Option(names = "--ablate", description = "Ask all questions also without each signal in turn.")
                    boolean ablate,
            @Option(names = "--json", description = "Print JSON, for programs.") boolean json)
            throws IOException {
        Logging.configure("warning");
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new dev.stele.model.InvalidInputException("There is no file " + file + ".");
            }
        }
        List<RetrievalEvaluation.Source> sources =
                new RetrievalEvaluation(RecallMode.of(mode), embedder, ablate).run(files, System.err::println);
        if (json) {
            System.out.println(
                    Json.write(sources.stream().map(BenchCommand::retrievalJson).toList()));
            return 0;
        }
        System.out.printf(
                "%-10s %-14s %9s  %6s %6s %6s %6s%n", "source", "category", "questions", "R@5", "R@10", "R@25", "R@50");
        for (RetrievalEvaluation.Source source : sources) {
            for (RetrievalEvaluation.Row row : source.rows()) {
                var line = new ArrayList<String>();
                row.recall().forEach(recall -> line.add(String.format(Locale.ROOT, "%6.3f", recall)));
                System.out.printf(
                        "%-10s %-14s %9d  %s%n", source.name(), row.name(), row.questions(), String.join(" ", line));
            }
            source.separation()
                    .ifPresent(auroc -> System.out.printf(
                            Locale.ROOT,
                            "%-10s answerable against unanswerable questions: AUROC %.3f%n",
                            source.name(),
                            auroc));
        }
        return 0;
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
                        "auroc",
                        source.separation().isPresent() ? source.separation().getAsDouble() : null)
                .map();
    }

    @Command(
            name = "writes",
            description = {
                "Durable writes from many threads beside one raw SQLite transaction of the same rows,",
                "then from several processes beside one. Look at the ratios: machines differ."
            },
            mixinStandardHelpOptions = true)
    int writes(
            @Option(names = "--threads", defaultValue = "64", description = "Threads altogether (${DEFAULT-VALUE}).")
                    int threads,
            @Option(names = "--messages", defaultValue = "20000", description = "Messages a round (${DEFAULT-VALUE}).")
                    int messages,
            @Option(names = "--rounds", defaultValue = "3", description = "Rounds (${DEFAULT-VALUE}).") int rounds,
            @Option(names = "--processes", defaultValue = "4", description = "Processes (${DEFAULT-VALUE}).")
                    int processes,
            @Option(
                            names = "--seconds",
                            defaultValue = "5",
                            description = "Length of a round of processes (${DEFAULT-VALUE}).")
                    int seconds)
            throws Exception {
        Logging.configure("warning");
        if (threads < processes || rounds < 1 || messages < threads || processes < 1 || seconds < 1) {
            throw new dev.stele.model.InvalidInputException(
                    "Give at least one round, process and second, and no fewer messages than threads and threads than processes.");
        }
        var benchmark = new WriteBenchmark(threads, messages, rounds, System.out::println);
        benchmark.againstRaw();
        benchmark.processes(processes, seconds * 1_000L);
        return 0;
    }

    @Command(
            name = "store",
            description = {
                "The same writes and questions on a database server and in a data directory, in turns,",
                "and writes from one, two and three nodes on the server. Look at the ratios: machines differ."
            },
            mixinStandardHelpOptions = true)
    int store(
            @Parameters(paramLabel = "URL", description = "An empty database, jdbc:postgresql://…") String url,
            @Option(names = "--threads", defaultValue = "48", description = "Threads altogether (${DEFAULT-VALUE}).")
                    int threads,
            @Option(names = "--agents", defaultValue = "16", description = "Agents they write to (${DEFAULT-VALUE}).")
                    int agents,
            @Option(names = "--rounds", defaultValue = "2", description = "Rounds (${DEFAULT-VALUE}).") int rounds,
            @Option(names = "--seconds", defaultValue = "4", description = "Length of a round (${DEFAULT-VALUE}).")
                    int seconds,
            @Option(
                            names = "--empty",
                            defaultValue = "0",
                            description = "Make so many empty agents too, and say what each costs.")
                    int empty)
            throws Exception {
        Logging.configure("warning");
        if (threads < 3 || agents < 1 || rounds < 1 || seconds < 1 || empty < 0) {
            throw new dev.stele.model.InvalidInputException(
                    "Give at least three threads, and one agent, round and second.");
        }
        new StoreBenchmark(url, threads, agents, rounds, seconds * 1_000L, System.out::println).run(empty);
        return 0;
    }

    @Command(
            name = "reflect",
            description =
                    "What the memory agent learns from LoCoMo conversations by rules: good notes by labels given by hand,"
                            + " and recall with and without them.",
            mixinStandardHelpOptions = true)
    int reflect(@Parameters(arity = "1..*", paramLabel = "FILE", description = "Conversations.") List<Path> files)
            throws IOException, InterruptedException {
        Logging.configure("warning");
        ReflectionEvaluation.Result result = new ReflectionEvaluation().run(files, System.err::println);
        System.out.printf(
                Locale.ROOT,
                "%d messages, %d notes, %d entities, %.1f ms a message%n",
                result.messages(),
                result.notes(),
                result.entities(),
                result.millis());
        System.out.printf(
                Locale.ROOT,
                "labelled %d: %d good, %d bad, precision %.3f; notes without evidence: %d%n",
                result.good() + result.bad(),
                result.good(),
                result.bad(),
                result.precision(),
                result.withoutEvidence());
        System.out.printf(
                Locale.ROOT,
                "recall@10 without notes and graph %.3f, with them %.3f%n",
                result.recallWithout(),
                result.recallWith());
        return 0;
    }

    @Command(
            name = "extraction",
            description = {
                "What the memory agent knows by rules after labeled statements: expected notes, forbidden ones and",
                "notes that must have ended, for each kind of statement. A line of the file is one case as JSON:",
                "id, kind, turns, and the regular expressions expect, forbid and ended."
            },
            mixinStandardHelpOptions = true)
    int extraction(
            @Parameters(paramLabel = "CASES", description = "Cases as JSON lines.") Path file,
            @Option(
                            names = {"-v", "--verbose"},
                            description = "Print a line for each check that fails.")
                    boolean verbose,
            @Option(names = "--json", description = "Print JSON, for programs.") boolean json)
            throws IOException, InterruptedException {
        Logging.configure("warning");
        if (!Files.isRegularFile(file)) {
            throw new dev.stele.model.InvalidInputException("There is no file " + file + ".");
        }
        List<ExtractionEvaluation.Row> rows =
                new ExtractionEvaluation(verbose ? System.err::println : _ -> {}).run(file);
        if (json) {
            System.out.println(Json.write(ExtractionEvaluation.json(rows)));
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
        return 0;
    }

    @Command(
            name = "chat",
            description =
                    "What memory adds to a turn of a chat: alone, while others talk, and while the memory agent learns besides.",
            mixinStandardHelpOptions = true)
    int chat(
            @Option(names = "--turns", defaultValue = "300", description = "Turns timed (${DEFAULT-VALUE}).") int turns,
            @Option(names = "--messages", defaultValue = "5000", description = "Remembered before (${DEFAULT-VALUE}).")
                    int messages)
            throws IOException, InterruptedException {
        Logging.configure("warning");
        ChatBenchmark.Results results = ChatBenchmark.run(turns, messages, System.err::println);
        System.out.printf(
                "%-26s %12s %12s %14s %14s%n", "", "memory p50", "memory p95", "first word p50", "first word p95");
        line("alone", results.alone());
        line("while others talk", results.besideOthers());
        line("and the agent learns", results.besideLearning());
        System.out.println(
                results.interactionsLeft() > 0
                        ? "It was never without something to learn: " + results.interactionsLeft()
                                + " interactions were left."
                        : "It had learnt all before the end, so this is less than it may cost.");
        return 0;
    }

    private static void line(String name, ChatBenchmark.Result result) {
        System.out.printf(
                Locale.ROOT,
                "%-26s %9.1f ms %9.1f ms %11.1f ms %11.1f ms%n",
                name,
                result.memoryMedian(),
                result.memory95(),
                result.firstMedian(),
                result.first95());
    }

    @Command(
            name = "graph",
            description = {
                "The knowledge graph as it grows: create_entities and search_nodes over standard input, beside the reference",
                "server's if its script is given; walks, paths, and queries beside the direct calls."
            },
            mixinStandardHelpOptions = true)
    int graph(
            @Option(
                            names = "--sizes",
                            split = ",",
                            defaultValue = "0,10000,100000",
                            description = "Entities that are there already (${DEFAULT-VALUE}).")
                    List<Integer> sizes,
            @Option(names = "--calls", defaultValue = "200", description = "Calls of each kind (${DEFAULT-VALUE}).")
                    int calls,
            @Option(
                            names = "--entities",
                            defaultValue = "100000",
                            description = "Of the graph walked (${DEFAULT-VALUE}).")
                    int entities,
            @Option(
                            names = "--relations",
                            defaultValue = "500000",
                            description = "Of the graph walked (${DEFAULT-VALUE}).")
                    int relations,
            @Option(
                            names = "--reference",
                            paramLabel = "SCRIPT",
                            description = "index.js of the reference server, for Node.")
                    Path reference)
            throws Exception {
        Logging.configure("warning");
        if (calls < 1 || entities < 2 || relations < 1) {
            throw new dev.stele.model.InvalidInputException("Give at least one call, two entities and one relation.");
        }
        var benchmark = new GraphBenchmark(System.out::println);
        benchmark.tools(sizes, calls, java.util.Optional.ofNullable(reference));
        benchmark.walks(entities, relations, calls);
        return 0;
    }

    @Command(
            name = "serving",
            description = {
                "Reading a user and remembering a message over HTTP, beside a Fastify server on better-sqlite3 that does",
                "the same, in turns. Needs wrk, node and npm."
            },
            mixinStandardHelpOptions = true)
    int serving(
            @Option(names = "--connections", defaultValue = "64", description = "Connections (${DEFAULT-VALUE}).")
                    int connections,
            @Option(names = "--seconds", defaultValue = "5", description = "Length of a run (${DEFAULT-VALUE}).")
                    int seconds,
            @Option(names = "--rounds", defaultValue = "3", description = "Rounds (${DEFAULT-VALUE}).") int rounds,
            @Option(
                            names = "--peer",
                            defaultValue = "stele-bench/serving",
                            description = "Directory of the Fastify server (${DEFAULT-VALUE}).")
                    Path peer)
            throws Exception {
        Logging.configure("warning");
        if (!Files.isRegularFile(peer.resolve("peer.mjs"))) {
            throw new dev.stele.model.InvalidInputException(
                    "There is no peer.mjs in " + peer + "; run this in Stele's own directory, or name it with --peer.");
        }
        new ServingBenchmark(peer, connections, seconds, rounds, System.out::println).run();
        return 0;
    }

    @Command(
            name = "overload",
            description = {
                "A server under more than it can take: too many requests, clients that dawdle, uploads of a gibibyte,",
                "ten thousand idle connections. Needs wrk and permission to open 25,000 files."
            },
            mixinStandardHelpOptions = true)
    int overload(
            @Option(names = "--seconds", defaultValue = "10", description = "Length of a load (${DEFAULT-VALUE}).")
                    int seconds)
            throws Exception {
        Logging.configure("warning");
        new OverloadBenchmark(seconds, System.out::println).run();
        return 0;
    }

    @Command(
            name = "sharing",
            description = "Resident memory of processes that ask one large memory, alone and together. Needs Linux.",
            mixinStandardHelpOptions = true)
    int sharing(
            @Option(names = "--items", defaultValue = "100000", description = "Messages (${DEFAULT-VALUE}).") int items,
            @Option(names = "--processes", defaultValue = "2", description = "Processes (${DEFAULT-VALUE}).")
                    int processes)
            throws Exception {
        Logging.configure("warning");
        if (items < 1 || processes < 1) {
            throw new dev.stele.model.InvalidInputException("Give at least one message and one process.");
        }
        new SharingBenchmark(System.out::println).run(items, processes);
        return 0;
    }

    @Command(
            name = "keywords",
            description =
                    "The keyword index of the database (FTS5) beside one of Lucene's: writes, questions, agreement.",
            mixinStandardHelpOptions = true)
    int keywords(
            @Option(names = "--texts", defaultValue = "50000", description = "Texts (${DEFAULT-VALUE}).") int texts,
            @Option(names = "--questions", defaultValue = "1000", description = "Questions (${DEFAULT-VALUE}).")
                    int questions)
            throws Exception {
        Logging.configure("warning");
        if (texts < 1 || questions < 1) {
            throw new dev.stele.model.InvalidInputException("Give at least one text and one question.");
        }
        new KeywordsBenchmark(texts, questions, System.out::println).run();
        return 0;
    }

    @Command(
            name = "vectors",
            description = {
                "The ten nearest of many vectors: time, bytes and recall against an exact comparison with all,",
                "beside Lucene's graph, where Python has it FAISS's flat scan, and on a server pgvector's graph."
            },
            mixinStandardHelpOptions = true)
    int vectors(
            @Option(
                            names = "--vectors",
                            split = ",",
                            defaultValue = "10000,100000,1000000",
                            description = "How many (${DEFAULT-VALUE}).")
                    List<Integer> vectors,
            @Option(names = "--queries", defaultValue = "1000", description = "Queries (${DEFAULT-VALUE}).")
                    int queries,
            @Option(names = "--alone", description = "Without Lucene and FAISS.") boolean alone,
            @Option(names = "--graph", description = "Also through a graph, as very many are; takes long to make.")
                    boolean graph,
            @Option(
                            names = "--server",
                            paramLabel = "URL",
                            description = "A PostgreSQL server with the extension vector, jdbc:postgresql://….")
                    Optional<String> server,
            @Option(names = "--chart", paramLabel = "FILE", description = "Draw times to a PNG file too.") Path chart)
            throws Exception {
        Logging.configure("warning");
        if (queries < 1 || vectors.stream().anyMatch(count -> count < 1)) {
            throw new dev.stele.model.InvalidInputException("Give at least one vector and one query.");
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
            description = "How long a question takes in a large memory, without the embedding of the question.",
            mixinStandardHelpOptions = true)
    int recall(
            @Option(
                            names = "--items",
                            split = ",",
                            defaultValue = "5000,50000",
                            description = "Messages (${DEFAULT-VALUE}).")
                    List<Integer> items,
            @Option(names = "--questions", defaultValue = "1000", description = "Questions (${DEFAULT-VALUE}).")
                    int questions)
            throws Exception {
        Logging.configure("warning");
        if (questions < 1 || items.stream().anyMatch(count -> count < 1)) {
            throw new dev.stele.model.InvalidInputException("Give at least one message and one question.");
        }
        for (int count : items) {
            new RecallBenchmark(questions, System.out::println).run(count);
        }
        return 0;
    }

    @Command(
            name = "erase",
            description = "Time to erase a message of many, and a user with many messages.",
            mixinStandardHelpOptions = true)
    int erase(
            @Option(names = "--items", defaultValue = "100000", description = "Messages (${DEFAULT-VALUE}).") int items,
            @Option(
                            names = "--of-user",
                            defaultValue = "5000",
                            description = "Messages of the user (${DEFAULT-VALUE}).")
                    int ofUser,
            @Option(names = "--erasures", defaultValue = "200", description = "Messages to erase (${DEFAULT-VALUE}).")
                    int erasures)
            throws Exception {
        Logging.configure("warning");
        if (ofUser < 1 || erasures < 1 || items < ofUser + erasures + 100) {
            throw new dev.stele.model.InvalidInputException(
                    "Give more messages than those of the user and those to erase together, by 100 at least.");
        }
        new ErasureBenchmark(System.out::println).run(items, ofUser, erasures);
        return 0;
    }
}
