package dev.stele.cli;

import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.model.Document;
import dev.stele.model.Json;
import dev.stele.recall.Hit;
import dev.stele.server.documents.DocumentParser;
import dev.stele.server.documents.DocumentReader;
import dev.stele.server.documents.DocumentReader.Format;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Subcommands for documents and their collections. */
@Command(
        name = "documents",
        description = "Add, list, search and delete documents.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DocumentsCommand.Add.class,
            DocumentsCommand.Listing.class,
            DocumentsCommand.Search.class,
            DocumentsCommand.Delete.class
        })
final class DocumentsCommand extends CommandGroup {

    /** Typical length of a passage in chars, for the estimate of the progress. */
    private static final int PASSAGE_CHARS = 850;

    /** Base class with the common options. */
    abstract static class OfDocuments implements Callable<Integer> {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(names = "--agent", defaultValue = "default", description = "Name of the agent (${DEFAULT-VALUE}).")
        String agent = "";

        @Override
        public Integer call() {
            try (Stele stele = common.open()) {
                run(stele.agent(agent).documents(), common.output());
            }
            return 0;
        }

        abstract void run(Documents documents, Output output);
    }

    @Command(
            name = "add",
            description = "Add files: text, Markdown, HTML or PDF. An existing file is updated.",
            mixinStandardHelpOptions = true)
    static final class Add extends OfDocuments {

        @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
        String collection = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE", description = "Files.")
        List<Path> files = new ArrayList<>();

        @Option(names = "--type", description = "text, markdown, html or pdf; by default from the file name.")
        @Nullable
        String type;

        @Override
        void run(Documents documents, Output output) {
            try (var parser = new DocumentParser(common.settings(Map.of()).documentLimits())) {
                add(documents, output, parser);
            }
        }

        private void add(Documents documents, Output output, DocumentParser parser) {
            var added = new ArrayList<Document>();
            for (Path file : files) {
                String name = file.getFileName().toString();
                DocumentReader.ParsedDocument read =
                        parser.read(type == null ? Format.ofFile(name) : Format.of(type), InputFiles.bytes(file));
                var draft = Documents.Draft.of(
                        collection, Optional.of(name), read.title().orElse(name), read.sections());
                long characters = read.sections().stream()
                        .mapToLong(section -> section.text().length())
                        .sum();
                try (var bar = new ProgressBar("adding " + name, Math.max(1, characters / PASSAGE_CHARS))) {
                    added.add(documents.add(draft, bar::update));
                }
            }
            output.print(added.stream().map(Document::toJson).toList(), () -> show(output, added));
        }
    }

    private static void show(Output output, List<Document> documents) {
        output.table(
                List.of("COLLECTION", "ID", "TITLE", "CHARACTERS", "PASSAGES", "ADDED"),
                documents.stream()
                        .map(document -> List.of(
                                document.collection(),
                                document.id(),
                                document.title(),
                                String.valueOf(document.characters()),
                                String.valueOf(document.passages()),
                                Output.time(document.addedAt())))
                        .toList());
    }

    @Command(name = "list", description = "List documents, newest first.", mixinStandardHelpOptions = true)
    static final class Listing extends OfDocuments {

        @Parameters(arity = "0..1", paramLabel = "COLLECTION", description = "Only documents of this collection.")
        @Nullable
        String collection;

        @Option(names = "--limit", defaultValue = "50", description = "Maximum number of documents (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void run(Documents documents, Output output) {
            List<Document> found = documents
                    .list(Optional.ofNullable(collection), limit, Optional.empty())
                    .items();
            output.print(found.stream().map(Document::toJson).toList(), () -> show(output, found));
        }
    }

    @Command(
            name = "search",
            description = "Show the passages that answer a question best.",
            mixinStandardHelpOptions = true)
    static final class Search extends OfDocuments {

        @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
        String collection = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "QUESTION", description = "The question.")
        List<String> words = new ArrayList<>();

        @Option(names = "--limit", defaultValue = "5", description = "Maximum number of passages (${DEFAULT-VALUE}).")
        int limit;

        @Override
        void run(Documents documents, Output output) {
            List<Hit> hits = documents.search(collection, String.join(" ", words), limit);
            output.print(
                    Json.fields()
                            .keep("hits", hits.stream().map(Hit::toJson).toList())
                            .map(),
                    () -> {
                        for (Hit hit : hits) {
                            output.line(
                                    "@|bold %.3f|@  @|cyan %s|@",
                                    hit.score(), hit.entity().orElse(""));
                            output.line("    %s", hit.content());
                        }
                        if (hits.isEmpty()) {
                            output.line("Nothing found.");
                        }
                    });
        }
    }

    @Command(name = "delete", description = "Delete a document.", mixinStandardHelpOptions = true)
    static final class Delete extends OfDocuments {

        @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
        String collection = "";

        @Parameters(index = "1", paramLabel = "ID", description = "The document.")
        String id = "";

        @Override
        void run(Documents documents, Output output) {
            documents.delete(collection, id);
            output.print(Map.of("deleted", id), () -> output.line("Deleted %s of %s.", id, collection));
        }
    }
}
