/**
 * Erasure: the closure of what goes with an erased item, and what stays without it. {@link dev.stele.erasure.Erasure}
 * works within one write transaction on the lineage that the store keeps; {@link dev.stele.erasure.SourceTexts} decides
 * which words only the erased sources had.
 */
@NullMarked
package dev.stele.erasure;

import org.jspecify.annotations.NullMarked;
