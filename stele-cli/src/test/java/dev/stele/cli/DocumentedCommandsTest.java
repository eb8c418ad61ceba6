package dev.stele.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Command lines in the documents, which are parsed and not run. {@link CommandHelpTest} parses those of the help. */
class DocumentedCommandsTest {

    private static final Path ROOT = Path.of(System.getProperty("stele.root"));
    private static final CommandLine PARSER = SteleCommand.commandLine();

    /** Directories with documents for users. */
    private static final List<String> DIRECTORIES = List.of("docs", "integrations", "examples", "deploy", "clients");

    /** First lines of the blocks of code that have commands; the others have other languages. */
    private static final Set<String> SHELLS = Set.of("```", "```sh", "```console");

    private static final Pattern CODE_IN_TEXT = Pattern.compile("`([^`]+)`");
    private static final Pattern VARIABLE = Pattern.compile("[A-Z_]+=.*");
    private static final Set<String> ENDS_OF_COMMANDS = Set.of("|", "&&", ";", "&");
    private static final Set<String> ENDS_OF_ARGUMENTS = Set.of("#", ">", ">>", "<", "2>/dev/null");

    /**
     * Command line in a document.
     *
     * @param place file and line, for messages
     * @param words arguments of the command
     */
    private record Shown(String place, List<String> words) {}

    private static List<Path> documents() {
        var documents = new ArrayList<Path>();
        try (Stream<Path> files = Files.list(ROOT)) {
            files.filter(file -> file.toString().endsWith(".md") && !file.endsWith("CHANGELOG.md"))
                    .forEach(documents::add);
            for (String directory : DIRECTORIES) {
                try (Stream<Path> below = Files.walk(ROOT.resolve(directory))) {
                    below.filter(file -> file.toString().endsWith(".md")
                                    && !file.toString().contains("node_modules"))
                            .forEach(documents::add);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return documents;
    }

    /** Returns the arguments of each call of the command in a line of a shell. */
    private static List<List<String>> calls(String line) {
        var calls = new ArrayList<List<String>>();
        var call = new ArrayList<String>();
        boolean isOpen = true;
        for (String word : ShellWords.of(line + " | ").complete()) {
            if (ENDS_OF_COMMANDS.contains(word)) {
                List<String> words = call.stream()
                        .dropWhile(part -> VARIABLE.matcher(part).matches())
                        .toList();
                if (!words.isEmpty()
                        && (words.getFirst().equals("stele") || words.getFirst().endsWith("/stele"))) {
                    calls.add(words.subList(1, words.size()));
                }
                call.clear();
                isOpen = true;
            } else {
                isOpen &= !ENDS_OF_ARGUMENTS.contains(word);
                if (isOpen) {
                    call.add(word);
                }
            }
        }
        return calls;
    }

    /** Returns the command lines in the blocks of code of a document, or those in its text. */
    private static List<Shown> shown(Path document, boolean inBlocks) throws IOException {
        var shown = new ArrayList<Shown>();
        boolean isBlock = false;
        boolean isConsole = false;
        boolean isShell = false;
        String begun = "";
        int number = 0;
        for (String line : Files.readAllLines(document)) {
            number++;
            String place = ROOT.relativize(document) + ":" + number;
            if (line.strip().startsWith("```")) {
                isBlock = !isBlock;
                isConsole = line.strip().equals("```console");
                isShell = SHELLS.contains(line.strip());
            } else if (isBlock && isShell && inBlocks) {
                boolean isCommand = !isConsole || line.startsWith("$ ") || !begun.isEmpty();
                String text = begun + (isConsole && line.startsWith("$ ") ? line.substring(2) : line);
                boolean isContinued = isCommand && line.endsWith("\\");
                begun = isContinued ? text.substring(0, text.length() - 1) : "";
                if (isCommand && !isContinued) {
                    calls(text.strip()).forEach(words -> shown.add(new Shown(place, words)));
                }
            } else if (!isBlock && !inBlocks) {
                Matcher code = CODE_IN_TEXT.matcher(line);
                while (code.find()) {
                    calls(code.group(1)).forEach(words -> shown.add(new Shown(place, words)));
                }
            }
        }
        return shown;
    }

    private static List<Shown> shown(boolean inBlocks) throws IOException {
        var shown = new ArrayList<Shown>();
        for (Path document : documents()) {
            shown.addAll(shown(document, inBlocks));
        }
        shown.removeIf(line -> line.words().stream().limit(1).toList().contains("bench")); // of another module
        return shown;
    }

    @Test
    void everyCommandLineInABlockOfCodeIsOneThatTheParserTakes() throws IOException {
        var wrong = new ArrayList<String>();
        List<Shown> lines = shown(true);
        for (Shown line : lines) {
            try {
                PARSER.parseArgs(line.words().toArray(String[]::new));
            } catch (ParameterException e) {
                wrong.add(line.place() + ": " + UsageErrors.message(e));
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(lines).hasSizeGreaterThan(60);
    }

    @Test
    void commandsAndOptionsNamedInTheTextExist() throws IOException {
        var wrong = new ArrayList<String>();
        List<Shown> lines = shown(false);
        lines.forEach(line -> check(line, wrong));
        assertThat(wrong).isEmpty();
        assertThat(lines).hasSizeGreaterThan(40);
    }

    private static void check(Shown line, List<String> wrong) {
        CommandSpec command = PARSER.getCommandSpec();
        boolean isPath = true;
        for (String word : line.words()) {
            String option = word.split("=", 2)[0];
            CommandLine part = command.subcommands().get(word);
            if (word.startsWith("--")) {
                isPath = false;
                if (command.findOption(option) == null) {
                    wrong.add("%s: %s has no option %s".formatted(line.place(), command.qualifiedName(), option));
                }
            } else if (isPath && part != null) {
                command = part.getCommandSpec();
            } else {
                boolean isName = isPath && command.parent() == null && word.equals(word.toLowerCase(Locale.ROOT));
                if (isName) {
                    wrong.add("%s: there is no command %s".formatted(line.place(), word));
                }
                isPath = false;
            }
        }
    }
}
