package dev.stele.transfer;

import dev.stele.model.InvalidInputException;
import dev.stele.model.Role;
import dev.stele.model.Sha256;
import dev.stele.transfer.TurnWriter.Turn;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reader of the CSV files of Microsoft's privacy dashboard with the activity of Copilot. The header names the columns:
 *
 * <ul>
 *   <li>{@code copilot-activity-history.csv}: Conversation, Time, Author, Message;
 *   <li>{@code copilot-chat-activity.csv}: CreatedAt, MessageContent, Author, ChatName;
 *   <li>{@code windows-apps-copilot-activity-history.csv}: Timestamp, ClientApp, Prompt.
 * </ul>
 *
 * The author is Human or user for the user, and any other name for Copilot. The files name no ids: each conversation
 * name is a session. The latest row comes first in some files, so that all rows are ordered by their times; of two rows
 * of the same time the user's comes first. Fields are separated by commas and may be quoted, as in RFC 4180.
 */
final class CopilotReader {

    private static final List<String> CONVERSATIONS = List.of("conversation", "chatname", "clientapp");
    private static final List<String> TIMES = List.of("time", "createdat", "timestamp");
    private static final List<String> TEXTS = List.of("message", "messagecontent", "prompt");

    private final TurnWriter turns;
    private final int maxChars;

    /** Row of the file. */
    private record Row(long number, String conversation, String time, Optional<Instant> at, Role role, String text) {}

    CopilotReader(TurnWriter turns, int maxChars) {
        this.turns = turns;
        this.maxChars = maxChars;
    }

    /** Returns whether a line is the header of one of the files. */
    static boolean isHeader(String line) {
        List<String> names = columns(List.of(line.strip().split(",", -1)));
        return indexOf(names, TIMES) >= 0
                && indexOf(names, TEXTS) >= 0
                && indexOf(names, CONVERSATIONS) >= 0
                && names.size() <= 8;
    }

    private static List<String> columns(List<String> header) {
        return header.stream()
                .map(name -> name.strip().replace("\"", "").toLowerCase(Locale.ROOT))
                .toList();
    }

    private static int indexOf(List<String> names, List<String> some) {
        for (int i = 0; i < names.size(); i++) {
            if (some.contains(names.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /** Reads a file. */
    void read(Reader in, EntrySink sink) throws IOException {
        var csv = new Csv(in, maxChars);
        List<String> header = csv.next();
        if (header == null) {
            throw new InvalidInputException("The file is empty; there is nothing to import.");
        }
        List<String> names = columns(header);
        int text = indexOf(names, TEXTS);
        int time = indexOf(names, TIMES);
        if (text < 0 || time < 0) {
            throw new InvalidInputException("The first row of the file is no header of an export of Copilot.");
        }
        int author = names.indexOf("author");
        int conversation = indexOf(names, CONVERSATIONS);
        var rows = new ArrayList<Row>();
        for (List<String> cells = csv.next(); cells != null; cells = csv.next()) {
            if (cells.size() != names.size()) {
                sink.refuse(
                        cells.isEmpty()
                                ? "row %d has an unclosed quotation mark, or more than %d characters (limits.import-line)"
                                        .formatted(csv.row(), maxChars)
                                : "row %d has %d fields instead of %d"
                                        .formatted(csv.row(), cells.size(), names.size()));
                continue;
            }
            Optional<Instant> at;
            try {
                at = ForeignTime.parse(cells.get(time));
            } catch (InvalidInputException e) {
                at = Optional.empty(); // the turn reports it
            }
            String speaker = author < 0 ? "user" : cells.get(author).strip().toLowerCase(Locale.ROOT);
            boolean isUser = speaker.equals("user") || speaker.equals("human");
            rows.add(new Row(
                    csv.row(),
                    conversation < 0 ? "" : cells.get(conversation).strip(),
                    cells.get(time),
                    at,
                    isUser ? Role.USER : Role.ASSISTANT,
                    cells.get(text)));
        }
        rows.sort(Comparator.comparing((Row row) -> row.at().orElse(Instant.EPOCH))
                .thenComparing(Row::role));
        rows.forEach(row -> turns.add(turn(row), sink));
        var titled = new LinkedHashMap<String, String>();
        rows.forEach(row -> titled.put(session(row), row.conversation()));
        titled.forEach((session, title) -> TurnWriter.title(session, Optional.of(title), sink));
    }

    private String session(Row row) {
        return turns.invented(
                row.conversation().isEmpty()
                        ? "copilot"
                        : "copilot-" + Sha256.hex(row.conversation()).substring(0, 16));
    }

    private Turn turn(Row row) {
        return new Turn(
                "row " + row.number(),
                Optional.empty(),
                Optional.of(session(row)),
                Optional.empty(),
                row.role(),
                Contents.of(row.text()),
                row.time(),
                new LinkedHashMap<>());
    }

    /**
     * Splitter of CSV into rows. A row that is too long yields no fields. If a quotation mark is never closed, its row
     * yields no fields, and the line after it begins the next row. Not thread-safe.
     */
    private static final class Csv {
        private Reader in;
        private final int maxChars;
        private final StringBuilder raw = new StringBuilder();
        private long row;
        private int pushedBack = -2;

        Csv(Reader in, int maxChars) {
            this.in = in;
            this.maxChars = maxChars;
        }

        /** Returns the number of the row that {@link #next} returned last, from 1 for the header. */
        long row() {
            return row;
        }

        /** Returns the fields of the next row that is not blank; null at the end. */
        @Nullable
        List<String> next() throws IOException {
            var cells = new ArrayList<String>();
            var cell = new StringBuilder();
            boolean quoted = false;
            boolean any = false;
            boolean tooLong = false;
            raw.setLength(0);
            int c = read();
            for (; c >= 0; c = read()) {
                tooLong = tooLong || raw.length() > maxChars;
                if (quoted) {
                    if (c != '"') {
                        append(cell, c, tooLong);
                    } else {
                        int following = read();
                        if (following == '"') {
                            append(cell, c, tooLong);
                        } else {
                            quoted = false;
                            pushedBack = following;
                        }
                    }
                } else if (c == '"' && cell.isEmpty()) {
                    quoted = true;
                    any = true;
                } else if (c == ',') {
                    cells.add(cell.toString());
                    cell.setLength(0);
                    any = true;
                } else if (c == '\n') {
                    if (any) {
                        break;
                    }
                    row++; // a blank row
                } else if (c != '\r') {
                    append(cell, c, tooLong);
                    any = true;
                }
            }
            if (!any) {
                return null;
            }
            row++;
            if (quoted) {
                int line = raw.indexOf("\n");
                in = new StringReader(line < 0 || tooLong ? "" : raw.substring(line + 1));
                return List.of();
            }
            cells.add(cell.toString());
            return tooLong ? List.of() : cells;
        }

        private static void append(StringBuilder cell, int c, boolean tooLong) {
            if (!tooLong) {
                cell.append((char) c);
            }
        }

        private int read() throws IOException {
            if (pushedBack != -2) {
                int c = pushedBack;
                pushedBack = -2;
                return c;
            }
            int c = in.read();
            if (c >= 0 && raw.length() <= maxChars) {
                raw.append((char) c);
            }
            return c;
        }
    }
}
