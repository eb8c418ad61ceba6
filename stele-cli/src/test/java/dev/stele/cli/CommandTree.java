package dev.stele.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** All commands, for tests of rules that each of them keeps. */
final class CommandTree {

    /**
     * Command.
     *
     * @param path names from the top-level command on, such as {@code graph show}; empty for {@code stele} itself
     */
    record Node(String path, CommandLine command) {
        boolean isLeaf() {
            return command.getSubcommands().isEmpty();
        }

        @Override
        public String toString() {
            return "stele " + path;
        }
    }

    private CommandTree() {}

    /** Returns all commands, groups included. */
    static List<Node> all() {
        var nodes = new ArrayList<Node>();
        add(nodes, "", SteleCommand.commandLine());
        return nodes;
    }

    /** Returns the commands that do something. */
    static List<Node> leaves() {
        return all().stream()
                .filter(node -> node.isLeaf() || node.path().equals("mcp"))
                .toList();
    }

    private static void add(List<Node> nodes, String path, CommandLine command) {
        nodes.add(new Node(path, command));
        command.getSubcommands().forEach((name, part) -> add(nodes, (path + " " + name).strip(), part));
    }
}
