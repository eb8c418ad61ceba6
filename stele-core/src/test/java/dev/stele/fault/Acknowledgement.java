package dev.stele.fault;

import java.util.List;

/**
 * Something that a call acknowledged, and that must be true from then on.
 *
 * @param claim what is claimed
 * @param arguments the agent first, then ids and numbers of the claim; without tabs
 */
record Acknowledgement(Claim claim, List<String> arguments) {

    /** Kinds of claims. */
    enum Claim {
        /** A message exists. */
        MESSAGE,
        /** A message was erased. */
        NO_MESSAGE,
        /** A note has a text. */
        NOTE,
        /** An entity can be found by a name. */
        ENTITY,
        /** A name belongs to the entity of another name. */
        MERGED,
        /** A user context has counted at least so many interactions. */
        CONTEXT,
        /** A user was erased. */
        NO_USER,
        /** An interaction was recorded. */
        INTERACTION,
        /** A document was stored. */
        DOCUMENT,
        /** A session has a title. */
        TITLE,
        /** A background job is stored. */
        TASK,
        /** A backup can be restored. */
        BACKUP,
        /** An agent exists and has at least so many messages. */
        AGENT,
        /** An agent was erased. */
        NO_AGENT
    }

    static Acknowledgement of(Claim claim, Object... arguments) {
        return new Acknowledgement(
                claim, java.util.Arrays.stream(arguments).map(String::valueOf).toList());
    }

    String agent() {
        return arguments.getFirst();
    }

    String argument(int index) {
        return arguments.get(index);
    }

    /** The line by which a process tells it. */
    String line() {
        return "ack\t" + claim + "\t" + String.join("\t", arguments);
    }

    static Acknowledgement parse(String line) {
        List<String> parts = List.of(line.split("\t", -1));
        return new Acknowledgement(Claim.valueOf(parts.get(1)), parts.subList(2, parts.size()));
    }
}
