/**
 * The Model Context Protocol: what a client may ask of a memory, whichever way its messages come. A session belongs to one client;
 * all else is shared and immutable.
 */
@NullMarked
package dev.stele.mcp;

import org.jspecify.annotations.NullMarked;
