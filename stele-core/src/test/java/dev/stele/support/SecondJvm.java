package dev.stele.support;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Another JVM with this one's class path: a real second process. */
public final class SecondJvm implements AutoCloseable {

    private final Process process;
    private final BufferedReader out;

    private SecondJvm(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    public static SecondJvm start(Class<?> main, Object... arguments) {
        return start(Map.of(), main, arguments);
    }

    /**
     * Starts a program that is no class of the tests, such as a source file.
     *
     * @param classPath class path besides that of the tests; empty for none
     * @param program main class or source file, with its arguments
     */
    public static SecondJvm startProgram(String classPath, String... program) {
        var command = new ArrayList<>(List.of(
                java(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath.isEmpty() ? classPath() : classPath + File.pathSeparator + classPath()));
        command.addAll(List.of(program));
        return start(new ProcessBuilder(command));
    }

    private static SecondJvm start(ProcessBuilder program) {
        try {
            return new SecondJvm(
                    program.redirectError(ProcessBuilder.Redirect.INHERIT).start());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Starts one with further variables in its environment. */
    public static SecondJvm start(Map<String, String> environment, Class<?> main, Object... arguments) {
        var builder = new ProcessBuilder(
                command(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), main, arguments));
        builder.environment().putAll(environment);
        return start(builder);
    }

    /**
     * The command that starts such a JVM, for tests with an environment or streams of their own.
     *
     * @param options of the JVM
     */
    public static List<String> command(List<String> options, Class<?> main, Object... arguments) {
        var command = new ArrayList<String>();
        command.add(java());
        command.addAll(options);
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classPath(), main.getName()));
        for (Object argument : arguments) {
            command.add(String.valueOf(argument));
        }
        return command;
    }

    /** Surefire may hide the class path in a jar's manifest; it tells the real one here. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .replace(':', File.pathSeparatorChar);
    }

    /** The next line of its standard output, or null at the end. */
    public String line() {
        try {
            return out.readLine();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All lines until it ends. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        for (String line = line(); line != null; line = line()) {
            lines.add(line);
        }
        return lines;
    }

    /** Writes to its standard input. */
    public void send(String text) {
        try {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Closes its standard input, which some of our processes wait for. */
    public void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends it as a power cut would: no hook runs, nothing is flushed. */
    public void kill() {
        // By its handle: ending the Process would also close the stream that still holds its last words.
        process.toHandle().destroyForcibly();
        await();
    }

    /** Asks it to end, as SIGTERM does. */
    public void terminate() {
        process.destroy();
    }

    /** Its exit code, once it has ended. */
    public int await() {
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException("the second JVM did not end");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
