package dev.stele.cli;

import dev.stele.model.Json;
import dev.stele.support.SecondJvm;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs many command lines in one other JVM, because a JVM for each would take too long. */
final class CommandBatch {

    /** Begins the line that divides the outputs of two commands; the exit code follows. */
    private static final String DIVIDER = "\u0001";

    /**
     * Outcome of a command.
     *
     * @param arguments the command line
     */
    record Outcome(List<String> arguments, int code, String out, String err) {}

    private CommandBatch() {}

    /**
     * Runs commands one after the other, with an empty standard input and without an embedding model.
     *
     * @param directory takes the files of the run
     * @param data data directory of all commands
     */
    static List<Outcome> run(Path directory, Path data, List<List<String>> commands) throws Exception {
        Path lines = directory.resolve("commands.jsonl");
        Files.write(lines, commands.stream().map(Json::write).toList());
        Path out = directory.resolve("out.txt");
        Path err = directory.resolve("err.txt");
        var builder = new ProcessBuilder(SecondJvm.command(
                        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), CommandBatch.class, lines))
                .directory(directory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("STELE_"));
        builder.environment()
                .putAll(Map.of(
                        "STELE_DATA",
                        data.toString(),
                        "STELE_MEMORY_EMBEDDER",
                        "none",
                        "STELE_SERVER_PORT",
                        "9",
                        "STELE_LIMITS_WAIT_TIMEOUT",
                        "1s",
                        "HOME",
                        directory.toString()));
        Process process = builder.start();
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the commands do not end: " + Files.readString(err));
            }
        } finally {
            process.destroyForcibly();
        }
        List<String> outs = parts(out);
        List<String> errs = parts(err);
        var outcomes = new ArrayList<Outcome>();
        for (int i = 0; i < commands.size(); i++) {
            String[] end = outs.get(i).split(DIVIDER, -1);
            outcomes.add(new Outcome(
                    commands.get(i),
                    Integer.parseInt(end[1]),
                    end[0],
                    errs.get(i).split(DIVIDER, -1)[0]));
        }
        return outcomes;
    }

    /** Returns the outputs of the commands, each with the divider and the exit code at its end. */
    private static List<String> parts(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        var parts = new ArrayList<String>();
        int from = 0;
        for (int at = text.indexOf(DIVIDER); at >= 0; at = text.indexOf(DIVIDER, from)) {
            int end = text.indexOf('\n', at);
            parts.add(text.substring(from, end));
            from = end + 1;
        }
        return parts;
    }

    /** Runs the commands of a file, one JSON list of arguments a line. */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            List<?> words = (List<?>) java.util.Objects.requireNonNull(Json.read(line));
            int code = Start.run(words.stream().map(String::valueOf).toArray(String[]::new));
            System.setOut(out);
            out.println(DIVIDER + code);
            out.flush();
            System.err.println(DIVIDER + code);
        }
        System.exit(0);
    }
}
