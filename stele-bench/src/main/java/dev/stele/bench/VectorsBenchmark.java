package dev.stele.bench;

import dev.stele.arena.ArenaKind;
import dev.stele.arena.ArenaOptions;
import dev.stele.arena.Arenas;
import dev.stele.arena.TypedArena;
import dev.stele.index.IndexSnapshot;
import dev.stele.index.VectorSearch;
import dev.stele.model.ItemKind;
import dev.stele.store.ItemRow;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;

/**
 * Benchmark of the search for the ten nearest of many vectors on one thread: time of a query, bytes per vector, and
 * recall against an exact comparison. Baselines are Lucene (HNSW), FAISS (flat scan) and pgvector (HNSW). The vectors
 * are synthetic; see {@link SyntheticVectors}. Not thread-safe.
 */
final class VectorsBenchmark {

    private static final int TOP_K = 10;
    private static final int DIMENSION = 384;
    /** Number of vectors above which the index of Lucene takes too long to build. */
    private static final int MAX_LUCENE_VECTORS = 100_000;
    /** Number of queries that are compared with the exact result. */
    private static final int EXACT_QUERIES = 100;
    /** The filter passes one vector in this many. */
    private static final int FILTER_INTERVAL = 100;

    private final int queryCount;
    private final Consumer<String> out;

    /**
     * Measurements of one index.
     *
     * @param label name of the index
     * @param vectors number of vectors
     * @param p50Millis median time of a query, in milliseconds
     * @param p99Millis 99th percentile of the time of a query, in milliseconds
     * @param recall share of the ten nearest vectors that were found; NaN if the search was exact
     * @param bytesPerVector bytes of memory or disk per vector
     */
    record Row(String label, int vectors, double p50Millis, double p99Millis, double recall, long bytesPerVector) {}

    VectorsBenchmark(int queryCount, Consumer<String> out) {
        this.queryCount = queryCount;
        this.out = out;
    }

    /**
     * Measures all indexes with one number of vectors and prints one line per index.
     *
     * @param count number of vectors
     * @param withBaselines whether Lucene and FAISS are measured
     * @param withGraph whether Stele is also measured with an HNSW graph, which takes long to build
     * @param server URL of a PostgreSQL server with pgvector; pgvector is not measured if empty
     */
    List<Row> run(int count, boolean withBaselines, boolean withGraph, Optional<String> server)
            throws IOException, InterruptedException {
        var rows = new ArrayList<Row>();
        Arenas arenas = Arenas.apart(ArenaOptions.DEFAULT.withBudget(ArenaKind.CACHE, 64L << 30));
        TypedArena arena = arenas.account("bench").arena(ArenaKind.CACHE);
        var queries = new ArrayList<float[]>();
        var generator = new SyntheticVectors(5, DIMENSION, Math.max(1, count / 50));
        for (int i = 0; i < queryCount; i++) {
            queries.add(generator.next());
        }
        IndexSnapshot items = IndexSnapshot.of(count + 1L, rows(generator, count), DIMENSION, arena);
        List<int[]> exact = exactSearch(items, queries);
        rows.add(stele("Stele", items, queries, items.live(), exact));
        var filter = new BitSet();
        for (int ordinal = 0; ordinal < count; ordinal += FILTER_INTERVAL) {
            filter.set(ordinal);
        }
        rows.add(stele("Stele, a filter that 1 % pass", items, queries, filter, List.of()));
        if (withGraph) {
            rows.add(steleWithGraph(items, queries, exact, arena));
        }
        if (withBaselines && count <= MAX_LUCENE_VECTORS) {
            rows.add(lucene(items, queries, exact));
        }
        if (withBaselines) {
            faiss(items, queries).ifPresent(rows::add);
        }
        if (server.isPresent()) {
            rows.addAll(pgvector(server.get(), items, queries, exact));
        }
        rows.forEach(row -> out.accept(line(row)));
        return rows;
    }

    static String line(Row row) {
        return String.format(
                Locale.ROOT,
                "%,10d  %-40s p50 %8.3f ms  p99 %8.3f ms  recall@10 %s  %,6d bytes per vector",
                row.vectors(),
                row.label(),
                row.p50Millis(),
                row.p99Millis(),
                Double.isNaN(row.recall()) ? "  exact" : String.format(Locale.ROOT, "%7.4f", row.recall()),
                row.bytesPerVector());
    }

