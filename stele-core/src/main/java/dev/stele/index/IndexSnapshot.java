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
 * Columnar index snapshot of all live items of an agent as of one change, from which recall reads without the store.
 * Immutable and thread-safe.
 *
 * <p>Each item has an <em>ordinal</em>, its index in all columns. Each item belongs to a <em>group</em>: the messages
 * of one session share a group, in which each message links to the previous and the next turn; each note and each
 * observation is a group of its own.
 *
 * <p>A later snapshot is derived from an earlier one and the changes between them, and shares with it everything that
 * did not change. An item that changed gets a new ordinal at the end and its old ordinal becomes dead. Such an item is
 * called <em>moved</em>: its ordinal is no longer in the order of the item numbers. {@link SnapshotLineage} tells in
 * which other snapshots an ordinal denotes the same item.
 *
 * <p>Layout of the columns, each a {@link LongColumn} of 64-bit entries. All are indexed by ordinal, except
 * {@code groups}, which is indexed by group number:
 *
 * <table>
 * <caption>Bit-packed columns</caption>
 * <tr><th>Column</th><th>Bits 63 to 32</th><th>Bits 31 to 0</th></tr>
 * <tr><td>{@code numbers}</td><td colspan="2">item number; of a moved item the number of the change since which the
 *     ordinal exists; non-decreasing</td></tr>
 * <tr><td>{@code times}</td><td colspan="2">time of the item, milliseconds since the epoch</td></tr>
 * <tr><td>{@code links}</td><td>ordinal of the previous turn, or {@link #NONE}</td>
 *     <td>ordinal of the next turn, or {@link #NONE}</td></tr>
 * <tr><td>{@code userAndSpeaker}</td><td>id of the user in {@code Shared.users}</td>
 *     <td>id of the speaker in {@code Shared.speakers}</td></tr>
 * <tr><td>{@code groupAndVector}</td><td>group number</td><td>vector ordinal, or {@link VectorStore#NONE}</td></tr>
 * <tr><td>{@code attributes}</td><td>id of the attributes in {@code Shared.facts}</td>
 *     <td>bits 31 to 8: number of terms; bits 7 to 0: {@link TextTraits}</td></tr>
 * <tr><td>{@code forms}</td><td colspan="2">hash of what the item says, or 0</td></tr>
 * <tr><td>{@code groups}</td><td>number of terms of all items of the group</td>
 *     <td>ordinal of the last turn of the group, or {@link #NONE}</td></tr>
 * </table>
 */
public final class IndexSnapshot {

    /** Returned in place of an ordinal if there is none. */
    public static final int NONE = -1;
    /** Returned in place of an ordinal if the ordinal cannot be determined. */
    public static final int UNKNOWN = -2;

    /** Maximum number of items that are read from the store in one call. */
    private static final int PAGE_SIZE = 1_000;
    /** Maximum number of changes that are applied to a snapshot; beyond it, loading everything again is cheaper. */
    private static final int MAX_CHANGES = 20_000;
    /**
     * Number of dead ordinals that a snapshot may have in addition to as many as live ones. Each query pays for them, so
     * that a small memory whose items come and go is loaded again early, which is cheap.
     */
    private static final int MAX_DEAD = 2_000;
    /** Maximum number of moved items in a snapshot; beyond it, loading everything again is cheaper too. */
    private static final int MAX_MOVED = 4_096;

    /** Estimated number of heap bytes per ordinal. */
    private static final int ROW_BYTES = 72;
    /** Maximum number of terms that is recorded of an item; a longer item is recorded with this length. */
    static final int MAX_LENGTH = (1 << (Integer.SIZE - TextTraits.BITS)) - 1;

    final State state;

    /**
     * Append-only structures that successive snapshots share. The columns of an earlier snapshot do not refer to
     * entries that a later one adds.
     *
     * @param vectors vectors of the items
     * @param groups ids of groups, by session or by statement
     * @param users ids of users, by name
     * @param speakers ids of speakers, by name
     * @param messageSpeakers names of the speakers of messages
     * @param facts ids of distinct item attributes
     */
    record Shared(
            VectorStore vectors,
            Dictionary<String> groups,
            Dictionary<String> users,
            Dictionary<String> speakers,
            Set<String> messageSpeakers,
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
            return new Shared(others, groups, users, speakers, messageSpeakers, facts);
        }
    }

    /**
     * Complete contents of a snapshot. The class comment has the layout of the columns.
     *
     * @param lineage lineage of the snapshot, with the latest change contained
     * @param size number of ordinals, dead ones included
     * @param aligned every ordinal below this value is also the vector ordinal of its item, or its item has no vector
     * @param live ordinals that are not dead
     * @param statements live ordinals of items other than messages, each of which is a group of its own
     * @param withheld live ordinals of messages that are never recalled, each of which is a group of its own
     * @param embedded ordinals with a vector, possibly including dead ones
     * @param numbers item numbers, non-decreasing; for a moved item the number of the change since which its ordinal
     *     exists
     * @param times times of the items in milliseconds since the epoch
     * @param links ordinals of the previous and the next turn
     * @param userAndSpeaker ids of user and speaker
     * @param groupAndVector group number and vector ordinal
     * @param attributes id of the attributes, and number of terms with text traits
     * @param forms hashes of what the items say; 0 for one that is not known
     * @param groups by group number: number of terms of all its items, and ordinal of its last turn
     * @param knownGroups exclusive upper bound of the group numbers
     * @param totals sums over the live items
     * @param lastReworded number of a change after which the terms of no existing item changed
     * @param displaced ordinals of items that are moved or were moved when they were removed
     * @param moved ordinals of the moved items, by item number
     * @param movedNumbers item numbers of the moved items, by ordinal
     * @param bounds times in milliseconds since the epoch at which a validity begins or ends, ascending
     * @param shared structures shared with the snapshots before and after
     */
    record State(
            SnapshotLineage lineage,
            int size,
            int aligned,
            BitSet live,
            BitSet statements,
            BitSet withheld,
            BitSet embedded,
            LongColumn numbers,
            LongColumn times,
            LongColumn links,
            LongColumn userAndSpeaker,
            LongColumn groupAndVector,
            LongColumn attributes,
            LongColumn forms,
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
                    new BitSet(),
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    LongColumn.EMPTY,
                    0,
                    new Totals(0, 0, 0, LengthHistogram.EMPTY),
                    0,
                    new BitSet(),
                    Map.of(),
                    Map.of(),
                    new long[0],
                    shared);
        }
    }

    /**
     * Sums over the live items.
     *
     * @param items number of live items
     * @param groups number of groups with at least one live item
     * @param length number of terms of all live items
     * @param messageLengths lengths of the live messages
     */
    record Totals(int items, int groups, long length, LengthHistogram messageLengths) {}

    IndexSnapshot(State state) {
        this.state = state;
    }

    /** Returns a bulk builder of a new snapshot without items. */
    private static SnapshotBuilder nothing(VectorStore vectors) {
        return new SnapshotBuilder(new IndexSnapshot(State.empty(Shared.of(vectors))), true);
    }

    /**
     * Loads a snapshot from the store, except for the vectors that are in the vector file.
     *
     * @param view store view whose last change the snapshot represents
     * @param model name of the embedding model; empty text for none
     * @param vectors vector store that contains no vectors besides those of its file, if it has one; the file must be
     *     of the same history and model, and of a change that is not after the last one of {@code view}
     * @return snapshot as of the last change of {@code view}
     */
    static IndexSnapshot load(StoreView view, String model, VectorStore vectors) {
        SnapshotBuilder builder = nothing(vectors);
        if (vectors.file().isPresent()) {
            return load(view, model, vectors.file().get(), builder);
        }
        view.forEachItem(0, Long.MAX_VALUE, model, builder::add);
        return builder.done(view.lastChange());
    }

    private static IndexSnapshot load(StoreView view, String model, VectorFile file, SnapshotBuilder builder) {
        long last = view.lastChange();
        Set<Long> changedNumbers = new ChangedItems(view, file.change(), last).items();
        var vectorOrdinal = new int[] {0};
        view.forEachItem(0, file.change(), "", row -> {
            while (vectorOrdinal[0] < file.count() && file.number(vectorOrdinal[0]) < row.number()) {
                builder.dead(file.number(vectorOrdinal[0]++));
            }
            if (vectorOrdinal[0] == file.count() || file.number(vectorOrdinal[0]) > row.number()) {
                changedNumbers.add(row.number());
            } else if (changedNumbers.contains(row.number())) {
                builder.dead(file.number(vectorOrdinal[0]++));
            } else {
                builder.add(row, file.hasVector(vectorOrdinal[0]) ? vectorOrdinal[0] : VectorStore.NONE);
                vectorOrdinal[0]++;
            }
        });
        while (vectorOrdinal[0] < file.count()) {
            builder.dead(file.number(vectorOrdinal[0]++));
        }
        view.forEachItem(file.change(), Long.MAX_VALUE, model, builder::add);
        List<Long> numbers = List.copyOf(changedNumbers);
        for (int from = 0; from < numbers.size(); from += PAGE_SIZE) {
            view.items(numbers.subList(from, Math.min(numbers.size(), from + PAGE_SIZE)), model)
                    .forEach(row -> builder.move(row, last));
        }
        return builder.done(last);
    }

    /**
     * Creates a snapshot from items in memory.
     *
     * @param change number of the change that the snapshot represents
     * @param rows items in ascending order of their numbers
     * @param dimension dimension of the vectors; 0 for none
     * @param arena memory for the vectors
     * @return snapshot of these items
     */
    public static IndexSnapshot of(long change, Iterable<ItemRow> rows, int dimension, TypedArena arena) {
        return of(change, rows, new VectorStore(arena, dimension, Optional.empty()));
    }

    /**
     * Creates a snapshot from items in memory.
     *
     * @param change number of the change that the snapshot represents
     * @param rows items in ascending order of their numbers
     * @param vectors vector store that contains no vectors yet
     * @return snapshot of these items
     */
    static IndexSnapshot of(long change, Iterable<ItemRow> rows, VectorStore vectors) {
        SnapshotBuilder builder = nothing(vectors);
        rows.forEach(builder::add);
        return builder.done(change);
    }

    /**
     * Writes the vectors of this snapshot and an HNSW graph over them to files, and returns a snapshot that uses the
     * files. This is the state that background maintenance eventually produces.
     *
     * @param directory directory for the two files
     * @param arena memory for the graph construction and for later vectors
     * @return snapshot of the same items that reads vectors and graph from the files
     * @throws IOException if a file cannot be written or mapped
     * @throws IllegalStateException if an item was removed or moved since the snapshot was first created
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

    /**
     * Returns a snapshot with additional items. New vectors go to a fork of the vector store, so this snapshot does not
     * change.
     *
     * @param more items to add; their numbers may be in any order
     * @return snapshot of the items of this one and of {@code more}, as of the same change
     */
    public IndexSnapshot with(List<ItemRow> more) {
        var builder = new SnapshotBuilder(
                this, state.shared().with(state.shared().vectors().fork()));
        more.forEach(row -> builder.move(row, change()));
        return builder.done(change());
    }

    /**
     * Derives the snapshot as of the last change of a view by applying the changes since this one.
     *
     * @param view store view whose last change is not before that of this snapshot
     * @param model name of the embedding model; empty text for none
     * @param later another snapshot with the same shared structures; vectors that it already contains are not added
     *     again
     * @return the derived snapshot; empty if loading everything again is cheaper or frees many dead entries
     */
    Optional<IndexSnapshot> catchUp(StoreView view, String model, IndexSnapshot later) {
        long last = view.lastChange();
        if (last == change()) {
            return Optional.of(this);
        }
        // Vectors of removed items keep their memory until they are as many as the vectors of the remaining items.
        boolean crowded = state.shared().vectors().size() > 2 * count() + MAX_DEAD
                || state.size() > 2 * count() + MAX_DEAD
                || state.moved().size() > MAX_MOVED;
        if (crowded || last - change() > MAX_CHANGES) {
            return Optional.empty();
        }
        var builder = new SnapshotBuilder(this, false);
        var since = new ChangedItems(view, change(), last);
        builder.reworded(since.reworded());
        Set<Long> changedNumbers = since.items();
        List<ItemRow> changed = new ArrayList<>();
        for (ItemRow row : view.items(changedNumbers, model)) {
            if (!since.isAnother(row.number()) && embed(builder, row, later)) {
                changedNumbers.remove(row.number());
            } else {
                changed.add(row);
            }
        }
        changedNumbers.forEach(number -> builder.remove(ordinalOf(number)));
        view.forEachItem(change(), Long.MAX_VALUE, model, row -> builder.add(row, later.placeOf(row)));
        changed.forEach(row -> builder.move(row, last, later.placeOf(row)));
        return Optional.of(builder.done(last));
    }

    private boolean embed(SnapshotBuilder builder, ItemRow row, IndexSnapshot later) {
        int ordinal = ordinalOf(row.number());
        return ordinal != NONE && builder.embed(ordinal, row, later.placeOf(row));
    }

    /** Returns the ordinal of an identical vector that this snapshot has for an item, or {@link VectorStore#NONE}. */
    private int placeOf(ItemRow row) {
        int ordinal = ordinalOf(row.number());
        if (ordinal == NONE || row.vector().isEmpty()) {
            return VectorStore.NONE;
        }
        int vectorOrdinal = place(ordinal);
        return vectorOrdinal != VectorStore.NONE
                        && Arrays.equals(
                                state.shared().vectors().get(vectorOrdinal),
                                row.vector().get())
                ? vectorOrdinal
                : VectorStore.NONE;
    }

    /** Returns the number of the latest change that this snapshot contains. */
    public long change() {
        return state.lineage().change();
    }

    /** Returns the lineage of this snapshot: values cached by its ordinals stay valid in snapshots that follow it. */
    public SnapshotLineage lineage() {
        return state.lineage();
    }

    /**
     * Returns the number of a change after which the terms of no existing item changed. The terms of each item are
     * those that it had when it was created, or at that change.
     */
    public long lastReworded() {
        return state.lastReworded();
    }

    /** Returns the number of live items. */
    public int count() {
        return state.totals().items();
    }

    /** Returns the number of ordinals, dead ones included; every ordinal is below this value. */
    public int size() {
        return state.size();
    }

    /** Returns the ordinals of all live items, as a copy that the caller may change. */
    public BitSet live() {
        return (BitSet) state.live().clone();
    }

    /** Returns whether there is a live item other than a message. */
    public boolean hasStatements() {
        return !state.statements().isEmpty();
    }

    /**
     * Returns the ordinals of all live items other than messages (notes, observations), as a copy that the caller may
     * change.
     */
    public BitSet statements() {
        return (BitSet) state.statements().clone();
    }

    /**
     * Removes the ordinals of items that are never recalled: replies that the agent made up of its memory without a
     * language model, which say nothing that the memory does not have.
     *
     * @param ordinals set of ordinals, which is changed
     */
    public void removeWithheld(BitSet ordinals) {
        ordinals.andNot(state.withheld());
    }

    /** Returns whether an ordinal denotes a live item. */
    public boolean isLive(int ordinal) {
        return state.live().get(ordinal);
    }

    /** Returns whether the live item of an ordinal is a message. */
    public boolean message(int ordinal) {
        return !state.statements().get(ordinal);
    }

    /** Returns the item number of a live ordinal. */
    public long number(int ordinal) {
        Long movedNumber =
                state.movedNumbers().isEmpty() ? null : state.movedNumbers().get(ordinal);
        return movedNumber == null ? state.numbers().get(ordinal) : movedNumber;
    }

    /** Returns the ordinal of the live item with a number, or {@link #NONE} if there is none. */
    public int ordinalOf(long number) {
        return ordinalOf(number, 0);
    }

    /**
     * Returns the ordinal of the live item with a number, searching from an ordinal on. The search is faster the closer
     * that ordinal is to the result.
     *
     * @param number item number
     * @param from ordinal of an item that has not moved and has a lower number, where the search starts; 0 to search
     *     everything
     * @return ordinal, or {@link #NONE} if there is no such live item
     */
    public int ordinalOf(long number, int from) {
        int low = Math.max(0, from);
        int high = low;
        if (state.moved().isEmpty() && low < size()) {
            // Numbers nearly always rise by at least one from ordinal to ordinal. The difference of the numbers is
            // therefore an upper bound of the distance, and the item is not far below it: the search gallops backward
            // from there.
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
        // The ordinal of a moved item that was removed since repeats the number of an ordinal before it. Then the bound
        // is too low, and the search gallops forward.
        for (int step = 1; high < size() && state.numbers().get(high) < number; step <<= 1) {
            low = high + 1;
            high += step;
        }
        high = Math.min(high, size());
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (state.numbers().get(mid) < number) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        if (low < size() && isLive(low) && number(low) == number) {
            return low;
        }
        return state.moved().getOrDefault(number, NONE);
    }

    /**
     * Translates an ordinal of a snapshot that this one follows to the ordinal of the same item in this snapshot.
     *
     * @param ordinal ordinal in the earlier snapshot
     * @return the same ordinal, or the one that the item moved to since; {@link #NONE} if the item was removed;
     *     {@link #UNKNOWN} if an item that had already moved was moved again or removed
     */
    public int carried(int ordinal) {
        if (isLive(ordinal)) {
            return ordinal;
        }
        return state.displaced().get(ordinal)
                ? UNKNOWN
                : ordinalOf(state.numbers().get(ordinal));
    }

    /**
     * Returns the ordinals of the items that were created after a change, without those that only moved since.
     *
     * @param change number of the change
     * @param limit maximum number of ordinals to examine
     * @return ordinals, the latest first; empty if more than {@code limit} would have to be examined
     */
    public Optional<int[]> after(long change, int limit) {
        var ordinals = new int[limit];
        int count = 0;
        for (int ordinal = size() - 1; ordinal >= 0 && state.numbers().get(ordinal) > change; ordinal--) {
            if (size() - ordinal > limit) {
                return Optional.empty();
            }
            if (isLive(ordinal) && number(ordinal) > change) {
                ordinals[count++] = ordinal;
            }
        }
        return Optional.of(Arrays.copyOf(ordinals, count));
    }

    /**
     * Returns ordinals in the order of their item numbers, an order that does not depend on how the snapshot was
     * derived.
     */
    public int[] byNumber(BitSet ordinals) {
        return state.moved().isEmpty()
                ? ordinals.stream().toArray()
                : ordinals.stream()
                        .boxed()
                        .sorted(Comparator.comparingLong(this::number))
                        .mapToInt(Integer::intValue)
                        .toArray();
    }

    /**
     * Returns whether the item of an ordinal has moved, that is, its ordinal is not in the order of the item numbers.
     */
    public boolean moved(int ordinal) {
        return !state.movedNumbers().isEmpty() && state.movedNumbers().containsKey(ordinal);
    }

    /** Returns the time at which an item was said or created, in milliseconds since the epoch. */
    public long millis(int ordinal) {
        return state.times().get(ordinal);
    }

    /**
     * Returns the group number of an item: messages of one session share a group, each note and observation has its
     * own.
     */
    public int group(int ordinal) {
        return state.groupAndVector().high(ordinal);
    }

    /** Returns the group number of the messages of a session, or {@link #NONE} if the session has no group. */
    public int groupOf(String session) {
        int group = state.shared().groups().find(session);
        return group < groupNumbers() ? group : NONE;
    }

    /** Returns the exclusive upper bound of the group numbers. */
    public int groupNumbers() {
        return state.knownGroups();
    }

    /** Returns the number of terms of all live items of a group. */
    public int groupLength(int group) {
        return state.groups().high(group);
    }

    /** Returns the ordinal of the previous turn of the same conversation, or {@link #NONE}. */
    public int previous(int ordinal) {
        return state.links().high(ordinal);
    }

    /** Returns the ordinal of the next turn of the same conversation, or {@link #NONE}. */
    public int next(int ordinal) {
        return state.links().low(ordinal);
    }

    /** Returns the number of terms that an item has in the keyword index. */
    public int length(int ordinal) {
        return state.attributes().low(ordinal) >>> TextTraits.BITS;
    }

    /** Returns the median number of terms of the live messages, exact to about four percent; 0 if there are none. */
    public int medianMessageLength() {
        return state.totals().messageLengths().median();
    }

    /** Returns the mean number of terms per live item; at least 1. */
    public float averageLength() {
        return (float) Math.max(1, (double) state.totals().length() / Math.max(1, count()));
    }

    /** Returns the mean number of terms per group with live items; at least 1. */
    public float averageGroup() {
        return (float) Math.max(1, (double) state.totals().length() / Math.max(1, groupCount()));
    }

    /** Returns the number of groups with at least one live item. */
    public int groupCount() {
        return state.totals().groups();
    }

    /** Returns the text traits of an item as a bit set, see {@link TextTraits}. */
    public int traits(int ordinal) {
        return state.attributes().low(ordinal) & TextTraits.ALL;
    }

    /** Returns whether an item consists of questions only. */
    public boolean onlyAsks(int ordinal) {
        return (traits(ordinal) & TextTraits.ONLY_ASKS) != 0;
    }

    /**
     * Returns whether an item consists of questions only, of the same speaker as another item.
     *
     * @param ordinal ordinal of the item
     * @param other ordinal of the other item
     */
    public boolean isOwnQuestion(int ordinal, int other) {
        return onlyAsks(ordinal) && speakerOf(ordinal) == speakerOf(other);
    }

    /** Returns the attributes by which filters select an item. */
    public ItemAttributes facts(int ordinal) {
        return state.shared().facts().get(state.attributes().high(ordinal));
    }

    /**
     * Returns the same value for items of which one repeats the other: they say the same, and have the same user,
     * speaker and attributes. Different items have different values but for an accident with a probability of 2<sup>
     * -64</sup>.
     *
     * @param ordinal ordinal of the item
     * @return hash of the statement; 0 if it is not known, which says nothing about the item
     */
    public long statement(int ordinal) {
        long form = state.forms().get(ordinal);
        if (form == 0) {
            return 0;
        }
        long owner =
                state.userAndSpeaker().get(ordinal) * 31 + state.attributes().high(ordinal);
        // Multipliers of SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014).
        long mixed = (form ^ owner * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return mixed ^ mixed >>> 32;
    }

    /** Returns the id of a user, or {@link #NONE} if no item was ever of or about that user. */
    public int user(String name) {
        return state.shared().users().find(name);
    }

    /** Returns the id of the user of an item, as {@link #user} returns it. */
    public int userOf(int ordinal) {
        return state.userAndSpeaker().high(ordinal);
    }

    /**
     * Returns the names of all speakers of messages, users of notes and entities of observations, each once. Names of
     * removed items are included.
     */
    public List<String> speakers() {
        return state.shared().speakers().all();
    }

    /** Returns those of the {@link #speakers} that said a message. */
    public List<String> messageSpeakers() {
        return List.copyOf(state.shared().messageSpeakers());
    }

    /** Returns whether a speaker said a message. */
    public boolean isMessageSpeaker(String speaker) {
        return state.shared().messageSpeakers().contains(speaker);
    }

    /** Returns the id of a speaker, or {@link #NONE} if no item was ever of that speaker. */
    public int speaker(String name) {
        return state.shared().speakers().find(name);
    }

    /** Returns the id of the speaker of an item, as {@link #speaker} returns it. */
    public int speakerOf(int ordinal) {
        return state.userAndSpeaker().low(ordinal);
    }

    /** Returns the vector ordinal of an item, or {@link VectorStore#NONE}. */
    int place(int ordinal) {
        return state.groupAndVector().low(ordinal);
    }

    VectorStore vectors() {
        return state.shared().vectors();
    }

    /** Returns those of the given ordinals that have a vector, as a copy that the caller may change. */
    BitSet embedded(BitSet ordinals) {
        var embedded = (BitSet) state.embedded().clone();
        embedded.and(ordinals);
        return embedded;
    }

    /** Returns a copy of the vector of an item; empty if the item has none. */
    public Optional<float[]> vector(int ordinal) {
        int vectorOrdinal = place(ordinal);
        return vectorOrdinal == VectorStore.NONE
                ? Optional.empty()
                : Optional.of(vectors().get(vectorOrdinal));
    }

    /**
     * Returns the exact cosines of a query and the vectors of some items.
     *
     * @param query vector of unit length and of the dimension of the item vectors
     * @param ordinals ordinals of the items
     * @return cosines in the order of {@code ordinals}; {@link Float#NaN} for an item without a vector
     */
    public float[] cosines(float[] query, int[] ordinals) {
        int[] vectorOrdinals = IntStream.of(ordinals)
                .map(this::place)
                .filter(vectorOrdinal -> vectorOrdinal != VectorStore.NONE)
                .toArray();
        float[] computed = vectors().dots(vectorOrdinals, query);
        if (vectorOrdinals.length == ordinals.length) {
            return computed;
        }
        var cosines = new float[ordinals.length];
        for (int i = 0, next = 0; i < ordinals.length; i++) {
            cosines[i] = place(ordinals[i]) == VectorStore.NONE ? Float.NaN : computed[next++];
        }
        return cosines;
    }

    /**
     * Searches the items nearest to a query.
     *
     * @param query vector of unit length
     * @param passing ordinals of the items to search, for instance those that pass a filter
     * @param minResults minimum number of items to find, if {@code passing} contains enough items with a vector
     * @return search result
     */
    public VectorSearch nearest(float[] query, BitSet passing, int minResults) {
        return new VectorSearch(this, query, passing, minResults);
    }

    /** Returns the centroid from which these vectors are binary quantized. */
    float[] center() {
        return vectors()
                .center(state.live().stream()
                        .map(this::place)
                        .filter(vectorOrdinal -> vectorOrdinal != VectorStore.NONE));
    }

    /**
     * Returns the number of times in the past at which a validity begins or ends. While this number is the same, the
     * same items are valid.
     *
     * @param now current time
     */
    public long validityEpoch(Instant now) {
        return LongStream.of(state.bounds())
                .filter(bound -> bound <= now.toEpochMilli())
                .count();
    }

    /** Returns the estimated number of bytes held on the heap and off the heap, without the mapped vector file. */
    public long bytes() {
        return (long) ROW_BYTES * state.size() + vectors().bytes();
    }
}
