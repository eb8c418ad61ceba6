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
 * The ten nearest of many vectors: time of a query on one thread, bytes, and how many of the ten an exact comparison with all
 * finds too; beside Lucene's graph (HNSW), FAISS's flat scan and, on a server, pgvector's graph. Vectors are made up: clusters in one corner whose
 * components fall off, as those of text models do.
 */
final class VectorsBenchmark {

    private static final int TEN = 10;
    private static final int DIMENSION = 384;
    private static final int MAX_IN_GRAPH = 100_000;

    private final int queries;
    private final Consumer<String> out;

    /**
     * One line of the table.
     *
     * @param p50 milliseconds of a query
     * @param recall share of the ten nearest that were found
     * @param bytes of memory or disk for a vector
     */
    record Row(String what, int vectors, double p50, double p99, double recall, long bytes) {}

    VectorsBenchmark(int queries, Consumer<String> out) {
        this.queries = queries;
        this.out = out;
    }

    /**
     * @param graph whether it is also searched through a graph, as very many are, which takes long to make
     * @param server URL of a PostgreSQL server that has the extension, if it is to be measured too
     */
    List<Row> run(int count, boolean peers, boolean graph, Optional<String> server)
            throws IOException, InterruptedException {
        var rows = new ArrayList<Row>();
        Arenas arenas = Arenas.apart(ArenaOptions.DEFAULT.withBudget(ArenaKind.CACHE, 64L << 30));
        TypedArena arena = arenas.account("bench").arena(ArenaKind.CACHE);
        var asked = new ArrayList<float[]>();
        var made = new SyntheticVectors(5, DIMENSION, Math.max(1, count / 50));
        for (int i = 0; i < queries; i++) {
            asked.add(made.next());
        }
        IndexSnapshot items = IndexSnapshot.of(count + 1L, rows(made, count), DIMENSION, arena);
        List<int[]> nearest = exact(items, asked);
        rows.add(stele("Stele", items, asked, items.live(), nearest));
        var few = new BitSet();
        for (int slot = 0; slot < count; slot += 100) {
            few.set(slot);
        }
        rows.add(stele("Stele, a filter that one in 100 passes", items, asked, few, List.of()));
        if (graph) {
            rows.add(withGraph(items, asked, nearest, arena));
        }
        if (peers && count <= MAX_IN_GRAPH) {
            rows.add(lucene(items, asked, nearest));
        }
        if (peers) {
            faiss(items, asked).ifPresent(rows::add);
        }
        if (server.isPresent()) {
            rows.addAll(pgvector(server.get(), items, asked, nearest));
        }
        rows.forEach(row -> out.accept(line(row)));
        return rows;
    }

    static String line(Row row) {
        return String.format(
                Locale.ROOT,
                "%,10d  %-40s p50 %8.3f ms  p99 %8.3f ms  recall@10 %s  %,6d bytes a vector",
                row.vectors(),
                row.what(),
                row.p50(),
                row.p99(),
                Double.isNaN(row.recall()) ? "  exact" : String.format(Locale.ROOT, "%7.4f", row.recall()),
                row.bytes());
    }

