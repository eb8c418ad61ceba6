package dev.stele.store.sqlite;

import dev.stele.model.AgentName;
import dev.stele.model.Sha256;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Mapping from agent names to directory names. A directory name is valid on every file system, is never a path, and is
 * different for different agents even if the file system ignores case. A plain lower-case name maps to itself. Every
 * other name maps to a readable stem, a tilde, and the first 132 bits of its SHA-256. Plain names contain no tilde, so
 * that the two kinds never collide.
 */
final class AgentDirectory {

    private static final Pattern PLAIN = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
    /** Device names of Windows. */
    private static final Set<String> RESERVED = Set.of("con", "prn", "aux", "nul");

    private static final int STEM = 24;
    private static final int HASH_DIGITS = 33;

    private AgentDirectory() {}

    static String nameFor(AgentName agent) {
        String name = agent.value();
        boolean device = RESERVED.contains(name) || name.matches("(com|lpt)[0-9]");
        return PLAIN.matcher(name).matches() && !device
                ? name
                : stem(name) + "~" + Sha256.hex(name).substring(0, HASH_DIGITS);
    }

    /** Returns whether a directory name is the agent's name itself. */
    static boolean isPlain(String directory) {
        return directory.indexOf('~') < 0;
    }

    private static String stem(String name) {
        String stem =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]+", "-").replaceAll("^-+|-+$", "");
        return stem.substring(0, Math.min(STEM, stem.length()));
    }
}
