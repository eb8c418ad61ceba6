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
 * A database server that keeps the memory, for any number of nodes. Immutable; {@link #at} gives the defaults. The words in brackets
 * are the keys by which the command and the server set them.
 *
 * @param url of the database, beginning with {@code jdbc:} ({@code store.url})
 * @param user its user, or empty for the URL's ({@code store.user})
 * @param password of the user, or empty for the URL's ({@code store.password})
 * @param passwordFile a file with the password, read again for every new connection, so that one can be replaced without a restart
 *     ({@code store.password-file})
 * @param connections how many connections are kept ready ({@code store.connections})
 * @param overflow how many more there may be at times ({@code store.connections-overflow})
 * @param lifetime how long a connection is used at most; to be below any limit of the server or of a proxy before it
 *     ({@code store.connection-lifetime})
 * @param statement how long one statement may take ({@code store.statement-timeout})
 * @param partitions into how many parts tables are cut when they are made, 0 for none ({@code store.partitions})
 * @param archive a directory that all nodes share, where archived messages go; empty for the database itself ({@code store.archive})
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

    /** The shortest lifetime of a connection that makes sense, and that pools accept. */
    private static final Duration MIN_LIFETIME = Duration.ofSeconds(30);

    /** User and password in the authority, up to the last @ before the parameters: a password may hold one, and slashes. */
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
                    "store.connections must be at least 1 and store.connections-overflow at least 0.");
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

    /** Drivers quote the parts of an address in their errors, each in its own way. */
    private static void registerSecrets(String url) {
        Matcher credentials = CREDENTIALS.matcher(url);
        if (credentials.find()) {
            String whole = credentials.group(1);
            register(whole + "@"); // also where the password is too short to be removed on its own
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

    /** The defaults. */
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

    public DatabaseConfig withConnections(int kept, int more) {
        return new DatabaseConfig(
                url, user, password, passwordFile, kept, more, lifetime, statement, partitions, archive);
    }

    public DatabaseConfig withUrl(String other) {
        return new DatabaseConfig(
                other, user, password, passwordFile, connections, overflow, lifetime, statement, partitions, archive);
    }

    /** Without what is nobody's business. */
    @Override
    public String toString() {
        String withoutParameters = PASSWORD_PARAMETER.matcher(url).replaceAll("password=...");
        return Secrets.hide(CREDENTIALS.matcher(withoutParameters).replaceAll("//...@"));
    }
}
