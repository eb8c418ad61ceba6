package dev.stele.index;

import dev.stele.arena.TypedArena;
import dev.stele.model.Change;
import dev.stele.store.ItemRow;
import dev.stele.store.StoreView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
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

    private static final Comparator<ItemRow> BY_ROW = Comparator.comparing(ItemRow::message)
            .thenComparing(row -> row.message() ? row.session() : "")
            .thenComparing(row -> row.message() ? row.at() : Instant.EPOCH)
            .thenComparingLong(ItemRow::number);

    private static final Comparator<Entry> ORDER = Comparator.comparing(Entry::row, BY_ROW);

    /** An item without its vector, and where that is. */
    private record Entry(ItemRow row, int place) {
        static Entry of(ItemRow row, Vectors vectors) {
            return new Entry(row.withoutVector(), row.vector().map(vectors::add).orElse(Vectors.NONE));
        }
    }

    private final long change;
    private final List<ItemRow> items;
    private final int[] groups;
    private final int groupCount;
    private final NumberTable positions;
    private final TypedArena arena;
    private final Vectors vectors;
    private final int[] places;
    private final long[] validityBounds;
    private final List<String> speakers;
    private final int[] speakerOf;

    private LiveItems(long change, List<Entry> sorted, TypedArena arena, Vectors vectors) {
        this.change = change;
        this.arena = arena;
        this.vectors = vectors;
        this.places = new int[sorted.size()];
        var rows = new ItemRow[sorted.size()];
        for (int i = 0; i < rows.length; i++) {
            places[i] = sorted.get(i).place();
            rows[i] = sorted.get(i).row();
        }
        this.items = List.of(rows);
        this.groups = new int[rows.length];
        this.positions = new NumberTable(rows.length);
        int group = -1;
        for (int i = 0; i < rows.length; i++) {
            if (i == 0
                    || !rows[i].message()
                    || !rows[i - 1].message()
                    || !rows[i].session().equals(rows[i - 1].session())) {
                group++;
            }
            groups[i] = group;
            positions.put(rows[i].number(), i);
        }
        this.groupCount = group + 1;
        this.speakerOf = new int[rows.length];
        var known = new LinkedHashMap<String, Integer>();
        for (int i = 0; i < rows.length; i++) {
            speakerOf[i] = known.computeIfAbsent(rows[i].speaker(), _ -> known.size());
        }
        this.speakers = List.copyOf(known.keySet());
        this.validityBounds = validityBounds(rows);
    }

    /** The times at which a validity begins or ends, each once, in order. Most items have none: messages are always valid. */
    private static long[] validityBounds(ItemRow[] rows) {
        var bounds = new TreeSet<Long>();
        for (ItemRow row : rows) {
            row.validFrom().ifPresent(from -> bounds.add(from.toEpochMilli()));
            row.validTo().ifPresent(to -> bounds.add(to.toEpochMilli()));
        }
        return bounds.stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Reads everything.
     *
     * @param arena for the vectors
     */
    public static LiveItems load(StoreView view, String model, TypedArena arena) {
        var vectors = new Vectors(arena);
        var entries = new ArrayList<Entry>();
        view.eachItem(0, model, row -> entries.add(Entry.of(row, vectors)));
        return of(view.lastChange(), entries, arena, vectors);
    }

    /** A picture of these items, in any order. */
    public static LiveItems of(long change, List<ItemRow> rows, TypedArena arena) {
        var vectors = new Vectors(arena);
        return of(
                change, rows.stream().map(row -> Entry.of(row, vectors)).collect(Collectors.toList()), arena, vectors);
    }

    private static LiveItems of(long change, List<Entry> entries, TypedArena arena, Vectors vectors) {
        entries.sort(ORDER);
        return new LiveItems(change, entries, arena, vectors);
    }

    /** This picture and more items, with vectors of its own. */
    public LiveItems with(List<ItemRow> more) {
        var rows = new ArrayList<ItemRow>(more);
        for (int i = 0; i < items.size(); i++) {
            ItemRow row = items.get(i);
            rows.add(places[i] == Vectors.NONE ? row : row.withVector(vectors.get(places[i])));
        }
        return of(change, rows, arena);
    }

    /** The picture at the view's change, which must not be before this one. */
    public LiveItems catchUp(StoreView view, String model) {
        long last = view.lastChange();
        if (last == change) {
            return this;
        }
        // Vectors of what went stay where they are until they are as many as those that are left.
        boolean crowded = vectors.size() > 2 * items.size() + MOST_CHANGES;
        if (crowded || last - change > MOST_CHANGES) {
            return load(view, model, arena);
        }
        Map<Long, @Nullable ItemRow> touched = touched(view, last, model);
        var fresh = new ArrayList<Entry>();
        touched.values().stream().filter(Objects::nonNull).forEach(row -> fresh.add(Entry.of(row, vectors)));
        view.eachItem(change, model, row -> fresh.add(Entry.of(row, vectors)));
        fresh.sort(ORDER);
        return new LiveItems(last, merge(touched.keySet(), fresh), arena, vectors);
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

    private List<Entry> merge(Set<Long> replaced, List<Entry> fresh) {
        var merged = new ArrayList<Entry>(items.size() + fresh.size());
        int next = 0;
        for (int i = 0; i < items.size(); i++) {
            var entry = new Entry(items.get(i), places[i]);
            while (next < fresh.size() && ORDER.compare(fresh.get(next), entry) < 0) {
                merged.add(fresh.get(next++));
            }
            if (!replaced.contains(entry.row().number())) {
                merged.add(entry);
            }
        }
        merged.addAll(fresh.subList(next, fresh.size()));
        return merged;
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

    /**
     * How near each item is to a query: the cosine, by position; {@link Float#NaN} where an item has no vector of the
     * query's dimension.
     *
     * @param query of unit length
     */
    public float[] similarities(float[] query) {
        return vectors.similarities(places, query);
    }

    /** How many of the times at which a validity begins or ends are past: while this stays, so does what is valid. */
    public long validityEpoch(Instant now) {
        return LongStream.of(validityBounds)
                .filter(bound -> bound <= now.toEpochMilli())
                .count();
    }

    /** Gives the memory of the vectors back, of this picture and those made from it. Nobody may use them any more. */
    void release() {
        vectors.close();
    }

    /** About how many bytes it holds, on the heap and off it. */
    public long bytes() {
        return (long) ROW_BYTES * items.size() + vectors.bytes();
    }
}
