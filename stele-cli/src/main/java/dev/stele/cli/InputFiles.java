package dev.stele.cli;

import dev.stele.io.FileErrors;
import dev.stele.model.InvalidInputException;
import dev.stele.model.NotFoundException;
import dev.stele.model.SteleException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads files that are named on the command line. Stateless. */
final class InputFiles {

    private InputFiles() {}

    /**
     * Reads a file.
     *
     * @throws NotFoundException if the file does not exist
     * @throws InvalidInputException if the file is a directory or cannot be read
     */
    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Reads a text file in UTF-8.
     *
     * @throws NotFoundException if the file does not exist
     * @throws InvalidInputException if the file is a directory, is not UTF-8 or cannot be read
     */
    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static SteleException unreadable(Path file, IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return new NotFoundException("There is no file " + file + "; give the path of an existing file.");
        }
        if (Files.isDirectory(file)) {
            return new InvalidInputException(file + " is a directory; give a file.");
        }
        return new InvalidInputException(
                switch (failure) {
                    case CharacterCodingException _ -> "The file " + file + " is not UTF-8; convert it to UTF-8.";
                    default -> "The file " + file + " cannot be read: " + FileErrors.reason(failure) + ".";
                });
    }
}
