/**
 * Text files of an agent, for the memory tool of language models.
 *
 * <p>Flow: {@link dev.stele.files.MemoryFiles} parses the input of a tool call as a
 * {@link dev.stele.files.MemoryCommand} and runs the command on the agent's store; the
 * {@link dev.stele.files.MemoryReply} has the text that the model receives. A file is a note of the category
 * {@link dev.stele.model.Note#FILE} whose id contains the path; versions, recall, erasure, export and backup of notes
 * therefore apply to files.
 */
@NullMarked
package dev.stele.files;

import org.jspecify.annotations.NullMarked;
