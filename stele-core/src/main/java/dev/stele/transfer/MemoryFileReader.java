package dev.stele.transfer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Reader of the files of a memory directory, which the memory tool of Claude keeps below {@code /memories}, and of
 * other plain files of memories such as {@code MEMORY.md}. The tool prescribes no structure: a file is text or
 * Markdown. Each paragraph and each list item becomes a note with the metadata {@code file} and {@code heading}. A
 * note's time is the time at which the file was changed.
 */
final class MemoryFileReader {

    private final NoteWriter notes;

    MemoryFileReader(NoteWriter notes) {
        this.notes = notes;
    }

    /**
     * Reads a file.
     *
     * @param name path of the file in its folder
     */
    void read(String name, String text, Optional<Instant> changedAt, EntrySink sink) {
        notes.blocks(name, text, List.of(), changedAt, sink);
    }
}
