package dev.stele.index;

import dev.stele.model.Document;
import dev.stele.model.Segment;
import dev.stele.store.DocumentView;
import dev.stele.store.StoreView;
import dev.stele.vector.DotProduct;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Snapshot of the segments of one collection as of one change: their vectors and metadata, without their texts.
 * Immutable and thread-safe.
 *
 * <p>Search is exact: it compares the query with every segment that the filter accepts. A snapshot is brought up to
 * date by reading only the segments that were added since. Segments are never updated in place, so the number of
 * segments and the number of the latest one tell whether some were removed.
 */
public final class SegmentSnapshot {

    /** Number of segments that are read at once. */
    private static final int BATCH = 1_000;

    /** Approximate heap of an entry besides its vector, in bytes. */
    private static final int ENTRY_BYTES = 200;

    /** Approximate heap of one value of the metadata, in bytes. */
    private static final int VALUE_BYTES = 120;

    private final long change;
    private final long latest;
    private final List<Entry> entries;
    private final long bytes;

    /** Segment without its text, with the length of its vector. */
    private record Entry(long number, String id, float[] vector, float length, Map<String, @Nullable Object> metadata) {

        static Entry of(Segment segment) {
            float[] vector = segment.vector();
            return new Entry(segment.number(), segment.id(), vector, lengthOf(vector), segment.metadata());
        }

        long bytes() {
            return ENTRY_BYTES + (long) vector.length * Float.BYTES + (long) metadata.size() * VALUE_BYTES;
        }
    }

    /**
     * Segment that a search found.
     *
     * @param number number of the segment
     * @param id id of the segment
     * @param cosine cosine of the angle between its vector and the query, -1 to 1
     */
    public record Found(long number, String id, double cosine) {}

    private SegmentSnapshot(long change, long latest, List<Entry> entries) {
        this.change = change;
        this.latest = latest;
        this.entries = entries;
        this.bytes = entries.stream().mapToLong(Entry::bytes).sum();
    }

    /**
     * Reads a collection.
     *
     * @param view view of the store
     * @param collection name of the collection of segments
     * @param earlier an earlier snapshot of the collection, from which unchanged segments are taken; null for none
     */
    public static SegmentSnapshot read(StoreView view, String collection, @Nullable SegmentSnapshot earlier) {
        long change = view.lastChange();
        if (earlier != null && earlier.change == change) {
            return earlier;
        }
        String stored = Document.SEGMENTS + collection;
        DocumentView documents = view.documents();
        DocumentView.Extent extent = documents.extent(stored);
        List<Entry> known = earlier == null ? List.of() : earlier.entries;
        long latest = earlier == null ? 0 : earlier.latest;
        if (extent.latest() == latest && extent.count() == known.size()) {
            return new SegmentSnapshot(change, latest, known);
        }
        var entries = new ArrayList<>(known);
        while (latest < extent.latest()) {
            List<Document> added = documents.addedAfter(stored, latest, BATCH);
            added.forEach(document -> entries.add(Entry.of(Segment.of(document))));
            latest = added.getLast().number();
        }
        if (entries.size() != extent.count()) {
            Set<Long> remaining = documents.numbers(stored);
            entries.removeIf(entry -> !remaining.contains(entry.number()));
        }
        return new SegmentSnapshot(change, latest, List.copyOf(entries));
    }

    /** Returns the approximate heap of the snapshot, in bytes. */
    public long bytes() {
        return bytes;
    }

    /** Returns the number of segments. */
    public int size() {
        return entries.size();
    }

    /** Returns the number of dimensions of the vectors; 0 if there is no segment. */
    public int dimensions() {
        return entries.isEmpty() ? 0 : entries.getLast().vector().length;
    }

    /**
     * Returns the segments most similar to a vector, the most similar first.
     *
     * @param query the vector, of the dimensions of the collection
     * @param limit maximum number of segments
     * @param minCosine minimum cosine
     * @param filter accepts the metadata of the segments that are searched
     */
    public List<Found> search(
            float[] query, int limit, double minCosine, Predicate<Map<String, @Nullable Object>> filter) {
        Comparator<Found> order =
                Comparator.comparingDouble(Found::cosine).thenComparing(Found::number, Comparator.reverseOrder());
        var best = new PriorityQueue<Found>(order); // the worst of the best is at the head
        float length = lengthOf(query);
        for (Entry entry : entries) {
            if (entry.vector().length != query.length || !filter.test(entry.metadata())) {
                continue;
            }
            double cosine = cosine(query, length, entry);
            if (cosine < minCosine
                    || (best.size() == limit && cosine <= best.element().cosine())) {
                continue;
            }
            best.add(new Found(entry.number(), entry.id(), cosine));
            if (best.size() > limit) {
                best.remove();
            }
        }
        return best.stream().sorted(order.reversed()).toList();
    }

    /** Returns the segments whose metadata a filter accepts. */
    public List<Found> matching(Predicate<Map<String, @Nullable Object>> filter) {
        return entries.stream()
                .filter(entry -> filter.test(entry.metadata()))
                .map(entry -> new Found(entry.number(), entry.id(), 0))
                .toList();
    }

    private static double cosine(float[] query, float length, Entry entry) {
        if (length == 0 || entry.length() == 0) {
            return 0;
        }
        double dot = DotProduct.BEST.of(query, entry.vector(), 0);
        return Math.clamp(dot / ((double) length * entry.length()), -1.0, 1.0);
    }

    private static float lengthOf(float[] vector) {
        return (float) Math.sqrt(DotProduct.BEST.of(vector, vector, 0));
    }
}