    private static Iterable<ItemRow> rows(SyntheticVectors generator, int count) {
        return () -> IntStream.range(0, count)
                .mapToObj(i -> new ItemRow(
                        i + 1L,
                        ItemKind.MESSAGE,
                        "m" + i,
                        "s" + i / 30,
                        "ana",
                        "user",
                        "ana",
                        Instant.ofEpochMilli(i),
                        10,
                        0,
                        0,
                        0.5,
                        Set.of(),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(generator.next())))
                .iterator();
    }

    /** Returns the ordinals of the ten nearest vectors of the first queries, by comparison with all vectors. */
    private static List<int[]> exactSearch(IndexSnapshot items, List<float[]> queries) {
        var nearest = new ArrayList<int[]>();
        for (float[] query : queries.subList(0, Math.min(EXACT_QUERIES, queries.size()))) {
            float[] all = items.cosines(query, IntStream.range(0, items.size()).toArray());
            nearest.add(IntStream.range(0, all.length)
                    .boxed()
                    .sorted((a, b) -> Float.compare(all[b], all[a]))
                    .limit(TOP_K)
                    .mapToInt(Integer::intValue)
                    .toArray());
        }
        return nearest;
    }

    private Row stele(String label, IndexSnapshot items, List<float[]> queries, BitSet passing, List<int[]> exact) {
        var nanos = new long[queries.size()];
        int found = 0;
        for (int i = -queries.size(); i < queries.size(); i++) { // negative numbers warm up
            float[] query = queries.get(Math.floorMod(i, queries.size()));
            long start = System.nanoTime();
            VectorSearch search = items.nearest(query, passing, TOP_K);
            if (i >= 0) {
                nanos[i] = System.nanoTime() - start;
                if (i < exact.size()) {
                    Set<Integer> ordinals = new HashSet<>();
                    IntStream.of(search.slots()).forEach(ordinals::add);
                    found += overlap(exact.get(i), ordinals);
                }
            }
        }
        double recall = exact.isEmpty() ? Double.NaN : (double) found / TOP_K / exact.size();
        return row(label, items.size(), nanos, recall, items.bytes() / items.size());
    }

