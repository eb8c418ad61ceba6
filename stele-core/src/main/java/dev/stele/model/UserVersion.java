package dev.stele.model;

import java.time.Instant;

/**
 * Version of a user context. Immutable.
 *
 * @param context the context as of this version
 * @param at time at which the version was written
 */
public record UserVersion(UserContext context, Instant at) {}
