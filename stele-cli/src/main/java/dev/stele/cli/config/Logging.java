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

/** Configuration of logging: one line a record on standard error, since standard output carries results. Stateless. */
public final class Logging {

    /**
     * Loggers of libraries whose messages are useful for debugging only, such as one for each connection of a pool. The
     * pool's own warning of a connection that was not returned is not among them.
     */
    private static final List<String> VERBOSE_LOGGERS = List.of(
            "org.eclipse.jetty",
            "ai.djl",
            "org.postgresql",
            "com.zaxxer.hikari.HikariConfig",
            "com.zaxxer.hikari.HikariDataSource",
            "com.zaxxer.hikari.pool.HikariPool",
            "com.zaxxer.hikari.pool.PoolBase");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    /** Strong references, because the log manager holds loggers weakly. */
    private static final List<Logger> QUIETED =
            VERBOSE_LOGGERS.stream().map(Logger::getLogger).toList();

    /**
     * Logger that is off: it reports, with a stack trace, that another process has deleted an old temporary file first. A
     * library that does not load is reported by an exception as well.
     */
    private static final Logger SILENT = Logger.getLogger("org.sqlite.SQLiteJDBCLoader");

    private Logging() {}

    /**
     * Replaces the log configuration of the process.
     *
     * @param level {@code error}, {@code warning}, {@code info} or {@code debug}
     * @throws InvalidInputException if the level is unknown
     */
    public static void configure(String level) {
        Level minimum = switch (level) {
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
        handler.setFormatter(new LineFormatter());
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        root.setLevel(minimum);
        SILENT.setLevel(Level.OFF);
        QUIETED.forEach(logger -> logger.setLevel(minimum.equals(Level.FINE) ? Level.INFO : Level.SEVERE));
    }

    private static final class LineFormatter extends Formatter {
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
