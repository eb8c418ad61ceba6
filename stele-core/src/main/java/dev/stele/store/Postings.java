package dev.stele.store;

/**
 * Where one term occurs.
 *
 * @param items item numbers, ascending; an item stands once for each occurrence
 * @param inContext for each occurrence, whether it is in the context rather than the body
 */
public record Postings(long[] items, boolean[] inContext) {}
