package dev.stele.index;

import dev.stele.model.Change;
import dev.stele.store.ItemRow;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * All live items of an agent at one change, in the order of their conversations: the messages of a session stand
 * together by time, so that a turn's neighbours are the positions beside it; a note stands alone. Immutable and
 * thread-safe. A later picture is made from an earlier one and the changes between.
 */
public final class LiveItems {

    private static final int PAGE = 1_000;
    /** Beyond this many changes reading everything anew is cheaper than following them. */
    private static final int MOST_CHANGES = 20_000;

    private static final int ROW_BYTES = 240;

    private static final Comparator<ItemRow> ORDER = Comparator.comparing(ItemRow::message)
            .thenComparing(row -> row.message() ? row.session() : "")
            .thenComparing(row -> row.message() ? row.at() : Instant.EPOCH)
            .thenComparingLong(ItemRow::number);

    private final long change;
    private final List<ItemRow> items;
    private final int[] groups;
    private final int groupCount;
    private final NumberTable positions;
    private final Vectors vectors;
    private final long[] validityBounds;
    private final List<String> speakers;
    private final int[] speakerOf;

    private LiveItems(long change, ItemRow[] sorted) {
        this.change = change;
        this.items = List.of(sorted);
        this.groups = new int[sorted.length];
        this.positions = new NumberTable(sorted.length);
        float[] @Nullable [] vectorOf = new float[sorted.length][];
        int group = -1;
        for (int i = 0; i < sorted.length; i++) {
            if (i == 0
                    || !sorted[i].message()
                    || !sorted[i - 1].message()
                    || !sorted[i].session().equals(sorted[i - 1].session())) {
                group++;
            }
            groups[i] = group;
            positions.put(sorted[i].number(), i);
            vectorOf[i] = sorted[i].vector().orElse(null);
        }
        this.groupCount = group + 1;
        this.speakerOf = new int[sorted.length];
        var known = new LinkedHashMap<String, Integer>();
        for (int i = 0; i < sorted.length; i++) {
            speakerOf[i] = known.computeIfAbsent(sorted[i].speaker(), _ -> known.size());
        }
        this.speakers = List.copyOf(known.keySet());
        this.vectors = Vectors.flat(vectorOf);
        this.validityBounds = items.stream()
                .flatMap(row -> java.util.stream.Stream.concat(row.validFrom().stream(), row.validTo().stream()))
                .mapToLong(Instant::toEpochMilli)
                .sorted()
                .distinct()
                .toArray();
    }

    /** Reads everything. */
    public static LiveItems load(StoreView view, String model) {
        var rows = new ArrayList<ItemRow>();
        view.eachItem(0, model, rows::add);
        return of(view.lastChange(), rows);
    }

    /** A picture of these items, in any order. */
    public static LiveItems of(long change, List<ItemRow> rows) {
        ItemRow[] sorted = rows.toArray(ItemRow[]::new);
        Arrays.sort(sorted, ORDER);
        return new LiveItems(change, sorted);
    }

    /** The picture at the view's change, which must not be before this one. */
    public LiveItems catchUp(StoreView view, String model) {
        long last = view.lastChange();
        if (last == change) {
            return this;
        }
        if (last - change > MOST_CHANGES) {
            return load(view, model);
        }
        Map<Long, @Nullable ItemRow> touched = touched(view, last, model);
        var fresh = new ArrayList<ItemRow>();
        touched.values().stream().filter(Objects::nonNull).forEach(fresh::add);
        view.eachItem(change, model, fresh::add);
        fresh.sort(ORDER);
        return new LiveItems(last, merge(touched.keySet(), fresh));
    }

    /** Items of this picture that changed since: as they are now, or null where they are gone. */
    private Map<Long, @Nullable ItemRow> touched(StoreView view, long last, String model) {
        Set<Long> numbers = new HashSet<>();
        for (long after = change; after < last; after += PAGE) {
            for (Change entry : view.changes(after, PAGE)) {
                if (entry.item() > 0 && entry.item() <= change) {
                    numbers.add(entry.item());
                }
            }
        }
        Map<Long, @Nullable ItemRow> now = new HashMap<>();
        numbers.forEach(number -> now.put(number, view.item(number, model).orElse(null)));
        return now;
    }

    private ItemRow[] merge(Set<Long> replaced, List<ItemRow> fresh) {
        var merged = new ArrayList<ItemRow>(items.size() + fresh.size());
        int next = 0;
        for (ItemRow row : items) {
            while (next < fresh.size() && ORDER.compare(fresh.get(next), row) < 0) {
                merged.add(fresh.get(next++));
            }
            if (!replaced.contains(row.number())) {
                merged.add(row);
            }
        }
        merged.addAll(fresh.subList(next, fresh.size()));
        return merged.toArray(ItemRow[]::new);
    }

    /** The number of the latest change it shows. */
    public long change() {
        return change;
    }

    public int size() {
        return items.size();
    }

    public ItemRow get(int position) {
        return items.get(position);
    }

    /** Where an item stands, or -1 if it is not live. */
    public int position(long number) {
        return positions.get(number);
    }

    /** The conversation of a position: messages of one session share one, each note has its own. */
    public int group(int position) {
        return groups[position];
    }

    public int groupCount() {
        return groupCount;
    }

    /** Whether two positions stand beside each other in one conversation; either may lie outside. */
    public boolean neighbours(int a, int b) {
        return a >= 0 && b >= 0 && a < groups.length && b < groups.length && groups[a] == groups[b];
    }

    /** Everybody who said something, each once. */
    public List<String> speakers() {
        return speakers;
    }

    /** Who said it, as an index of {@link #speakers}. */
    public int speakerOf(int position) {
        return speakerOf[position];
    }

    public Vectors vectors() {
        return vectors;
    }

    /** How many of the times at which a validity begins or ends are past: while this stays, so does what is valid. */
    public long validityEpoch(Instant now) {
        return LongStream.of(validityBounds)
                .filter(bound -> bound <= now.toEpochMilli())
                .count();
    }

    /** About how many bytes of heap it holds. */
    public long bytes() {
        return (long) ROW_BYTES * items.size() + vectors.bytes();
    }
}
