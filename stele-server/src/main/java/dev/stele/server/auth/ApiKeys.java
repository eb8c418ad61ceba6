package dev.stele.server.auth;

import dev.stele.io.DurableFiles;
import dev.stele.io.FileErrors;
import dev.stele.io.UninterruptibleIo;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Store of the API keys of a data directory. Thread-safe, and safe for concurrent use by several processes.
 *
 * <p>The file {@code keys.json} contains the keys; {@code keys.pepper} contains the secret with which their hashes are
 * computed. Only the owner can read the two files. A secret has 256 random bits and cannot be guessed, so a fast keyed
 * hash is as secure as a slow password hash. A change by another process takes effect at the next call.
 */
public final class ApiKeys {

    private static final String PREFIX = "stele";
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 6;
    private static final int MAX_LABEL_CHARS = 100;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Excludes the threads of this process from each other; the file lock excludes other processes. The lock may be
     * held during a write, because only people change keys.
     */
    private static final ReentrantLock WRITE_LOCK = new ReentrantLock();

    private final Path directory;
    private final Path file;
    private final AtomicReference<CachedKeys> cache =
            new AtomicReference<>(new CachedKeys(Optional.empty(), List.of()));

    /** Keys with the version of the file that they were read from. */
    private record CachedKeys(Optional<FileVersion> version, List<ApiKey> keys) {}

