package dev.stele.postgres;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Linearizability checker for the calls on one register (Herlihy and Wing, 1990).
 *
 * <p>A history is linearizable if each call can be assigned a point in time between its invocation and its response
 * such that the results agree with a sequential execution. The problem is hard for registers in general, but easy here,
 * because version numbers give the order of the writes.
 */
final class LinearizabilityChecker {

    /**
     * Call on the register.
     *
     * @param write whether the call wrote {@code version}; otherwise it read it
     * @param called time of the invocation
     * @param answered time of the response
     * @param wrote value that was written or read
     */
    record Call(boolean write, long called, long answered, long version, long wrote) {}

    private LinearizabilityChecker() {}

    /**
     * Returns the reason why a history is not linearizable; empty if it is. Versions start at 1; a read before the
     * first write returns version 0 and value 0.
     */
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
                    return Optional.of("a read returned version " + call.version()
                            + " with a value that was not written: " + call.wrote());
                }
                if (source.called() > call.answered()) {
                    return Optional.of("a read saw version " + call.version() + " before it was written");
                }
            }
        }
        // No call may return an older version than a call that had returned before its invocation.
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
