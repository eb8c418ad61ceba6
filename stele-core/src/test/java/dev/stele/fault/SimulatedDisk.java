package dev.stele.fault;

import dev.stele.fault.DiskRecord.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Disk that knows which of the recorded writes are certain to survive a loss of power. It is as weak as POSIX allows:
 * forcing a file keeps its content and not its name, forcing a directory keeps the names in it. Of all that was not
 * forced any part may survive, in any order between files: of one file, any of its writes, torn at sectors; of one
 * directory, the first changes of its names. A rename is kept as a whole or not at all. For one thread.
 */
final class SimulatedDisk {

    private static final int SECTOR_BYTES = 512;

    /** What survives of that which was not forced. */
    enum Loss {
        /** Nothing. */
        ALL,
        /** Everything. */
        NOTHING,
        /** A part, drawn by chance. */
        SOME
    }

    /** A write, or a change of the size if there are no bytes. */
    private record Write(long at, byte @Nullable [] bytes) {}

    /** A file or directory. */
    private static final class Node {
        final boolean directory;
        /** The content that was forced. */
        byte[] content = {};
        /** The writes since, in their order. */
        final List<Write> writes = new ArrayList<>();
        /** The names in the directory as the process sees them. */
        final Map<String, Node> names = new HashMap<>();
        /** The names in the directory that were forced. */
        Map<String, Node> forced = new TreeMap<>();

        Node(boolean directory) {
            this.directory = directory;
        }
    }

    /** One name that an operation sets, or removes if there is no node. */
    private record Name(
            Node directory, String name, @Nullable Node node) {}

    /** Change of one name, or of two for a rename. */
    private record NameChange(List<Name> names) {
        boolean touches(Set<Node> directories) {
            return names.stream().anyMatch(name -> directories.contains(name.directory()));
        }

        void addTo(Set<Node> directories) {
            names.forEach(name -> directories.add(name.directory()));
        }
    }

    private final Path recordedRoot;
    private final Node root = new Node(true);
    private final Map<Long, Node> nodes = new HashMap<>();
    /** Changes of names that were not forced. */
    private List<NameChange> changes = new ArrayList<>();

    /** @param recordedRoot directory that was recorded */
    SimulatedDisk(Path recordedRoot) {
        this.recordedRoot = recordedRoot;
    }

    void execute(Event event) {
        switch (event.kind()) {
            case CREATE -> {
                Node node = new Node(false);
                nodes.put(event.inode(), node);
                change(name(event.path(), Optional.of(node)));
            }
            case MAKE_DIRECTORY -> change(name(event.path(), Optional.of(new Node(true))));
            case WRITE -> nodes.get(event.inode()).writes.add(new Write(event.at(), event.first()));
            case SIZE -> nodes.get(event.inode()).writes.add(new Write(event.at(), null));
            case SYNC -> {
                Node node = nodes.get(event.inode());
                node.content = content(node, Loss.NOTHING, new Random(0));
                node.writes.clear();
            }
            case SYNC_DIRECTORY -> forceNames(node(event.path()));
            case REMOVE -> change(name(event.path(), Optional.empty()));
            case RENAME -> {
                Node moved = node(event.path());
                change(name(event.path(), Optional.empty()), name(event.second(), Optional.of(moved)));
            }
        }
    }

    private List<String> parts(String path) {
        String relative = recordedRoot.relativize(Path.of(path)).toString();
        return relative.isEmpty() ? List.of() : List.of(relative.split("/", -1));
    }

    private Node node(String path) {
        Node node = root;
        for (String part : parts(path)) {
            node = node.names.get(part);
        }
        return node;
    }

    private Name name(String path, Optional<Node> node) {
        return new Name(
                node(Path.of(path).getParent().toString()),
                Path.of(path).getFileName().toString(),
                node.orElse(null));
    }

    private void change(Name... names) {
        for (Name name : names) {
            set(name.directory().names, name);
        }
        changes.add(new NameChange(List.of(names)));
    }

    private static void set(Map<String, Node> names, Name name) {
        if (name.node() == null) {
            names.remove(name.name());
        } else {
            names.put(name.name(), name.node());
        }
    }

    /** Forces the changes of a directory, and the earlier ones of every directory that they touch. */
    private void forceNames(Node directory) {
        Set<Node> forced = new HashSet<>(Set.of(directory));
        var kept = new ArrayList<NameChange>();
        var executed = new ArrayList<NameChange>();
        for (NameChange change : changes.reversed()) {
            if (change.touches(forced)) {
                change.addTo(forced);
                executed.add(change);
            } else {
                kept.add(change);
            }
        }
        executed.reversed().forEach(change -> change.names().forEach(name -> set(name.directory().forced, name)));
        changes = new ArrayList<>(kept.reversed());
    }

    /** Writes what a loss of power would leave into an empty directory. */
    void writeAfterLoss(Path target, Loss loss, Random random) throws IOException {
        Map<Node, Map<String, Node>> surviving = new HashMap<>();
        Set<Node> cut = new HashSet<>();
        for (NameChange change : changes) {
            if (loss == Loss.ALL || change.touches(cut) || (loss == Loss.SOME && random.nextInt(4) == 0)) {
                change.addTo(cut);
            } else {
                change.names()
                        .forEach(name -> set(
                                surviving.computeIfAbsent(
                                        name.directory(), directory -> new TreeMap<>(directory.forced)),
                                name));
            }
        }
        write(root, target, surviving, loss, random);
    }

    private static void write(
            Node directory, Path target, Map<Node, Map<String, Node>> surviving, Loss loss, Random random)
            throws IOException {
        Files.createDirectories(target);
        for (var entry : surviving.getOrDefault(directory, directory.forced).entrySet()) {
            Path path = target.resolve(entry.getKey());
            if (entry.getValue().directory) {
                write(entry.getValue(), path, surviving, loss, random);
            } else {
                Files.write(path, content(entry.getValue(), loss, random));
            }
        }
    }

    private static byte[] content(Node node, Loss loss, Random random) {
        byte[] content = node.content;
        if (loss == Loss.ALL) {
            return content;
        }
        int survivors = random.nextInt(5); // in quarters: some losses keep nearly all, some nearly nothing
        int length = content.length;
        content = content.clone();
        for (Write write : node.writes) {
            byte[] bytes = write.bytes();
            if (loss == Loss.NOTHING || random.nextInt(4) < survivors) {
                int end = Math.toIntExact(write.at() + (bytes == null ? 0 : bytes.length));
                if (end > content.length) {
                    content = Arrays.copyOf(content, Math.max(end, 2 * content.length));
                }
                if (bytes == null) {
                    Arrays.fill(content, Math.min(end, length), length, (byte) 0);
                    length = end;
                } else {
                    put(bytes, content, (int) write.at(), loss, random);
                    length = Math.max(length, end);
                }
            }
        }
        return Arrays.copyOf(content, length);
    }

    /** Writes bytes, of which whole sectors may be missing. */
    private static void put(byte[] bytes, byte[] content, int at, Loss loss, Random random) {
        boolean torn = loss == Loss.SOME && random.nextInt(4) == 0;
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + SECTOR_BYTES - (at + from) % SECTOR_BYTES);
            if (!torn || random.nextBoolean()) {
                System.arraycopy(bytes, from, content, at + from, to - from);
            }
            from = to;
        }
    }
}
