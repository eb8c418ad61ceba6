package dev.stele.index;

import dev.stele.analysis.TextTraits;
import dev.stele.arena.TypedArena;
import dev.stele.store.ItemRow;
import dev.stele.store.StoreView;
import dev.stele.vector.HnswGraphFile;
import dev.stele.vector.HnswGraphWriter;
import dev.stele.vector.VectorFile;
import dev.stele.vector.VectorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * All live items of an agent at one change. Each has a slot; a turn knows the slots of those before and after it in its
 * conversation, its group; a note or observation is a group of its own. Immutable and thread-safe. A later picture is made from an earlier
 * one and the changes between, and shares with it what is the same: an item that changed gets a new slot, and the old one is
 * dead.
 */
public final class IndexSnapshot {

    /** Instead of a slot, where there is none. */
    public static final int NONE = -1;
    /** Instead of a slot, where none can be told. */
    public static final int UNKNOWN = -2;

    private static final int PAGE = 1_000;
    /** Beyond this many changes reading everything anew is cheaper than following them. */
    private static final int MAX_CHANGES = 20_000;
    /** Beyond this many items out of the order of their numbers too. */
    private static final int MAX_MOVED = 4_096;

    private static final int ROW_BYTES = 64;
    /** Longer ones count as no longer. */
    static final int MAX_LENGTH = (1 << (Integer.SIZE - TextTraits.BITS)) - 1;

    final State state;

    /** What successive pictures share; what one adds the others do not look at. */
    record Shared(
            VectorStore vectors,
            Dictionary<String> groups,
            Dictionary<String> users,
            Dictionary<String> speakers,
            Set<String> voices,
            Dictionary<ItemAttributes> facts) {
        static Shared of(VectorStore vectors) {
            return new Shared(
                    vectors,
                    new Dictionary<>(),
                    new Dictionary<>(),
                    new Dictionary<>(),
                    ConcurrentHashMap.newKeySet(),
                    new Dictionary<>());
        }

        Shared with(VectorStore others) {
            return new Shared(others, groups, users, speakers, voices, facts);
        }
    }

    /**
     * All there is to a picture.
     *
     * @param moment the latest change it shows, and which pictures it follows
     * @param size slots, dead ones included
     * @param aligned slots below it have the place of the same number for their vector, or none
     * @param live slots that are not dead
     * @param statements those of them that are no messages: each stands for itself
     * @param embedded slots that have a vector, dead ones perhaps included
     * @param numbers of the items, rising; where an item has moved, that of the change since which it is there
     * @param times of the items in milliseconds
     * @param links slots of the turns before and after
     * @param people numbers of user and speaker
     * @param where group, and place of the vector
     * @param what number of the facts, and length with traits
     * @param groups by group: length of all its items, and the slot of the last
     * @param knownGroups groups have numbers below this
     * @param lastReworded a change after which no item that was there got other words
     * @param displaced slots of items that are, or were, out of the order of their numbers
     * @param moved slots of items that are
     * @param movedNumbers the other way round
     * @param bounds times at which a validity begins or ends, rising
     */
    record State(
            SnapshotLineage moment,
            int size,
            int aligned,
            BitSet live,
            BitSet statements,
            BitSet embedded,
            LongColumn numbers,
            LongColumn times,
            LongColumn links,
            LongColumn people,
            LongColumn where,
            LongColumn what,
            LongColumn groups,
            int knownGroups,
            Totals totals,
            long lastReworded,
            BitSet displaced,
            Map<Long, Integer> moved,
            Map<Integer, Long> movedNumbers,
            long[] bounds,
            Shared shared) {

        static State empty(Shared shared) {
            return new State(
                    SnapshotLineage.first(0),
                    0,
                    0,
                    new BitSet(),
                    new BitSet(),
                    new BitSet(),
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    0,
                    new Totals(0, 0, 0),
                    0,
                    new BitSet(),
                    Map.of(),
                    Map.of(),
                    new long[0],
                    shared);
        }
    }

    /**
     * Sums over live items.
     *
     * @param items how many there are
     * @param groups that have any
     * @param length of all
     */
    record Totals(int items, int groups, long length) {}

    IndexSnapshot(State state) {
        this.state = state;
    }

    /** A picture to which all there will be is still to be added. */
    private static SnapshotBuilder nothing(VectorStore vectors) {
        return new SnapshotBuilder(new IndexSnapshot(State.empty(Shared.of(vectors))), true);
    }

    /**
     * Reads everything, but not the vectors that a file knows.
     *
     * @param vectors as yet none but those of their file, if they have one: of the same history and model, of a change that is not after the view's
     */
    static IndexSnapshot load(StoreView view, String model, VectorStore vectors) {
        SnapshotBuilder edit = nothing(vectors);
        if (vectors.file().isPresent()) {
            return load(view, model, vectors.file().get(), edit);
        }
        view.eachItem(0, Long.MAX_VALUE, model, edit::add);
        return edit.done(view.lastChange());
    }

