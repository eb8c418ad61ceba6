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

/** A later picture in the making. For one thread. */
final class SnapshotBuilder {

    /** The group of what is no message has no session's name: no id holds this. */
    private static final String STATEMENT = "\u0000 ";

    /** Makes the moment of the picture from its change. */
    private final LongFunction<SnapshotLineage> moment;

    private final Shared shared;
    private final BitSet live;
    private final BitSet statements;
    private final BitSet embedded;
    private final LongColumn.Edit numbers;
    private final LongColumn.Edit times;
    private final LongColumn.Edit links;
    private final LongColumn.Edit people;
    private final LongColumn.Edit where;
    private final LongColumn.Edit what;
    private final LongColumn.Edit groups;
    private final BitSet displaced;
    private final Map<Long, Integer> moved;
    private final Map<Integer, Long> movedNumbers;
    private final long[] bounds;
    /** Whether turns are linked at the end, all at once, and not one by one. */
    private final boolean bulk;

    private long lastReworded;
    private int size;
    private int aligned;
    private int items;
    private int groupCount;
    private int knownGroups;
    private long allLengths;
    private boolean statementsChanged;

    /** @param bulk whether all there will be is added now */
    SnapshotBuilder(IndexSnapshot from, boolean bulk) {
        this(from.state, from.state.moment()::next, from.state.shared(), bulk);
    }

    /** A picture that none follows. */
    SnapshotBuilder(IndexSnapshot from, Shared shared) {
        this(from.state, SnapshotLineage::first, shared, false);
    }

    private SnapshotBuilder(State from, LongFunction<SnapshotLineage> moment, Shared shared, boolean bulk) {
        this.moment = moment;
        this.shared = shared;
        this.bulk = bulk;
        this.live = (BitSet) from.live().clone();
        this.statements = (BitSet) from.statements().clone();
        this.embedded = (BitSet) from.embedded().clone();
        this.numbers = from.numbers().edit();
        this.times = from.times().edit();
        this.links = from.links().edit();
        this.people = from.people().edit();
        this.where = from.where().edit();
        this.what = from.what().edit();
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
        this.knownGroups = from.knownGroups();
    }

    /** Adds an item whose number is above all there are. */
    void add(ItemRow row) {
        add(row, NONE);
    }

    /** @param place where its vector is already, or {@link VectorStore#NONE} */
    void add(ItemRow row, int place) {
        append(row, row.number(), place);
    }

    /** Notes that an item may have got other words by a change. */
    void reworded(long at) {
        lastReworded = Math.max(lastReworded, at);
    }

    /** Takes the slot of an item that is not there any more. */
    void dead(long number) {
        numbers.set(size, number);
        times.set(size, 0);
        links.set(size, LongColumn.pair(NONE, NONE));
        people.set(size, 0);
        where.set(size, LongColumn.pair(0, VectorStore.NONE));
        what.set(size, 0);
        align(VectorStore.NONE);
        size++;
    }

    /**
     * Gives an item that has no vector its vector, at the place that was left empty for it.
     *
     * @param known where the vector is already, or {@link VectorStore#NONE}
     * @return whether it could: else the item is to be moved
     */
    boolean embed(int slot, ItemRow row, int known) {
        long at = where.get(slot);
        boolean there = row.vector().isPresent()
                && LongColumn.low(at) == VectorStore.NONE
                && (known == slot || shared.vectors().fill(slot, row.vector().get()));
        if (there) {
            where.set(slot, LongColumn.pair(LongColumn.high(at), slot));
            embedded.set(slot);
        }
        return there;
    }

    void move(ItemRow row, long since) {
        move(row, since, NONE);
    }

    /** Adds an item whose number is below some that are there; no live item has it. */
    void move(ItemRow row, long since, int place) {
        displaced.set(size);
        moved.put(row.number(), size);
        movedNumbers.put(size, row.number());
        append(row, since, place);
    }

