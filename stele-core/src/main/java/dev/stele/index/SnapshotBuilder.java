package dev.stele.index;

import static dev.stele.index.IndexSnapshot.NONE;

import dev.stele.analysis.TextTraits;
import dev.stele.index.IndexSnapshot.Shared;
import dev.stele.index.IndexSnapshot.State;
import dev.stele.index.IndexSnapshot.Totals;
import dev.stele.store.ItemRow;
import dev.stele.vector.VectorStore;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongFunction;

/**
 * Builder of an index snapshot that is derived from an earlier one. The builder copies only what changes, so the
 * earlier snapshot stays as it is. The columns have the layout that {@link IndexSnapshot} describes. Not thread-safe;
 * {@link #done} is called once, as the last method.
 */
final class SnapshotBuilder {

    /**
     * Prefix of the group names of items other than messages; no session id contains it, so the names cannot collide.
     */
    private static final String STATEMENT_GROUP_PREFIX = "\u0000 ";

    /** Returns the lineage of the new snapshot for the number of its last change. */
    private final LongFunction<SnapshotLineage> lineage;

    private final Shared shared;
    private final BitSet live;
    private final BitSet statements;
    private final BitSet withheld;
    private final BitSet embedded;
    private final LongColumn.Edit numbers;
    private final LongColumn.Edit times;
    private final LongColumn.Edit links;
    private final LongColumn.Edit userAndSpeaker;
    private final LongColumn.Edit groupAndVector;
    private final LongColumn.Edit attributes;
    private final LongColumn.Edit forms;
    private final LongColumn.Edit groups;
    private final BitSet displaced;
    private final Map<Long, Integer> moved;
    private final Map<Integer, Long> movedNumbers;
    private final long[] bounds;
    /** Whether {@link #done} links all turns at once, instead of linking each turn when it is added. */
    private final boolean bulk;

    private long lastReworded;
    private int size;
    private int aligned;
    private int items;
    private int groupCount;
    private int knownGroups;
    private long allLengths;
    private final LengthHistogram.Edit messageLengths;
    private boolean statementsChanged;

    /**
     * Creates a builder of a snapshot that follows {@code from} in its lineage.
     *
     * @param from earlier snapshot
     * @param bulk true if {@code from} is empty and all items are added at once
     */
    SnapshotBuilder(IndexSnapshot from, boolean bulk) {
        this(from.state, from.state.lineage()::next, from.state.shared(), bulk);
    }

    /**
     * Creates a builder of a snapshot that starts a lineage of its own.
     *
     * @param from earlier snapshot
     * @param shared shared structures of the new snapshot
     */
    SnapshotBuilder(IndexSnapshot from, Shared shared) {
        this(from.state, SnapshotLineage::first, shared, false);
    }

    private SnapshotBuilder(State from, LongFunction<SnapshotLineage> lineage, Shared shared, boolean bulk) {
        this.lineage = lineage;
        this.shared = shared;
        this.bulk = bulk;
        this.live = (BitSet) from.live().clone();
        this.statements = (BitSet) from.statements().clone();
        this.withheld = (BitSet) from.withheld().clone();
        this.embedded = (BitSet) from.embedded().clone();
        this.numbers = from.numbers().edit();
        this.times = from.times().edit();
        this.links = from.links().edit();
        this.userAndSpeaker = from.userAndSpeaker().edit();
        this.groupAndVector = from.groupAndVector().edit();
        this.attributes = from.attributes().edit();
        this.forms = from.forms().edit();
        this.groups = from.groups().edit();
        this.displaced = (BitSet) from.displaced().clone();
        this.moved = new HashMap<>(from.moved());
        this.movedNumbers = new HashMap<>(from.movedNumbers());
        this.bounds = from.bounds();
        this.lastReworded = from.lastReworded();
        this.size = from.size();
        this.aligned = from.aligned();
        this.items = from.totals().items();
        this.groupCount = from.totals().groups();
        this.allLengths = from.totals().length();
        this.messageLengths = from.totals().messageLengths().edit();
        this.knownGroups = from.knownGroups();
    }

    /**
     * Adds an item whose number is above those of all items so far.
     *
     * @param row item with its vector, if it has one
     */
    void add(ItemRow row) {
        add(row, NONE);
    }

    /**
     * Adds an item whose number is above those of all items so far.
     *
     * @param row item
     * @param vectorOrdinal vector ordinal at which the vector is already stored, or {@link VectorStore#NONE}
     */
    void add(ItemRow row, int vectorOrdinal) {
        append(row, row.number(), vectorOrdinal);
    }

    /**
     * Records that a change may have changed the terms of an item.
     *
     * @param change number of the change
     */
    void reworded(long change) {
        lastReworded = Math.max(lastReworded, change);
    }

