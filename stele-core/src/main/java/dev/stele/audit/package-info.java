/**
 * Audit log: who administered or corrected a memory, through which surface, and with which outcome. A surface reports
 * each operation at one place: the server after a request, an MCP server after a call of a tool, a command before its
 * process ends. Not part of the API of the library.
 */
@NullMarked
package dev.stele.audit;

import org.jspecify.annotations.NullMarked;
