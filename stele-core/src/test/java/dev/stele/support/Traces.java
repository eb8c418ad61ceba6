package dev.stele.support;

import dev.stele.config.SteleConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * Search for a word in everything that a memory stores: bytes of files, cells of tables, terms and trigrams of indexes.
 */
public final class Traces {

    private Traces() {}

    /**
     * Returns where a word is found, ignoring case.
     *
     * @param data directory of the memory, which {@link Stores#at} was given
     * @param word word of ASCII letters
     */
    public static List<String> of(Path data, String word) {
        var found = new ArrayList<String>();
        String wanted = word.toLowerCase(Locale.ROOT);
        try (var files = Files.walk(data)) {
            files(data, word).forEach(file -> found.add("file " + data.relativize(file)));
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.getFileName().toString().equals("memory.db")) {
                    try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file)) {
                        cells(db, List.of(), wanted, found);
                        terms(db, wanted, found);
                    }
                }
            }
            SteleConfig config = Stores.at(data);
            if (config.database().isPresent()) {
                try (Connection db =
                        DriverManager.getConnection(config.database().get().url())) {
                    cells(db, List.of("stele"), wanted, found);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return found;
    }

    /**
     * Returns the files whose bytes contain a text, packed or not, ignoring case.
     *
     * @param data directory that is searched with its subdirectories
     */
    public static List<Path> files(Path data, String text) throws IOException {
        String wanted =
                new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        var found = new ArrayList<Path>();
        try (var files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (text(file).contains(wanted)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private static String text(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (file.toString().endsWith(".gz")) {
            bytes = new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
        }
        return new String(bytes, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    }

    private static void cells(Connection db, List<String> schemas, String wanted, List<String> found)
            throws SQLException {
        var tables = new ArrayList<String>();
        try (ResultSet rows = db.getMetaData()
                .getTables(null, schemas.isEmpty() ? null : schemas.getFirst(), "%", new String[] {"TABLE"})) {
            while (rows.next()) {
                tables.add(schemas.isEmpty() ? rows.getString(3) : rows.getString(2) + "." + rows.getString(3));
            }
        }
        for (String table : tables) {
            if (table.startsWith("sqlite_") || table.startsWith("keyword") || table.equals("graph_text")) {
                continue; // the terms of these are searched as terms
            }
            try (var statement = db.createStatement();
                    ResultSet rows = statement.executeQuery("select * from " + table)) {
                int columns = rows.getMetaData().getColumnCount();
                boolean hit = false;
                while (rows.next() && !hit) {
                    for (int column = 1; column <= columns && !hit; column++) {
                        String cell = rows.getString(column);
                        hit = cell != null && cell.toLowerCase(Locale.ROOT).contains(wanted);
                    }
                }
                if (hit) {
                    found.add("table " + table);
                }
            }
        }
    }

    /** Finds the word among the terms of the keyword index, and its trigrams among those of the graph. */
    private static void terms(Connection db, String wanted, List<String> found) throws SQLException {
        try (var statement = db.createStatement()) {
            statement.execute("create virtual table temp.words using fts5vocab(main, keyword, row)");
            statement.execute("create virtual table temp.pieces using fts5vocab(main, graph_text, row)");
            if (count(db, "select count(*) from temp.words where term like '" + wanted.substring(0, 5) + "%'") > 0) {
                found.add("terms of the keyword index");
            }
            for (int i = 0; i + 3 <= wanted.length(); i++) {
                if (count(db, "select count(*) from temp.pieces where term = '" + wanted.substring(i, i + 3) + "'")
                        > 0) {
                    found.add("trigram " + wanted.substring(i, i + 3));
                }
            }
        }
    }

    private static long count(Connection db, String sql) throws SQLException {
        try (var statement = db.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