    /**
     * Assigns the next ordinal to an item that no longer exists, so that later ordinals stay aligned with the vector
     * ordinals.
     *
     * @param number item number
     */
    void dead(long number) {
        numbers.set(size, number);
        times.set(size, 0);
        links.set(size, LongColumn.pair(NONE, NONE));
        userAndSpeaker.set(size, 0);
        groupAndVector.set(size, LongColumn.pair(0, VectorStore.NONE));
        attributes.set(size, 0);
        forms.set(size, 0);
        align(VectorStore.NONE);
        size++;
    }

    /**
     * Stores the vector of an item that has none yet, at the vector ordinal that was left empty for the item.
     *
     * @param ordinal ordinal of the item
     * @param row item with its vector
     * @param stored vector ordinal at which the vector is already stored, or {@link VectorStore#NONE}
     * @return false if the vector cannot be stored there; the caller then moves the item
     */
    boolean embed(int ordinal, ItemRow row, int stored) {
        long entry = groupAndVector.get(ordinal);
        boolean filled = row.vector().isPresent()
                && LongColumn.low(entry) == VectorStore.NONE
                && (stored == ordinal
                        || shared.vectors().fill(ordinal, row.vector().get()));
        if (filled) {
            groupAndVector.set(ordinal, LongColumn.pair(LongColumn.high(entry), ordinal));
            embedded.set(ordinal);
        }
        return filled;
    }

    /**
     * Adds an item whose number is below that of another item. No live item may have the number.
     *
     * @param row item with its vector, if it has one
     * @param since number of the change since which the item has its new ordinal
     */
    void move(ItemRow row, long since) {
        move(row, since, NONE);
    }

    /**
     * Adds an item whose number is below that of another item. No live item may have the number.
     *
     * @param row item
     * @param since number of the change since which the item has its new ordinal
     * @param vectorOrdinal vector ordinal at which the vector is already stored, or {@link VectorStore#NONE}
     */
    void move(ItemRow row, long since, int vectorOrdinal) {
        displaced.set(size);
        moved.put(row.number(), size);
        movedNumbers.put(size, row.number());
        append(row, since, vectorOrdinal);
    }

    private void append(ItemRow row, long key, int stored) {
        int ordinal = size;
        int vectorOrdinal = stored != VectorStore.NONE
                ? stored
                : row.vector().map(shared.vectors()::add).orElse(VectorStore.NONE);
        if (vectorOrdinal == VectorStore.NONE
                && aligned == ordinal
                && shared.vectors().size() == ordinal) {
            shared.vectors().skip();
        }
        align(vectorOrdinal);
        size++;
        boolean withheldItem = (row.traits() & TextTraits.WITHHELD) != 0;
        // A withheld reply is no turn of its conversation: the turns around it are neighbors.
        int group = shared.groups()
                .of(row.message() && !withheldItem ? row.session() : STATEMENT_GROUP_PREFIX + row.number());
        numbers.set(ordinal, key);
        times.set(ordinal, row.at().toEpochMilli());
        links.set(ordinal, LongColumn.pair(NONE, NONE));
        userAndSpeaker.set(
                ordinal,
                LongColumn.pair(shared.users().of(row.user()), shared.speakers().of(row.speaker())));
        groupAndVector.set(ordinal, LongColumn.pair(group, vectorOrdinal));
        embedded.set(ordinal, vectorOrdinal != VectorStore.NONE);
        int length = Math.min(row.length(), IndexSnapshot.MAX_LENGTH);
        attributes.set(
                ordinal,
                LongColumn.pair(
                        shared.facts().of(ItemAttributes.of(row)),
                        length << TextTraits.BITS | (row.traits() & TextTraits.ALL)));
        forms.set(ordinal, row.form());
        live.set(ordinal);
        withheld.set(ordinal, withheldItem);
        if (row.message()) {
            shared.messageSpeakers().add(row.speaker());
            messageLengths.add(length, 1);
        } else {
            statements.set(ordinal);
            statementsChanged = true;
        }
        items++;
        allLengths += length;
        long lengthAndLast = group < knownGroups ? groups.get(group) : LongColumn.pair(0, NONE);
        int last = LongColumn.low(lengthAndLast);
        for (; knownGroups <= group; knownGroups++) {
            groups.set(knownGroups, LongColumn.pair(0, NONE));
        }
        if (last == NONE) {
            groupCount++;
        }
        int groupLength = LongColumn.high(lengthAndLast) + length;
        if (bulk) {
            groups.set(group, LongColumn.pair(groupLength, ordinal));
        } else {
            int before = last;
            int after = NONE;
            while (before != NONE && later(before, ordinal)) {
                after = before;
                before = LongColumn.high(links.get(before));
            }
            link(before, ordinal);
            link(ordinal, after);
            groups.set(group, LongColumn.pair(groupLength, after == NONE ? ordinal : last));
        }
    }

    /** Extends the aligned range by the next ordinal if its vector has the same ordinal, or if it has no vector. */
    private void align(int vectorOrdinal) {
        if (aligned == size && (vectorOrdinal == size || vectorOrdinal == VectorStore.NONE)) {
            aligned++;
        }
    }

    private int lengthOf(int ordinal) {
        return LongColumn.low(attributes.get(ordinal)) >>> TextTraits.BITS;
    }

