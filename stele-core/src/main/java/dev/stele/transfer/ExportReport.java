package dev.stele.transfer;

import java.util.List;

/**
 * Result of an export. Immutable.
 *
 * @param lines number of written lines, or of files of a zip file
 * @param damaged descriptions of what was left out because it is damaged; empty if the export is complete
 */
public record ExportReport(long lines, List<String> damaged) {

    public ExportReport {
        damaged = List.copyOf(damaged);
    }
}