    private static IndexSnapshot load(StoreView view, String model, VectorFile file, SnapshotBuilder edit) {
        long last = view.lastChange();
        Set<Long> touched = new ChangedItems(view, file.change(), last).items();
        var place = new int[] {0};
        view.eachItem(0, file.change(), "", row -> {
            while (place[0] < file.count() && file.number(place[0]) < row.number()) {
                edit.dead(file.number(place[0]++));
            }
            if (place[0] == file.count() || file.number(place[0]) > row.number()) {
                touched.add(row.number());
            } else if (touched.contains(row.number())) {
                edit.dead(file.number(place[0]++));
            } else {
                edit.add(row, file.hasVector(place[0]) ? place[0] : VectorStore.NONE);
                place[0]++;
            }
        });
        while (place[0] < file.count()) {
            edit.dead(file.number(place[0]++));
        }
        view.eachItem(file.change(), Long.MAX_VALUE, model, edit::add);
        List<Long> numbers = List.copyOf(touched);
        for (int from = 0; from < numbers.size(); from += PAGE) {
            view.items(numbers.subList(from, Math.min(numbers.size(), from + PAGE)), model)
                    .forEach(row -> edit.move(row, last));
        }
        return edit.done(last);
    }

    /** A picture of these items, in the order of their numbers. */
    public static IndexSnapshot of(long change, Iterable<ItemRow> rows, int dimension, TypedArena arena) {
        return of(change, rows, new VectorStore(arena, dimension, Optional.empty()));
    }

    /** @param vectors as yet those of no item */
    static IndexSnapshot of(long change, Iterable<ItemRow> rows, VectorStore vectors) {
        SnapshotBuilder edit = nothing(vectors);
        rows.forEach(edit::add);
        return edit.done(change);
    }

    /**
     * This picture with its vectors in a file of a directory, and with a graph over them: what housekeeping makes of one by and by.
     *
     * @throws IllegalStateException if not all items are there that ever were
     */
    public IndexSnapshot inFiles(Path directory, TypedArena arena) throws IOException {
        if (state.aligned() != count()) {
            throw new IllegalStateException("some items are gone, or have moved");
        }
        Path file = directory.resolve("vectors");
        Path graph = directory.resolve("graph");
        VectorFiles.write(file, "", this, 0, arena);
        VectorFile written = VectorFile.map(file);
        HnswGraphWriter.write(graph, written, arena, () -> true);
        var vectors = new VectorStore(arena, written, Optional.empty());
        HnswGraphFile.map(graph, written).ifPresent(vectors::use);
        return new SnapshotBuilder(this, state.shared().with(vectors)).done(change());
    }

    /** This picture and more items, whose numbers may be any, with vectors of its own. */
    public IndexSnapshot with(List<ItemRow> more) {
        var edit = new SnapshotBuilder(
                this, state.shared().with(state.shared().vectors().fork()));
        more.forEach(row -> edit.move(row, change()));
        return edit.done(change());
    }

    /**
     * The picture at the view's change, which must not be before this one.
     *
     * @param later another picture of what this one shares: vectors that it has already are not added again
     */
    Optional<IndexSnapshot> catchUp(StoreView view, String model, IndexSnapshot later) {
        long last = view.lastChange();
        if (last == change()) {
            return Optional.of(this);
        }
        // Vectors of what went stay where they are until they are as many as those that are left.
        boolean crowded = state.shared().vectors().size() > 2 * count() + MAX_CHANGES
                || state.size() > 2 * count() + MAX_CHANGES
                || state.moved().size() > MAX_MOVED;
        if (crowded || last - change() > MAX_CHANGES) {
            return Optional.empty();
        }
        var edit = new SnapshotBuilder(this, false);
        var since = new ChangedItems(view, change(), last);
        edit.reworded(since.reworded());
        Set<Long> touched = since.items();
        List<ItemRow> changed = new ArrayList<>();
        for (ItemRow row : view.items(touched, model)) {
            if (!since.isAnother(row.number()) && embed(edit, row, later)) {
                touched.remove(row.number());
            } else {
                changed.add(row);
            }
        }
        touched.forEach(number -> edit.remove(slotOf(number)));
        view.eachItem(change(), Long.MAX_VALUE, model, row -> edit.add(row, later.placeOf(row)));
        changed.forEach(row -> edit.move(row, last, later.placeOf(row)));
        return Optional.of(edit.done(last));
    }

