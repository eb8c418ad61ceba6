package dev.stele.proofs;

import dev.stele.cli.config.Setting;
import dev.stele.cli.config.Settings;
import dev.stele.model.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Settings files. */
public final class SettingsTarget {

    private static final Path DIRECTORY;

    static {
        try {
            DIRECTORY = Files.createTempDirectory("stele-fuzz");
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private SettingsTarget() {}

    /** Called by the fuzzer; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            Path file = Files.write(DIRECTORY.resolve("stele.yaml"), input);
            Settings settings = Settings.load(Optional.of(file), Map.of("STELE_DATA", DIRECTORY.toString()), Map.of());
            for (Setting key : Setting.values()) {
                settings.describe(key);
            }
            settings.steleConfig();
            settings.serverOptionsWithSettings();
        } catch (InvalidInputException e) {
            Messages.requireClear(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