    private void append(ItemRow row, long key, int known) {
        int slot = size;
        int place = known != VectorStore.NONE
                ? known
                : row.vector().map(shared.vectors()::add).orElse(VectorStore.NONE);
        if (place == VectorStore.NONE && aligned == slot && shared.vectors().size() == slot) {
            shared.vectors().skip();
        }
        align(place);
        size++;
        int group = shared.groups().of(row.message() ? row.session() : STATEMENT + row.number());
        numbers.set(slot, key);
        times.set(slot, row.at().toEpochMilli());
        links.set(slot, LongColumn.pair(NONE, NONE));
        people.set(
                slot,
                LongColumn.pair(shared.users().of(row.user()), shared.speakers().of(row.speaker())));
        where.set(slot, LongColumn.pair(group, place));
        embedded.set(slot, place != VectorStore.NONE);
        int length = Math.min(row.length(), IndexSnapshot.MAX_LENGTH);
        what.set(
                slot,
                LongColumn.pair(
                        shared.facts().of(ItemAttributes.of(row)),
                        length << TextTraits.BITS | (row.traits() & TextTraits.ALL)));
        live.set(slot);
        if (row.message()) {
            shared.voices().add(row.speaker());
        } else {
            statements.set(slot);
            statementsChanged = true;
        }
        items++;
        allLengths += length;
        long total = group < knownGroups ? groups.get(group) : LongColumn.pair(0, NONE);
        int last = LongColumn.low(total);
        for (; knownGroups <= group; knownGroups++) {
            groups.set(knownGroups, LongColumn.pair(0, NONE));
        }
        if (last == NONE) {
            groupCount++;
        }
        int sum = LongColumn.high(total) + length;
        if (bulk) {
            groups.set(group, LongColumn.pair(sum, slot));
        } else {
            int before = last;
            int after = NONE;
            while (before != NONE && later(before, slot)) {
                after = before;
                before = LongColumn.high(links.get(before));
            }
            link(before, slot);
            link(slot, after);
            groups.set(group, LongColumn.pair(sum, after == NONE ? slot : last));
        }
    }

    /** Notes that the next slot has this place, if it keeps step. */
    private void align(int place) {
        if (aligned == size && (place == size || place == VectorStore.NONE)) {
            aligned++;
        }
    }

    private int lengthOf(int slot) {
        return LongColumn.low(what.get(slot)) >>> TextTraits.BITS;
    }

    /** Whether one turn was said after another. */
    private boolean later(int a, int b) {
        int byTime = Long.compare(times.get(a), times.get(b));
        return byTime > 0 || (byTime == 0 && number(a) > number(b));
    }

    private long number(int slot) {
        Long other = movedNumbers.get(slot);
        return other == null ? numbers.get(slot) : other;
    }

    private void link(int before, int after) {
        if (before != NONE) {
            links.set(before, LongColumn.pair(LongColumn.high(links.get(before)), after));
        }
        if (after != NONE) {
            links.set(after, LongColumn.pair(before, LongColumn.low(links.get(after))));
        }
    }

    /** Takes an item away. */
    void remove(int slot) {
        if (slot == NONE) {
            return;
        }
        live.clear(slot);
        if (statements.get(slot)) {
            statements.clear(slot);
            statementsChanged = true;
        }
        Long movedNumber = movedNumbers.remove(slot);
        if (movedNumber != null) {
            moved.remove(movedNumber);
        }
        int before = LongColumn.high(links.get(slot));
        int after = LongColumn.low(links.get(slot));
        link(before, after);
        items--;
        allLengths -= lengthOf(slot);
        int group = LongColumn.high(where.get(slot));
        long now = groups.get(group);
        int last = LongColumn.low(now) == slot ? before : LongColumn.low(now);
        groups.set(group, LongColumn.pair(LongColumn.high(now) - lengthOf(slot), last));
        if (last == NONE) {
            groupCount--;
        }
    }

    /** The picture at a change; the edit must not be used any more. */
    IndexSnapshot done(long change) {
        if (bulk) {
            linkAll();
        }
        shared.vectors().encode();
        return new IndexSnapshot(new State(
                moment.apply(change),
                size,
                aligned,
                live,
                statements,
                embedded,
                numbers.done(),
                times.done(),
                links.done(),
                people.done(),
                where.done(),
                what.done(),
                groups.done(),
                knownGroups,
                new Totals(items, groupCount, allLengths),
                bulk ? change : lastReworded,
                displaced,
                Map.copyOf(moved),
                Map.copyOf(movedNumbers),
                statementsChanged ? bounds() : bounds,
                shared));
    }

    /** Links the turns of each group by time. */
    private void linkAll() {
        // Slots in the order of their groups, and of their numbers in each.
        var starts = new int[knownGroups + 1];
        live.stream().forEach(slot -> starts[LongColumn.high(where.get(slot)) + 1]++);
        for (int group = 0; group < knownGroups; group++) {
            starts[group + 1] += starts[group];
        }
        var sorted = new int[items];
        int[] next = starts.clone();
        live.stream().forEach(slot -> sorted[next[LongColumn.high(where.get(slot))]++] = slot);
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

    /** The times at which a validity begins or ends, each once, in order. */
    private long[] bounds() {
        var all = new TreeSet<Long>();
        statements.stream().forEach(slot -> {
            ItemAttributes facts = shared.facts().get(LongColumn.high(what.get(slot)));
            facts.validFrom().ifPresent(from -> all.add(from.toEpochMilli()));
            facts.validTo().ifPresent(to -> all.add(to.toEpochMilli()));
        });
        return all.stream().mapToLong(Long::longValue).toArray();
    }
}
