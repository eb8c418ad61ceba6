package dev.stele.index;

import dev.stele.store.StoreView;
import dev.stele.vector.VectorStore;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Cache of the latest index snapshots of one agent. The cache keeps several of them, so that a reader whose transaction
 * began shortly before finds the snapshot of its own point in time, or one from which that can be derived with few
 * changes. Thread-safe.
 */
final class RecentSnapshots {

    /** Maximum number of snapshots kept. */
    private static final int MAX_KEPT = 8;

    private final SnapshotCache.Model model;
    private final Function<StoreView, IndexSnapshot> load;

    /**
     * Serializes the derivation of snapshots, because a waiting thread would otherwise do the same work. A thread that
     * holds the lock reads in its own transaction.
     */
    private final ReentrantLock derivation = new ReentrantLock();

    /** Snapshots, the newest first. The list is immutable and is replaced under the lock. */
    private volatile List<IndexSnapshot> snapshots;

    /** Vectors of snapshots that were replaced by newly loaded ones; other threads may still read these vectors. */
    private final Queue<WeakReference<VectorStore>> replacedVectors = new ConcurrentLinkedQueue<>();

    /**
     * @param model model of the vectors
     * @param first first snapshot
     * @param load loads a snapshot from a view alone, without an earlier snapshot
     */
    RecentSnapshots(SnapshotCache.Model model, IndexSnapshot first, Function<StoreView, IndexSnapshot> load) {
        this.model = model;
        this.load = load;
        this.snapshots = List.of(first);
    }

    /** Returns the model of the vectors in the snapshots. */
    SnapshotCache.Model model() {
        return model;
    }

    /**
     * Hands the responsibility for the vectors of these snapshots over to their replacement, which shares nothing with
     * them.
     *
     * @param next replacement, whose {@link #release} also releases the vectors of these snapshots
     * @return {@code next}
     */
    RecentSnapshots replacedBy(RecentSnapshots next) {
        next.replacedVectors.addAll(replacedVectors);
        next.replacedVectors.add(new WeakReference<>(newest().vectors()));
        return next;
    }

    /** Releases the memory of all vectors. The caller ensures that no thread reads these vectors any more. */
    void release() {
        newest().vectors().close();
        for (WeakReference<VectorStore> old : replacedVectors) {
            VectorStore vectors = old.get();
            if (vectors != null) {
                vectors.close();
            }
        }
    }

    /** Returns the snapshot with the latest change. */
    IndexSnapshot newest() {
        return snapshots.getFirst();
    }

    /**
     * Returns the snapshot as of the last change of a view.
     *
     * @param view store view
     * @return snapshot; empty if all snapshots kept are later than the view
     */
    Optional<IndexSnapshot> at(StoreView view) {
        long change = view.lastChange();
        Optional<IndexSnapshot> cached = notAfter(change);
        if (cached.isEmpty() || cached.get().change() == change) {
            return cached;
        }
        derivation.lock();
        try {
            Optional<IndexSnapshot> nearest = notAfter(change);
            if (nearest.isEmpty() || nearest.get().change() == change) {
                return nearest;
            }
            IndexSnapshot base = nearest.get();
            Optional<IndexSnapshot> caughtUp = base.catchUp(view, model.name(), newest());
            IndexSnapshot snapshot = caughtUp.orElseGet(() -> load.apply(view));
            if (caughtUp.isPresent()) {
                add(snapshot);
            } else if (change > newest().change()) {
                replacedVectors.removeIf(old -> old.get() == null);
                replacedVectors.add(new WeakReference<>(newest().vectors()));
                snapshots = List.of(snapshot);
            }
            return Optional.of(snapshot);
        } finally {
            derivation.unlock();
        }
    }

    private Optional<IndexSnapshot> notAfter(long change) {
        for (IndexSnapshot snapshot : snapshots) {
            if (snapshot.change() <= change) {
                return Optional.of(snapshot);
            }
        }
        return Optional.empty();
    }

    private void add(IndexSnapshot snapshot) {
        var extended = new ArrayList<>(snapshots);
        extended.add(snapshot);
        extended.sort(Comparator.comparingLong(IndexSnapshot::change).reversed());
        snapshots = List.copyOf(extended.subList(0, Math.min(MAX_KEPT, extended.size())));
    }
}