    /** Returns whether turn {@code a} comes after turn {@code b}: by time, then by item number. */
    private boolean later(int a, int b) {
        int byTime = Long.compare(times.get(a), times.get(b));
        return byTime > 0 || (byTime == 0 && number(a) > number(b));
    }

    private long number(int ordinal) {
        Long movedNumber = movedNumbers.get(ordinal);
        return movedNumber == null ? numbers.get(ordinal) : movedNumber;
    }

    private void link(int before, int after) {
        if (before != NONE) {
            links.set(before, LongColumn.pair(LongColumn.high(links.get(before)), after));
        }
        if (after != NONE) {
            links.set(after, LongColumn.pair(before, LongColumn.low(links.get(after))));
        }
    }

    /**
     * Removes an item; its ordinal becomes dead.
     *
     * @param ordinal ordinal of the item; {@link IndexSnapshot#NONE} to do nothing
     */
    void remove(int ordinal) {
        if (ordinal == NONE) {
            return;
        }
        live.clear(ordinal);
        withheld.clear(ordinal);
        if (statements.get(ordinal)) {
            statements.clear(ordinal);
            statementsChanged = true;
        } else {
            messageLengths.add(lengthOf(ordinal), -1);
        }
        Long movedNumber = movedNumbers.remove(ordinal);
        if (movedNumber != null) {
            moved.remove(movedNumber);
        }
        int before = LongColumn.high(links.get(ordinal));
        int after = LongColumn.low(links.get(ordinal));
        link(before, after);
        items--;
        allLengths -= lengthOf(ordinal);
        int group = LongColumn.high(groupAndVector.get(ordinal));
        long lengthAndLast = groups.get(group);
        int last = LongColumn.low(lengthAndLast) == ordinal ? before : LongColumn.low(lengthAndLast);
        groups.set(group, LongColumn.pair(LongColumn.high(lengthAndLast) - lengthOf(ordinal), last));
        if (last == NONE) {
            groupCount--;
        }
    }

    /**
     * Builds the snapshot. The builder must not be used afterwards.
     *
     * @param change number of the last change contained in the snapshot
     * @return the new snapshot
     */
    IndexSnapshot done(long change) {
        if (bulk) {
            linkAll();
        }
        shared.vectors().encode();
        return new IndexSnapshot(new State(
                lineage.apply(change),
                size,
                aligned,
                live,
                statements,
                withheld,
                embedded,
                numbers.done(),
                times.done(),
                links.done(),
                userAndSpeaker.done(),
                groupAndVector.done(),
                attributes.done(),
                forms.done(),
                groups.done(),
                knownGroups,
                new Totals(items, groupCount, allLengths, messageLengths.done()),
                bulk ? change : lastReworded,
                displaced,
                Map.copyOf(moved),
                Map.copyOf(movedNumbers),
                statementsChanged ? bounds() : bounds,
                shared));
    }

    /** Links the turns of each group by time. */
    private void linkAll() {
        // Counting sort of the live ordinals by group; ordinals ascend within a group.
        var starts = new int[knownGroups + 1];
        live.stream().forEach(ordinal -> starts[LongColumn.high(groupAndVector.get(ordinal)) + 1]++);
        for (int group = 0; group < knownGroups; group++) {
            starts[group + 1] += starts[group];
        }
        var sorted = new int[items];
        int[] next = starts.clone();
        live.stream().forEach(ordinal -> sorted[next[LongColumn.high(groupAndVector.get(ordinal))]++] = ordinal);
        for (int group = 0; group < knownGroups; group++) {
            int[] turns = inOrder(Arrays.copyOfRange(sorted, starts[group], starts[group + 1]));
            for (int i = 1; i < turns.length; i++) {
                link(turns[i - 1], turns[i]);
            }
            if (turns.length > 0) {
                groups.set(group, LongColumn.pair(LongColumn.high(groups.get(group)), turns[turns.length - 1]));
            }
        }
    }

    /** Returns turns sorted by time; the array itself if it is sorted already. */
    private int[] inOrder(int[] turns) {
        for (int i = 1; i < turns.length; i++) {
            if (later(turns[i - 1], turns[i])) {
                return Arrays.stream(turns)
                        .boxed()
                        .sorted((a, b) -> later(a, b) ? 1 : later(b, a) ? -1 : 0)
                        .mapToInt(Integer::intValue)
                        .toArray();
            }
        }
        return turns;
    }

    /** Returns the distinct times at which a validity begins or ends, ascending, in milliseconds since the epoch. */
    private long[] bounds() {
        var distinctBounds = new TreeSet<Long>();
        statements.stream().forEach(ordinal -> {
            ItemAttributes facts = shared.facts().get(LongColumn.high(attributes.get(ordinal)));
            facts.validFrom().ifPresent(from -> distinctBounds.add(from.toEpochMilli()));
            facts.validTo().ifPresent(to -> distinctBounds.add(to.toEpochMilli()));
        });
        return distinctBounds.stream().mapToLong(Long::longValue).toArray();
    }
}
