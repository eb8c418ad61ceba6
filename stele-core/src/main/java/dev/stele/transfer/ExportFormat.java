package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Format in which an agent can be exported. */
public enum ExportFormat {
    /** Everything with its history as JSON lines, see {@link Exporter}. */
    STELE(false),
    /** The current graph as JSON lines of the reference memory server of the Model Context Protocol. */
    MCP_MEMORY(false),
    /** The current entities and notes as a zip file of Markdown files, see {@link MarkdownExporter}. */
    MARKDOWN(true),
    /** The current notes and the messages as a zip file of Portable AI Memory, see {@link PamExporter}. */
    PAM(true);

    private final boolean isZip;

    ExportFormat(boolean isZip) {
        this.isZip = isZip;
    }

    /** Returns whether the export is a zip file; otherwise it is text. */
    public boolean isZip() {
        return isZip;
    }

    /** Returns the name used in options: lower-case words separated by hyphens. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Returns the format with a name, ignoring case.
     *
     * @throws InvalidInputException if there is no such format; the message lists all formats
     */
    public static ExportFormat of(String label) {
        return Arrays.stream(values())
                .filter(format -> format.label().equals(label.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("The format " + Json.write(label)
                        + " is unknown; use one of "
                        + Arrays.stream(values()).map(ExportFormat::label).collect(Collectors.joining(", ")) + "."));
    }
}