    private boolean embed(SnapshotBuilder edit, ItemRow row, IndexSnapshot later) {
        int slot = slotOf(row.number());
        return slot != NONE && edit.embed(slot, row, later.placeOf(row));
    }

    /** Where the vector of an item is already, or {@link VectorStore#NONE}. */
    private int placeOf(ItemRow row) {
        int slot = slotOf(row.number());
        if (slot == NONE || row.vector().isEmpty()) {
            return VectorStore.NONE;
        }
        int place = place(slot);
        return place != VectorStore.NONE
                        && Arrays.equals(
                                state.shared().vectors().get(place),
                                row.vector().get())
                ? place
                : VectorStore.NONE;
    }

    /** The number of the latest change it shows. */
    public long change() {
        return state.moment().change();
    }

    /** Which picture this is: what is known of its slots is known of those that follow it. */
    public SnapshotLineage moment() {
        return state.moment();
    }

    /** A change after which no item got other words; the words of each are those that it had when it came, or had at that change. */
    public long lastReworded() {
        return state.lastReworded();
    }

    /** How many items there are. */
    public int count() {
        return state.totals().items();
    }

    /** Slots, of which some are dead: each is below this. */
    public int size() {
        return state.size();
    }

    /** The slots of all items. The caller's own. */
    public BitSet live() {
        return (BitSet) state.live().clone();
    }

    public boolean hasStatements() {
        return !state.statements().isEmpty();
    }

    /** The slots of all that are no messages: notes and observations. The caller's own. */
    public BitSet statements() {
        return (BitSet) state.statements().clone();
    }

    /** Whether there is an item in a slot. */
    public boolean isLive(int slot) {
        return state.live().get(slot);
    }

    public boolean message(int slot) {
        return !state.statements().get(slot);
    }

    /** The number of the item in a slot. */
    public long number(int slot) {
        Long other =
                state.movedNumbers().isEmpty() ? null : state.movedNumbers().get(slot);
        return other == null ? state.numbers().get(slot) : other;
    }

    /** The slot of a live item, or {@link #NONE}. */
    public int slotOf(long number) {
        return slotOf(number, 0);
    }

    /**
     * The slot of a live item, or {@link #NONE}.
     *
     * @param from where to begin to look: a slot of a lower number
     */
    public int slotOf(long number, int from) {
        int low = Math.max(0, from);
        int high = low;
        if (state.moved().isEmpty() && low < size()) {
            // Numbers rise by one or more from slot to slot, nearly always: so it is here or before, and not far.
            long ahead = Math.max(0, number - state.numbers().get(low));
            high = (int) Math.min(size() - 1L, low + ahead);
            for (int step = 1; high > low && state.numbers().get(high) > number; step <<= 1) {
                if (state.numbers().get(Math.max(low, high - step)) < number) {
                    low = Math.max(low, high - step);
                    break;
                }
                high = Math.max(low, high - step);
            }
        }
        // Slots of items that had moved, and are gone, have the number of one before them: then it is further on.
        for (int step = 1; high < size() && state.numbers().get(high) < number; step <<= 1) {
            low = high + 1;
            high += step;
        }
        high = Math.min(high, size());
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (state.numbers().get(middle) < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low < size() && isLive(low) && number(low) == number) {
            return low;
        }
        return state.moved().getOrDefault(number, NONE);
    }

    /**
     * The slot of what was in a slot of a picture that this one follows: the same, or where it moved to since.
     *
     * @return {@link #NONE} if it is gone; {@link #UNKNOWN} if it moved, or went, for a second time
     */
    public int carried(int slot) {
        if (isLive(slot)) {
            return slot;
        }
        return state.displaced().get(slot) ? UNKNOWN : slotOf(state.numbers().get(slot));
    }

    /**
     * The slots of the items that came after a change: not of those that only moved since.
     *
     * @return the latest first; empty if there are more than {@code most} to look at
     */
    public Optional<int[]> after(long change, int most) {
        var slots = new int[most];
        int count = 0;
        for (int slot = size() - 1; slot >= 0 && state.numbers().get(slot) > change; slot--) {
            if (size() - slot > most) {
                return Optional.empty();
            }
            if (isLive(slot) && number(slot) > change) {
                slots[count++] = slot;
            }
        }
        return Optional.of(Arrays.copyOf(slots, count));
    }

    /** Slots in the order of their items' numbers, which is the same however a picture came to be. */
    public int[] byNumber(BitSet slots) {
        return state.moved().isEmpty()
                ? slots.stream().toArray()
                : slots.stream()
                        .boxed()
                        .sorted(Comparator.comparingLong(this::number))
                        .mapToInt(Integer::intValue)
                        .toArray();
    }

    /** Whether the item in a slot is out of the order of numbers. */
    public boolean moved(int slot) {
        return !state.movedNumbers().isEmpty() && state.movedNumbers().containsKey(slot);
    }

