package dev.stele.cli.config;

import dev.stele.io.Secrets;
import dev.stele.model.InvalidInputException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** One line a record on standard error; standard output belongs to answers. */
public final class Logging {

    /**
     * Libraries that tell more than anybody asked for: that there is no GPU, and of each connection that came or went. That one was
     * not given back is told.
     */
    private static final List<String> CHATTY = List.of(
            "org.eclipse.jetty",
            "ai.djl",
            "org.postgresql",
            "com.zaxxer.hikari.HikariConfig",
            "com.zaxxer.hikari.HikariDataSource",
            "com.zaxxer.hikari.pool.HikariPool",
            "com.zaxxer.hikari.pool.PoolBase");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    /** Held here because the log manager holds loggers weakly. */
    private static final List<Logger> SILENCED =
            CHATTY.stream().map(Logger::getLogger).toList();

    private Logging() {}

    /** Sets the level: error, warning, info or debug. */
    public static void configure(String level) {
        Level least = switch (level) {
            case "error" -> Level.SEVERE;
            case "warning" -> Level.WARNING;
            case "info" -> Level.INFO;
            case "debug" -> Level.FINE;
            default ->
                throw new InvalidInputException("log.level is \"" + level + "\"; give error, warning, info or debug.");
        };
        LogManager.getLogManager().reset();
        Handler handler = new ConsoleHandler();
        handler.setLevel(Level.ALL);
        handler.setFormatter(new OneLine());
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        root.setLevel(least);
        SILENCED.forEach(logger -> logger.setLevel(least.equals(Level.FINE) ? Level.INFO : Level.SEVERE));
    }

    private static final class OneLine extends Formatter {
        @Override
        public String format(LogRecord entry) {
            var line = new StringBuilder()
                    .append(TIME.format(entry.getInstant()))
                    .append(' ')
                    .append(String.format(
                            Locale.ROOT,
                            "%-7s",
                            entry.getLevel().equals(Level.SEVERE)
                                    ? "ERROR"
                                    : entry.getLevel().getName()))
                    .append(' ')
                    .append(Secrets.hide(formatMessage(entry)))
                    .append('\n');
            if (entry.getThrown() != null) {
                var trace = new StringWriter();
                entry.getThrown().printStackTrace(new PrintWriter(trace));
                line.append(Secrets.hide(trace.toString()));
            }
            return line.toString();
        }
    }
}
