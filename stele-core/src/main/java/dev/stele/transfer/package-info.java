/**
 * Export of a memory to a file, and import of Stele exports, chats, LoCoMo conversations and graphs of the MCP
 * reference memory server.
 */
@NullMarked
package dev.stele.transfer;

import org.jspecify.annotations.NullMarked;