    /** When it was said or made, in milliseconds. */
    public long millis(int slot) {
        return state.times().get(slot);
    }

    /** The conversation of a slot: messages of one session share one, each note and observation has its own. */
    public int group(int slot) {
        return state.where().high(slot);
    }

    /** The group of a session's messages, or {@link #NONE} if there are none. */
    public int groupOf(String session) {
        int group = state.shared().groups().find(session);
        return group < groupNumbers() ? group : NONE;
    }

    /** Groups have numbers below this. */
    public int groupNumbers() {
        return state.knownGroups();
    }

    /** Words of all items of a group. */
    public int groupLength(int group) {
        return state.groups().high(group);
    }

    /** The slot of the turn before in the same conversation, or {@link #NONE}. */
    public int previous(int slot) {
        return state.links().high(slot);
    }

    /** The slot of the turn after in the same conversation, or {@link #NONE}. */
    public int next(int slot) {
        return state.links().low(slot);
    }

    /** Terms of the item in the keyword index. */
    public int length(int slot) {
        return state.what().low(slot) >>> TextTraits.BITS;
    }

    public float averageLength() {
        return (float) Math.max(1, (double) state.totals().length() / Math.max(1, count()));
    }

    public float averageGroup() {
        return (float) Math.max(1, (double) state.totals().length() / Math.max(1, groupCount()));
    }

    /** Groups that have any items. */
    public int groupCount() {
        return state.totals().groups();
    }

    /** Bits, see {@link TextTraits}. */
    public int traits(int slot) {
        return state.what().low(slot) & TextTraits.ALL;
    }

    public ItemAttributes facts(int slot) {
        return state.shared().facts().get(state.what().high(slot));
    }

    /** The number of a user's name, or {@link #NONE} if no item is of or about them. */
    public int user(String name) {
        return state.shared().users().find(name);
    }

    /** The number of the name of an item's user. */
    public int userOf(int slot) {
        return state.people().high(slot);
    }

    /** Everybody who said something, or of whom something is noted, each once. */
    public List<String> speakers() {
        return state.shared().speakers().all();
    }

    /** Those of them who said a message. */
    public List<String> voices() {
        return List.copyOf(state.shared().voices());
    }

    /** Whether a speaker said a message. */
    public boolean isVoice(String speaker) {
        return state.shared().voices().contains(speaker);
    }

    /** The number of a speaker's name. */
    public int speaker(String name) {
        return state.shared().speakers().find(name);
    }

    /** The number of the name of who said it. */
    public int speakerOf(int slot) {
        return state.people().low(slot);
    }

    int place(int slot) {
        return state.where().low(slot);
    }

    VectorStore vectors() {
        return state.shared().vectors();
    }

    /** Those of some slots that have a vector. The caller's own. */
    BitSet embedded(BitSet slots) {
        var embedded = (BitSet) state.embedded().clone();
        embedded.and(slots);
        return embedded;
    }

    /** A copy of an item's vector. */
    public Optional<float[]> vector(int slot) {
        int place = place(slot);
        return place == VectorStore.NONE
                ? Optional.empty()
                : Optional.of(vectors().get(place));
    }

    /** The cosines of a vector of their dimension and some items, in their order; {@link Float#NaN} for what has none. */
    public float[] cosines(float[] query, int[] slots) {
        int[] places = IntStream.of(slots)
                .map(this::place)
                .filter(place -> place != VectorStore.NONE)
                .toArray();
        float[] known = vectors().dots(places, query);
        if (places.length == slots.length) {
            return known;
        }
        var cosines = new float[slots.length];
        for (int i = 0, next = 0; i < slots.length; i++) {
            cosines[i] = place(slots[i]) == VectorStore.NONE ? Float.NaN : known[next++];
        }
        return cosines;
    }

    /**
     * The items nearest to a query.
     *
     * @param query of unit length
     * @param passing among these slots
     * @param wanted so many at least, if there are so many
     */
    public VectorSearch nearest(float[] query, BitSet passing, int wanted) {
        return new VectorSearch(this, query, passing, wanted);
    }

    /** The middle from which codes of these vectors are to be made. */
    float[] center() {
        return vectors().center(state.live().stream().map(this::place).filter(place -> place != VectorStore.NONE));
    }

    /** How many of the times at which a validity begins or ends are past: while this stays, so does what is valid. */
    public long validityEpoch(Instant now) {
        return LongStream.of(state.bounds())
                .filter(bound -> bound <= now.toEpochMilli())
                .count();
    }

    /** About how many bytes it holds, on the heap and off it, but for a file that is mapped. */
    public long bytes() {
        return (long) ROW_BYTES * state.size() + vectors().bytes();
    }
}
