package dev.stele.postgres;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Calls on one register whose writes are numbered, with when they were made and answered, and whether they can have happened one after
 * another, each between its call and its answer, and in no other way than was seen (linearizable, Herlihy and Wing 1990). That is
 * hard to tell of registers in general and easy here, for the numbers say in which order the writes took effect.
 */
final class History {

    /**
     * @param write whether it wrote version {@code version}; else it read it
     * @param wrote what the version held after it, or was read to hold
     */
    record Call(boolean write, long called, long answered, long version, long wrote) {}

    private History() {}

    /** What is wrong with a history; empty if nothing is. Versions begin with 1; a read before the first write sees 0 and 0. */
    static Optional<String> problem(List<Call> calls) {
        Map<Long, Call> writes = new HashMap<>();
        for (Call call : calls) {
            if (call.write() && writes.put(call.version(), call) != null) {
                return Optional.of("two writes made version " + call.version());
            }
        }
        for (long version = 1; version <= writes.size(); version++) {
            if (!writes.containsKey(version)) {
                return Optional.of("no write made version " + version + " of " + writes.size());
            }
        }
        for (Call call : calls) {
            if (!call.write() && call.version() > 0) {
                Call source = writes.get(call.version());
                if (source == null || source.wrote() != call.wrote()) {
                    return Optional.of(
                            "a read saw in version " + call.version() + " what was not written: " + call.wrote());
                }
                if (source.called() > call.answered()) {
                    return Optional.of("a read saw version " + call.version() + " before it was written");
                }
            }
        }
        // No call may see less than one that was answered before it was made.
        List<Call> byCall = new ArrayList<>(calls);
        byCall.sort(Comparator.comparingLong(Call::called));
        List<Call> byAnswer = new ArrayList<>(calls);
        byAnswer.sort(Comparator.comparingLong(Call::answered));
        int answered = 0;
        long seen = 0;
        for (Call call : byCall) {
            while (answered < byAnswer.size() && byAnswer.get(answered).answered() < call.called()) {
                seen = Math.max(seen, byAnswer.get(answered++).version());
            }
            if (call.write() ? call.version() <= seen : call.version() < seen) {
                return Optional.of((call.write() ? "a write made" : "a read saw") + " version " + call.version()
                        + " after version " + seen + " had been seen");
            }
        }
        return Optional.empty();
    }
}