    private static Iterable<ItemRow> rows(SyntheticVectors made, int count) {
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
                        0.5,
                        Set.of(),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(made.next())))
                .iterator();
    }

    /** The slots of the ten nearest to some of the queries. */
    private static List<int[]> exact(IndexSnapshot items, List<float[]> asked) {
        var nearest = new ArrayList<int[]>();
        for (float[] query : asked.subList(0, Math.min(100, asked.size()))) {
            float[] all = items.cosines(query, IntStream.range(0, items.size()).toArray());
            nearest.add(IntStream.range(0, all.length)
                    .boxed()
                    .sorted((a, b) -> Float.compare(all[b], all[a]))
                    .limit(TEN)
                    .mapToInt(Integer::intValue)
                    .toArray());
        }
        return nearest;
    }

    private Row stele(String what, IndexSnapshot items, List<float[]> asked, BitSet passing, List<int[]> exact) {
        var nanos = new long[asked.size()];
        int found = 0;
        for (int i = -asked.size(); i < asked.size(); i++) { // once to warm up
            float[] query = asked.get(Math.floorMod(i, asked.size()));
            long began = System.nanoTime();
            VectorSearch near = items.nearest(query, passing, TEN);
            if (i >= 0) {
                nanos[i] = System.nanoTime() - began;
                if (i < exact.size()) {
                    Set<Integer> slots = new HashSet<>();
                    IntStream.of(near.slots()).forEach(slots::add);
                    found += right(exact.get(i), slots);
                }
            }
        }
        double recall = exact.isEmpty() ? Double.NaN : (double) found / TEN / exact.size();
        return row(what, items.size(), nanos, recall, items.bytes() / items.size());
    }

    private Row withGraph(IndexSnapshot items, List<float[]> asked, List<int[]> exact, TypedArena arena)
            throws IOException {
        Path directory = Files.createTempDirectory("stele-bench-graph");
        try {
            long began = System.nanoTime();
            IndexSnapshot saved = items.inFiles(directory, arena);
            out.accept(String.format(
                    Locale.ROOT,
                    "%,10d  saved with a graph in %.1f s",
                    items.size(),
                    (System.nanoTime() - began) / 1e9));
            Row row = stele("Stele, through a graph (HNSW)", saved, asked, saved.live(), exact);
            long bytes = 0;
            try (var files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    bytes += Files.size(file);
                }
            }
            return new Row(row.what(), row.vectors(), row.p50(), row.p99(), row.recall(), bytes / items.size());
        } finally {
            TempDirectories.delete(directory);
        }
    }

    /** How many of the nearest are among those that were found. */
    private static int right(int[] nearest, Collection<Integer> found) {
        return (int) IntStream.of(nearest).filter(found::contains).count();
    }

    private static Row row(String what, int vectors, long[] nanos, double recall, long bytes) {
        Arrays.sort(nanos);
        return new Row(
                what,
                vectors,
                nanos[nanos.length / 2] / 1e6,
                nanos[Math.min(nanos.length - 1, nanos.length * 99 / 100)] / 1e6,
                recall,
                bytes);
    }

    private static Row lucene(IndexSnapshot items, List<float[]> asked, List<int[]> exact) throws IOException {
        Path directory = Files.createTempDirectory("stele-bench-lucene");
        try (var index = FSDirectory.open(directory)) {
            try (var writer = new IndexWriter(index, new IndexWriterConfig().setRAMBufferSizeMB(512))) {
                for (int slot = 0; slot < items.size(); slot++) {
                    var document = new Document();
                    document.add(new KnnFloatVectorField(
                            "v", items.vector(slot).orElseThrow(), VectorSimilarityFunction.DOT_PRODUCT));
                    document.add(new StoredField("slot", slot));
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
                var nanos = new long[asked.size()];
                int found = 0;
                for (int i = -asked.size(); i < asked.size(); i++) {
                    long began = System.nanoTime();
                    ScoreDoc[] hits = searcher.search(
                                    new KnnFloatVectorQuery("v", asked.get(Math.floorMod(i, asked.size())), 100), TEN)
                            .scoreDocs;
                    if (i >= 0) {
                        nanos[i] = System.nanoTime() - began;
                        if (i < exact.size()) {
                            Set<Integer> slots = new HashSet<>();
                            for (ScoreDoc hit : hits) {
                                slots.add(searcher.storedFields()
                                        .document(hit.doc)
                                        .getField("slot")
                                        .numericValue()
                                        .intValue());
                            }
                            found += right(exact.get(i), slots);
                        }
                    }
                }
                return row(
                        "Lucene, graph (HNSW), 100 visited at least",
                        items.size(),
                        nanos,
                        (double) found / TEN / exact.size(),
                        bytes / items.size());
            }
        } finally {
            TempDirectories.delete(directory);
        }
    }

    private List<Row> pgvector(String server, IndexSnapshot items, List<float[]> asked, List<int[]> exact)
            throws IOException {
        var rows = new ArrayList<Row>();
        for (PgvectorBaseline.Found found : new PgvectorBaseline(server, out).run(items, asked, TEN)) {
            int right = 0;
            for (int i = 0; i < exact.size(); i++) {
                right += right(exact.get(i), found.slots().get(i));
            }
            rows.add(row(
                    "pgvector, graph (HNSW), " + found.candidates() + " candidates",
                    items.size(),
                    found.nanos(),
                    (double) right / TEN / exact.size(),
                    found.bytes()));
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
            for one in q[:5]:
                index.search(one.reshape(1, -1), 10)
            for one in q[:200]:
                began = time.perf_counter_ns()
                index.search(one.reshape(1, -1), 10)
                print(time.perf_counter_ns() - began)
            """;

    /** FAISS's flat scan on one thread, where Python has it. */
    private static Optional<Row> faiss(IndexSnapshot items, List<float[]> asked)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("stele-bench-faiss");
        try {
            Path vectors = directory.resolve("vectors");
            Path queries = directory.resolve("queries");
            Path script = Files.writeString(directory.resolve("flat.py"), FAISS);
            write(
                    vectors,
                    () -> IntStream.range(0, items.size())
                            .mapToObj(slot -> items.vector(slot).orElseThrow())
                            .iterator());
            write(queries, asked);
            var nanos = new ArrayList<Long>();
            // Debian's own Python has Debian's FAISS, whatever other one comes first on the path.
            for (String python : List.of("python3", "/usr/bin/python3")) {
                if (nanos.isEmpty()) {
                    nanos.addAll(run(python, script, vectors, queries));
                }
            }
            return nanos.isEmpty()
                    ? Optional.empty()
                    : Optional.of(row(
                            "FAISS, flat",
                            items.size(),
                            nanos.stream().mapToLong(Long::longValue).toArray(),
                            1,
                            4L * DIMENSION));
        } finally {
            TempDirectories.delete(directory);
        }
    }

    /** The nanoseconds that the script prints; none if this Python cannot run it. */
    private static List<Long> run(String python, Path script, Path vectors, Path queries)
            throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(
                            python, script.toString(), vectors.toString(), queries.toString(), "" + DIMENSION)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return List.of(); // there is no such Python
        }
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            List<Long> nanos = lines.lines().map(Long::parseLong).toList();
            return process.waitFor() == 0 ? nanos : List.of();
        }
    }

    private static void write(Path file, Iterable<float[]> vectors) throws IOException {
        try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            for (float[] vector : vectors) {
                var bytes = new byte[4 * vector.length];
                ByteBuffer.wrap(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .put(vector);
                to.write(bytes);
            }
        }
    }
}
