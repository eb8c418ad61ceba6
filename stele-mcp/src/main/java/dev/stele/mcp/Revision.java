package dev.stele.mcp;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Revisions of the Model Context Protocol that the server supports, the earliest first. The revision of a request
 * decides its framing and the envelope of its result; tools, resources and prompts are the same in all revisions.
 */
enum Revision {
    V2024_11_05("2024-11-05"),
    V2025_03_26("2025-03-26"),
    V2025_06_18("2025-06-18"),
    V2025_11_25("2025-11-25"),
    V2026_07_28("2026-07-28");

    /** Latest revision in which a client starts a session by {@code initialize}. */
    static final Revision LATEST_WITH_SESSIONS = V2025_11_25;

    private final String label;

    Revision(String label) {
        this.label = label;
    }

    /** Name of the revision in the protocol: a date. */
    String label() {
        return label;
    }

    /**
     * Returns whether each request states its revision and the capabilities of its client, and there are no sessions.
     */
    boolean isStateless() {
        return this == V2026_07_28;
    }

    /** Returns the revision with a label; empty if the value is no label of a supported revision. */
    static Optional<Revision> of(@Nullable Object label) {
        return Arrays.stream(values())
                .filter(revision -> revision.label.equals(label))
                .findFirst();
    }

    /** Labels of all revisions, the latest first. */
    static List<String> labels() {
        return Collections.unmodifiableList(
                Arrays.stream(values()).map(Revision::label).toList().reversed());
    }

    /** Returns the error for a version that is not supported. */
    static RpcError unsupported(@Nullable Object requested) {
        return RpcError.unsupportedVersion(
                "The protocol version %s is not supported; this server supports %s."
                        .formatted(requested, String.join(", ", labels())),
                labels(),
                requested);
    }
}
