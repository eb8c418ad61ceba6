package dev.stele.store;

import dev.stele.io.Secrets;
import dev.stele.model.InvalidInputException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Connection settings of a database server that stores memories for any number of nodes. Immutable; {@link #at} returns
 * the defaults. The words in brackets are the configuration keys of the command and the server.
 *
 * @param url JDBC URL of the database, starting with {@code jdbc:} ({@code store.url})
 * @param user database user; empty for the user in the URL ({@code store.user})
 * @param password password of the user; empty for the password in the URL ({@code store.password})
 * @param passwordFile file with the password, read again for every new connection, so that the password can be replaced
 *     without a restart ({@code store.password-file})
 * @param connections number of connections that are kept open, at least 1 ({@code store.connections})
 * @param overflow maximum number of additional connections, at least 0 ({@code store.overflow-connections})
 * @param lifetime maximum lifetime of a connection, at least 30 s; it must be below any limit of the server or of a
 *     proxy in front of it ({@code store.connection-lifetime})
 * @param statement timeout of one statement, positive ({@code store.statement-timeout})
 * @param partitions number of partitions of new tables, at most 1,024; 0 for unpartitioned tables ({@code
 *     store.partitions})
 * @param archive directory that all nodes share for archived messages; empty to archive in the database ({@code
 *     store.archive})
 */
public record DatabaseConfig(
        String url,
        Optional<String> user,
        Optional<String> password,
        Optional<Path> passwordFile,
        int connections,
        int overflow,
        Duration lifetime,
        Duration statement,
        int partitions,
        Optional<Path> archive) {

    private static final System.Logger LOG = System.getLogger(DatabaseConfig.class.getName());

    /** Minimum lifetime of a connection that connection pools accept. */
    private static final Duration MIN_LIFETIME = Duration.ofSeconds(30);

    /**
     * User and password in the authority of a URL, up to the last @ before the parameters: a password may contain an @
     * and slashes.
     */
    private static final Pattern CREDENTIALS = Pattern.compile("//([^?]*)@");

    private static final Pattern PASSWORD_PARAMETER = Pattern.compile("(?i)password=([^&]*)");

    public DatabaseConfig {
        registerSecrets(url);
        password.ifPresent(Secrets::register);
        if (!url.startsWith("jdbc:")) {
            throw new InvalidInputException(
                    "store.url does not begin with \"jdbc:\"; write it like jdbc:postgresql://host:5432/database.");
        }
        if (connections < 1 || overflow < 0) {
            throw new InvalidInputException(
                    "store.connections must be at least 1 and store.overflow-connections at least 0.");
        }
        if (lifetime.compareTo(MIN_LIFETIME) < 0) {
            throw new InvalidInputException("store.connection-lifetime must be at least 30 s.");
        }
        if (statement.isNegative() || statement.isZero()) {
            throw new InvalidInputException("store.statement-timeout must be longer than nothing.");
        }
        if (partitions < 0 || partitions > 1_024) {
            throw new InvalidInputException("store.partitions must be between 0 and 1024.");
        }
    }

    /** Registers the credentials of a URL in every form in which drivers quote them in error messages. */
    private static void registerSecrets(String url) {
        Matcher credentials = CREDENTIALS.matcher(url);
        if (credentials.find()) {
            String whole = credentials.group(1);
            register(whole + "@"); // also if the password is too short to be removed on its own
            register(whole.substring(whole.indexOf(':') + 1));
        }
        PASSWORD_PARAMETER.matcher(url).results().forEach(parameter -> register(parameter.group(1)));
    }

    private static void register(String encoded) {
        Secrets.register(encoded);
        try {
            Secrets.register(URLDecoder.decode(encoded, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "a part of store.url has a broken percent code");
        }
    }

    /**
     * Returns the default settings for a database.
     *
     * @param url JDBC URL of the database
     */
    public static DatabaseConfig at(String url) {
        return new DatabaseConfig(
                url,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                10,
                20,
                Duration.ofMinutes(25),
                Duration.ofSeconds(30),
                0,
                Optional.empty());
    }

    /** Returns a copy with other connection limits. */
    public DatabaseConfig withConnections(int newConnections, int newOverflow) {
        return new DatabaseConfig(
                url,
                user,
                password,
                passwordFile,
                newConnections,
                newOverflow,
                lifetime,
                statement,
                partitions,
                archive);
    }

    /** Returns a copy with another URL. */
    public DatabaseConfig withUrl(String newUrl) {
        return new DatabaseConfig(
                newUrl, user, password, passwordFile, connections, overflow, lifetime, statement, partitions, archive);
    }

    /** Returns the URL without credentials. */
    @Override
    public String toString() {
        String withoutParameters = PASSWORD_PARAMETER.matcher(url).replaceAll("password=...");
        return Secrets.hide(CREDENTIALS.matcher(withoutParameters).replaceAll("//...@"));
    }
}