    private Row steleWithGraph(IndexSnapshot items, List<float[]> queries, List<int[]> exact, TypedArena arena)
            throws IOException {
        Path directory = Files.createTempDirectory("stele-bench-graph");
        try {
            long start = System.nanoTime();
            IndexSnapshot saved = items.inFiles(directory, arena);
            out.accept(String.format(
                    Locale.ROOT,
                    "%,10d  Stele: graph built and saved in %.1f s",
                    items.size(),
                    (System.nanoTime() - start) / 1e9));
            Row row = stele("Stele, HNSW", saved, queries, saved.live(), exact);
            long bytes = 0;
            try (var files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    bytes += Files.size(file);
                }
            }
            return new Row(
                    row.label(), row.vectors(), row.p50Millis(), row.p99Millis(), row.recall(), bytes / items.size());
        } finally {
            TempDirectories.delete(directory);
        }
    }

    /** Returns the number of exact results that a search found. */
    private static int overlap(int[] nearest, Collection<Integer> found) {
        return (int) IntStream.of(nearest).filter(found::contains).count();
    }

    private static Row row(String label, int vectors, long[] nanos, double recall, long bytes) {
        Arrays.sort(nanos);
        return new Row(
                label,
                vectors,
                nanos[nanos.length / 2] / 1e6,
                nanos[Math.min(nanos.length - 1, nanos.length * 99 / 100)] / 1e6,
                recall,
                bytes);
    }

    private static Row lucene(IndexSnapshot items, List<float[]> queries, List<int[]> exact) throws IOException {
        Path directory = Files.createTempDirectory("stele-bench-lucene");
        try (var index = FSDirectory.open(directory)) {
            try (var writer = new IndexWriter(index, new IndexWriterConfig().setRAMBufferSizeMB(512))) {
                for (int ordinal = 0; ordinal < items.size(); ordinal++) {
                    var document = new Document();
                    document.add(new KnnFloatVectorField(
                            "v", items.vector(ordinal).orElseThrow(), VectorSimilarityFunction.DOT_PRODUCT));
                    document.add(new StoredField("ordinal", ordinal));
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            long bytes = 0;
            for (String file : index.listAll()) {
                bytes += index.fileLength(file);
            }
            try (var reader = DirectoryReader.open(index)) {
                var searcher = new IndexSearcher(reader);
                var nanos = new long[queries.size()];
                int found = 0;
                for (int i = -queries.size(); i < queries.size(); i++) {
                    long start = System.nanoTime();
                    ScoreDoc[] hits = searcher.search(
                                    new KnnFloatVectorQuery("v", queries.get(Math.floorMod(i, queries.size())), 100),
                                    TOP_K)
                            .scoreDocs;
                    if (i >= 0) {
                        nanos[i] = System.nanoTime() - start;
                        if (i < exact.size()) {
                            Set<Integer> ordinals = new HashSet<>();
                            for (ScoreDoc hit : hits) {
                                ordinals.add(searcher.storedFields()
                                        .document(hit.doc)
                                        .getField("ordinal")
                                        .numericValue()
                                        .intValue());
                            }
                            found += overlap(exact.get(i), ordinals);
                        }
                    }
                }
                return row(
                        "Lucene, HNSW, 100 candidates",
                        items.size(),
                        nanos,
                        (double) found / TOP_K / exact.size(),
                        bytes / items.size());
            }
        } finally {
            TempDirectories.delete(directory);
        }
    }

    private List<Row> pgvector(String server, IndexSnapshot items, List<float[]> queries, List<int[]> exact)
            throws IOException {
        var rows = new ArrayList<Row>();
        for (PgvectorBaseline.Result result : new PgvectorBaseline(server, out).run(items, queries, TOP_K)) {
            int found = 0;
            for (int i = 0; i < exact.size(); i++) {
                found += overlap(exact.get(i), result.ordinals().get(i));
            }
            rows.add(row(
                    "pgvector, HNSW, " + result.candidates() + " candidates",
                    items.size(),
                    result.nanos(),
                    (double) found / TOP_K / exact.size(),
                    result.bytesPerVector()));
        }
        return rows;
    }

    private static final String FAISS = """
            import sys, time
            import numpy as np, faiss
            faiss.omp_set_num_threads(1)
            v = np.fromfile(sys.argv[1], dtype='<f4').reshape(-1, int(sys.argv[3]))
            q = np.fromfile(sys.argv[2], dtype='<f4').reshape(-1, int(sys.argv[3]))
            index = faiss.IndexFlatIP(v.shape[1])
            index.add(v)
            for query in q[:5]:
                index.search(query.reshape(1, -1), 10)
            for query in q[:200]:
                start = time.perf_counter_ns()
                index.search(query.reshape(1, -1), 10)
                print(time.perf_counter_ns() - start)
            """;

    /** Measures the flat scan of FAISS on one thread; empty if Python has no FAISS. */
    private static Optional<Row> faiss(IndexSnapshot items, List<float[]> queries)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("stele-bench-faiss");
        try {
            Path vectorFile = directory.resolve("vectors");
            Path queryFile = directory.resolve("queries");
            Path script = Files.writeString(directory.resolve("flat.py"), FAISS);
            write(
                    vectorFile,
                    () -> IntStream.range(0, items.size())
                            .mapToObj(ordinal -> items.vector(ordinal).orElseThrow())
                            .iterator());
            write(queryFile, queries);
            var nanos = new ArrayList<Long>();
            // Debian installs FAISS for /usr/bin/python3, which need not be the first python3 of the path.
            for (String python : List.of("python3", "/usr/bin/python3")) {
                if (nanos.isEmpty()) {
                    nanos.addAll(run(python, script, vectorFile, queryFile));
                }
            }
            return nanos.isEmpty()
                    ? Optional.empty()
                    : Optional.of(row(
                            "FAISS, flat scan",
                            items.size(),
                            nanos.stream().mapToLong(Long::longValue).toArray(),
                            1,
                            4L * DIMENSION));
        } finally {
            TempDirectories.delete(directory);
        }
    }

    /** Returns the times of the queries in nanoseconds; an empty list if this Python cannot run the script. */
    private static List<Long> run(String python, Path script, Path vectorFile, Path queryFile)
            throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(
                            python, script.toString(), vectorFile.toString(), queryFile.toString(), "" + DIMENSION)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return List.of(); // this Python is not installed
        }
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            List<Long> nanos = lines.lines().map(Long::parseLong).toList();
            return process.waitFor() == 0 ? nanos : List.of();
        }
    }

    private static void write(Path file, Iterable<float[]> vectors) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            for (float[] vector : vectors) {
                var bytes = new byte[4 * vector.length];
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .put(vector);
                out.write(bytes);
            }
        }
    }
}
