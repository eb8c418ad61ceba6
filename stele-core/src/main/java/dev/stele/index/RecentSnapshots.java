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
 * The latest pictures of one agent. A few are kept, so that a reader whose transaction began a moment ago finds its own, or one
 * from which it is not far. Thread-safe.
 */
final class RecentSnapshots {

    private static final int KEPT = 8;

    private final SnapshotCache.Model model;
    private final Function<StoreView, IndexSnapshot> load;

    /** Makes one picture of another at a time: who waits would do the same work. Under it the waiting one's own transaction is read. */
    private final ReentrantLock turn = new ReentrantLock();

    /** The newest first; replaced under the lock. */
    private volatile List<IndexSnapshot> pictures;

    /** Vectors of pictures that gave way to ones read anew, which somebody may still be reading. */
    private final Queue<WeakReference<VectorStore>> earlier = new ConcurrentLinkedQueue<>();

    /** @param load makes a picture of nothing but a view */
    RecentSnapshots(SnapshotCache.Model model, IndexSnapshot first, Function<StoreView, IndexSnapshot> load) {
        this.model = model;
        this.load = load;
        this.pictures = List.of(first);
    }

    /** The model whose vectors the pictures have. */
    SnapshotCache.Model model() {
        return model;
    }

    /** Takes care of these pictures' vectors in others, which share nothing with them. */
    RecentSnapshots replacedBy(RecentSnapshots next) {
        next.earlier.addAll(earlier);
        next.earlier.add(new WeakReference<>(newest().vectors()));
        return next;
    }

    /** Gives the memory of all vectors back, when nobody reads them any more. */
    void release() {
        newest().vectors().close();
        for (WeakReference<VectorStore> old : earlier) {
            VectorStore vectors = old.get();
            if (vectors != null) {
                vectors.close();
            }
        }
    }

    IndexSnapshot newest() {
        return pictures.getFirst();
    }

    /** The picture exactly as a view sees it; empty if none is kept from which it could be made. */
    Optional<IndexSnapshot> at(StoreView view) {
        long now = view.lastChange();
        Optional<IndexSnapshot> known = notAfter(now);
        if (known.isEmpty() || known.get().change() == now) {
            return known;
        }
        turn.lock();
        try {
            Optional<IndexSnapshot> nearest = notAfter(now);
            if (nearest.isEmpty() || nearest.get().change() == now) {
                return nearest;
            }
            IndexSnapshot base = nearest.get();
            Optional<IndexSnapshot> caughtUp = base.catchUp(view, model.name(), newest());
            IndexSnapshot picture = caughtUp.orElseGet(() -> load.apply(view));
            if (caughtUp.isPresent()) {
                add(picture);
            } else if (now > newest().change()) {
                earlier.add(new WeakReference<>(newest().vectors()));
                pictures = List.of(picture);
            }
            return Optional.of(picture);
        } finally {
            turn.unlock();
        }
    }

    private Optional<IndexSnapshot> notAfter(long change) {
        for (IndexSnapshot picture : pictures) {
            if (picture.change() <= change) {
                return Optional.of(picture);
            }
        }
        return Optional.empty();
    }

    private void add(IndexSnapshot picture) {
        var more = new ArrayList<>(pictures);
        more.add(picture);
        more.sort(Comparator.comparingLong(IndexSnapshot::change).reversed());
        pictures = List.copyOf(more.subList(0, Math.min(KEPT, more.size())));
    }
}
