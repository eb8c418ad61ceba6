package dev.stele.server.auth;

import dev.stele.io.DurableFiles;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.NotFoundException;
import dev.stele.model.StelePersistenceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
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
 * The keys of a data directory: {@code keys.json}, and {@code keys.pepper} with the secret that their hashes are made
 * with; both readable by their owner alone. A key is 256 random bits, so a fast keyed hash is as good as a slow one: there
 * is nothing to guess. A change by another process is seen at the next check. Thread-safe.
 */
public final class ApiKeys {

    private static final String PREFIX = "stele";
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 6;
    private static final int MAX_LABEL_LENGTH = 100;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** File locks keep processes apart, this the threads of one; a person changes a key, so holding it over a write is no matter. */
    private static final ReentrantLock CHANGING = new ReentrantLock();

    private final Path directory;
    private final Path file;
    /** What was read last, and of which file; replaced as a whole. */
    private final AtomicReference<Read> read = new AtomicReference<>(new Read(Optional.empty(), List.of()));

    private record Read(Optional<Stamp> stamp, List<ApiKey> keys) {}

    /**
     * Tells one state of the file from another.
     *
     * @param file identity of the file where the system has one: a file that replaced another may have its time and size
     */
    private record Stamp(FileTime modified, long size, Optional<Object> file) {
        static Stamp of(Path path) throws IOException {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(now.lastModifiedTime(), now.size(), Optional.ofNullable(now.fileKey()));
        }
    }

    public ApiKeys(Path data) {
        this.directory = data;
        this.file = data.resolve("keys.json");
    }

    /** A key just made; the only time its text is known. */
    public record Created(ApiKey key, String text) {}

    public List<ApiKey> list() {
        try {
            Optional<Stamp> stamp = Optional.of(Stamp.of(file));
            Read known = read.get();
            if (known.stamp().equals(stamp)) {
                return known.keys();
            }
            List<ApiKey> keys = JsonObject.of("keys", Json.read(Files.readString(file))).objects("keys").stream()
                    .map(ApiKey::fromStored)
                    .toList();
            read.set(new Read(stamp, keys));
            return keys;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new StelePersistenceException("The keys in " + file + " cannot be read: " + e, e);
        } catch (InvalidInputException e) { // a mistake in the file, not of whoever shows a key
            throw new StelePersistenceException(
                    "The keys in " + file + " cannot be read: the file is not as \"stele keys\" writes it.", e);
        }
    }

    /** Makes a key. */
    public Created create(String label, Scope scope, List<String> agents) {
        if (label.isBlank()
                || label.length() > MAX_LABEL_LENGTH
                || label.chars().anyMatch(ApiKeys::endsOrControlsLine)) {
            throw new InvalidInputException(
                    "The label of a key has 1 to %d characters and no line break or other control character."
                            .formatted(MAX_LABEL_LENGTH));
        }
        String id = random(ID_BYTES);
        String secret = random(SECRET_BYTES);
        var key = new ApiKey(
                id, label, scope, agents, Instant.now().truncatedTo(ChronoUnit.MILLIS), hash(pepper(), secret));
        change(keys -> {
            var more = new ArrayList<>(keys);
            more.add(key);
            return more;
        });
        return new Created(key, PREFIX + "_" + id + "_" + secret);
    }

    private static boolean endsOrControlsLine(int character) {
        int type = Character.getType(character);
        return type == Character.CONTROL || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }

    /** Takes a key away; from the next request on it opens nothing. */
    public void revoke(String id) {
        change(keys -> {
            List<ApiKey> rest =
                    keys.stream().filter(key -> !key.id().equals(id)).toList();
            if (rest.size() == keys.size()) {
                throw new NotFoundException(
                        "There is no key " + Json.write(id) + "; \"stele keys list\" shows those there are.");
            }
            return rest;
        });
    }

    /** The key of this text, if it is one of ours. Takes the same time whatever part of a secret is right. */
    public Optional<ApiKey> check(String text) {
        String[] parts = text.split("_", -1);
        if (parts.length != 3 || !parts[0].equals(PREFIX)) {
            return Optional.empty();
        }
        Optional<ApiKey> named =
                list().stream().filter(key -> key.id().equals(parts[1])).findFirst();
        if (named.isEmpty()) {
            return Optional.empty();
        }
        byte[] given = hash(pepper(), parts[2]).getBytes(StandardCharsets.US_ASCII);
        return named.filter(key -> MessageDigest.isEqual(key.hash().getBytes(StandardCharsets.US_ASCII), given));
    }

    private static String random(int bytes) {
        var random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
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
                            + "); without it no key can be checked. Revoke all keys and make new ones.",
                    e);
        }
    }

    private interface Change {
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
            throw new StelePersistenceException("The keys in " + file + " cannot be written: " + e, e);
        }
    }

    /** One process and one thread at a time changes keys; the lock goes with its process. */
    private void locked(Change change) throws IOException {
        DurableFiles.createDirectories(directory);
        CHANGING.lock();
        try (FileChannel channel = DurableFiles.open(
                        directory.resolve("keys.lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
                FileLock _ = channel.lock()) {
            change.run();
        } finally {
            CHANGING.unlock();
        }
    }

    private static void replace(Path target, String text) throws IOException {
        DurableFiles.write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