    /**
     * Attributes that distinguish versions of the file.
     *
     * @param fileKey identity of the file, where the file system provides one: a replacement may have the same time and
     *     size
     */
    private record FileVersion(FileTime modified, long size, Optional<Object> fileKey) {
        static FileVersion of(Path path) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new FileVersion(
                    attributes.lastModifiedTime(), attributes.size(), Optional.ofNullable(attributes.fileKey()));
        }
    }

    /**
     * @param data data directory; need not exist before the first key is created
     */
    public ApiKeys(Path data) {
        this.directory = data;
        this.file = data.resolve("keys.json");
    }

    /**
     * Result of {@link ApiKeys#create}.
     *
     * @param text the complete key for the client, including the secret; it cannot be recovered later
     */
    public record Created(ApiKey key, String text) {}

    /**
     * Returns all keys, in order of creation.
     *
     * @throws StelePersistenceException if the file cannot be read
     */
    public List<ApiKey> list() {
        try {
            Optional<FileVersion> version = Optional.of(FileVersion.of(file));
            CachedKeys cached = cache.get();
            if (cached.version().equals(version)) {
                return cached.keys();
            }
            List<ApiKey> keys = JsonObject.of("keys", Json.read(Files.readString(file))).objects("keys").stream()
                    .map(ApiKey::fromStored)
                    .toList();
            cache.set(new CachedKeys(version, keys));
            return keys;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw FileErrors.of("The keys in " + file + " cannot be read", e);
        } catch (InvalidInputException e) { // an error in the file, not in the input of a client
            throw new StelePersistenceException(
                    "The keys in " + file
                            + " cannot be read: the file does not have the format that \"stele keys\" writes. Restore it from a backup, or delete it and create new keys.",
                    e);
        }
    }

    /**
     * Creates a key and stores it durably.
     *
     * @param label description of the purpose, 1 to {@value #MAX_LABEL_CHARS} characters without control characters
     * @param agents names of the agents that the key may access; empty for all agents
     * @throws InvalidInputException if the label or a name is invalid
     * @throws StelePersistenceException if the key cannot be stored
     */
    public Created create(String label, Scope scope, List<String> agents) {
        if (label.isBlank()
                || label.length() > MAX_LABEL_CHARS
                || label.chars().anyMatch(ApiKeys::isControlOrLineBreak)) {
            throw new InvalidInputException(
                    "The label of a key must have 1 to %d characters, without line breaks and other control characters."
                            .formatted(MAX_LABEL_CHARS));
        }
        String id = random(ID_BYTES);
        String secret = random(SECRET_BYTES);
        var key = new ApiKey(
                id, label, scope, agents, Instant.now().truncatedTo(ChronoUnit.MILLIS), hash(pepper(), secret));
        change(keys -> {
            var extended = new ArrayList<>(keys);
            extended.add(key);
            return extended;
        });
        return new Created(key, PREFIX + "_" + id + "_" + secret);
    }

    private static boolean isControlOrLineBreak(int character) {
        int type = Character.getType(character);
        return type == Character.CONTROL || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }

    /**
     * Revokes a key. The key is invalid from the next request on.
     *
     * @throws NotFoundException if there is no key with the id
     * @throws StelePersistenceException if the keys cannot be stored
     */
    public void revoke(String id) {
        change(keys -> {
            List<ApiKey> remaining =
                    keys.stream().filter(key -> !key.id().equals(id)).toList();
            if (remaining.size() == keys.size()) {
                throw new NotFoundException(
                        "There is no key " + Json.write(id) + "; \"stele keys list\" lists the keys.");
            }
            return remaining;
        });
    }

    /**
     * Finds the key that a client presents. Compares the secret in constant time.
     *
     * @param text complete key
     * @return the key; empty if the text is no valid key of this data directory
     * @throws StelePersistenceException if the keys cannot be read
     */
    public Optional<ApiKey> check(String text) {
        String[] parts = text.split("_", -1);
        if (parts.length != 3 || !parts[0].equals(PREFIX)) {
            return Optional.empty();
        }
        Optional<ApiKey> candidate =
                list().stream().filter(key -> key.id().equals(parts[1])).findFirst();
        if (candidate.isEmpty()) {
            return Optional.empty();
        }
        byte[] hash = hash(pepper(), parts[2]).getBytes(StandardCharsets.US_ASCII);
        return candidate.filter(key -> MessageDigest.isEqual(key.hash().getBytes(StandardCharsets.US_ASCII), hash));
    }

    /**
     * Returns the signature of a text with a secret of the data directory.
     *
     * @throws StelePersistenceException if the secret cannot be read
     */
    String sign(String text) {
        return hash(pepper(), text);
    }

    /** Returns random bytes in hexadecimal. */
    private static String random(int byteCount) {
        var bytes = new byte[byteCount];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String hash(byte[] pepper, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(pepper, "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] pepper() {
        Path pepper = directory.resolve("keys.pepper");
        try {
            if (!Files.exists(pepper)) {
                locked(() -> {
                    if (!Files.exists(pepper)) {
                        replace(pepper, random(SECRET_BYTES));
                    }
                });
            }
            return HexFormat.of().parseHex(Files.readString(pepper).strip());
        } catch (IOException | IllegalArgumentException e) {
            throw new StelePersistenceException(
                    "The secret in " + pepper + " cannot be read (" + e.getMessage()
                            + "), so no key can be checked. Restore the file, or delete it, revoke all keys and create new ones.",
                    e);
        }
    }

    /** Action that runs while the locks are held. */
    private interface LockedAction {
        void run() throws IOException;
    }

    private void change(UnaryOperator<List<ApiKey>> change) {
        try {
            locked(() -> {
                List<ApiKey> changed = change.apply(list());
                replace(
                        file,
                        Json.write(Json.fields()
                                .keep(
                                        "keys",
                                        changed.stream().map(ApiKey::toStored).toList())
                                .map()));
            });
        } catch (IOException e) {
            throw FileErrors.of("The keys in " + file + " cannot be written", e);
        }
    }

    /**
     * Runs an action while no other thread or process changes keys. The operating system releases the file lock when
     * the process ends.
     */
    private void locked(LockedAction action) throws IOException {
        DurableFiles.createDirectories(directory);
        WRITE_LOCK.lock();
        try (FileChannel _ = lockFile()) {
            action.run();
        } finally {
            WRITE_LOCK.unlock();
        }
    }

    /** Opens the lock file and locks it; closing the channel releases the lock. */
    private FileChannel lockFile() throws IOException {
        return UninterruptibleIo.call(() -> {
            FileChannel channel = DurableFiles.open(
                    directory.resolve("keys.lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
            try {
                channel.lock();
                return channel;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        });
    }

    private static void replace(Path target, String text) throws IOException {
        DurableFiles.write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
