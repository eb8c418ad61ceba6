package dev.stele.cli;

import dev.stele.Documents;
import dev.stele.Stele;
import dev.stele.audit.AuditedOperation;
import dev.stele.model.Document;
import dev.stele.model.Ids;
import dev.stele.model.InvalidInputException;
import dev.stele.model.Json;
import dev.stele.model.JsonObject;
import dev.stele.model.LimitExceededException;
import dev.stele.recall.Hit;
import dev.stele.server.documents.DocumentParser;
import dev.stele.server.documents.DocumentReader;
import dev.stele.server.documents.DocumentReader.Format;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
        },
        footer = {"  stele documents add sea tides.md", "  stele documents search sea \"What moves the tide?\""})
final class DocumentsCommand extends CommandGroup {

    /** Typical length of a passage in chars, for the estimate of the progress. */
    private static final int PASSAGE_CHARS = 850;

    /** Maximum number of chars of all documents of one call, which are in memory at the same time. */
    private static final long MAX_CHARS = 128L << 20;

    /** Base class with the common options. */
    abstract static class OfDocuments implements Callable<Integer> {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = "--agent",
                paramLabel = "AGENT",
                defaultValue = "default",
                description = "Name of the agent (${DEFAULT-VALUE}).")
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
            mixinStandardHelpOptions = true,
            footer = {
                "  stele documents add sea tides.md currents.pdf",
                "  stele documents add code server/README.md --id server/README.md"
            })
    static final class Add extends OfDocuments {

        @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
        String collection = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "FILE", description = "Files.")
        List<Path> files = new ArrayList<>();

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                description = "text, markdown, html or pdf; by default from the file name.")
        @Nullable
        String format;

        @Option(
                names = "--id",
                paramLabel = "ID",
                description = "Id of the document, for one FILE; by default the name of the file.")
        @Nullable
        String id;

        @Override
        void run(Documents documents, Output output) {
            // All files are read before anything is written, so that a mistake in one of them changes nothing.
            List<Documents.Draft> drafts = drafts();
            var added = new ArrayList<Document>();
            for (Documents.Draft draft : drafts) {
                long passages = Math.max(1, characters(draft) / PASSAGE_CHARS);
                try (var bar = new ProgressBar("adding " + draft.id().orElseThrow(), passages)) {
                    added.add(documents.add(draft, bar::update));
                }
            }
            output.print(added.stream().map(Document::toJson).toList(), () -> show(output, added));
        }

        private List<Documents.Draft> drafts() {
            Map<Path, String> ids = ids();
            var drafts = new ArrayList<Documents.Draft>();
            long characters = 0;
            try (var parser = new DocumentParser(common.settings(Map.of()).documentLimits())) {
                for (Map.Entry<Path, String> file : ids.entrySet()) {
                    Documents.Draft draft = draft(parser, file.getKey(), file.getValue());
                    drafts.add(draft);
                    characters += characters(draft);
                    if (characters > MAX_CHARS) {
                        throw new LimitExceededException(
                                "The files have more than %d characters of text together; add them in several calls."
                                        .formatted(MAX_CHARS));
                    }
                }
            }
            return drafts;
        }

        /**
         * Returns the id of each file.
         *
         * @throws InvalidInputException if two files would have the same id, so that one would replace the other
         */
        private Map<Path, String> ids() {
            if (id != null && files.size() > 1) {
                throw new InvalidInputException("--id names one document; give one FILE with it.");
            }
            var ids = new LinkedHashMap<Path, String>();
            var fileOfId = new HashMap<String, Path>();
            for (Path file : files) {
                Path name = file.getFileName();
                String given = id != null ? id : name == null ? "" : name.toString();
                Path other = fileOfId.putIfAbsent(Ids.normal(given), file);
                if (other != null) {
                    throw new InvalidInputException(
                            "The files %s and %s have the same id %s, so that the second would replace the first;"
                                            .formatted(other, file, Json.write(given))
                                    + " add each in a call of its own, with another --id.");
                }
                ids.put(file, given);
            }
            return ids;
        }

        private Documents.Draft draft(DocumentParser parser, Path file, String name) {
            byte[] bytes = InputFiles.bytes(file);
            Format type = format == null ? Format.ofFile(file.getFileName().toString()) : Format.of(format);
            DocumentReader.ParsedDocument read = parser.read(type, bytes);
            if (read.sections().stream().allMatch(section -> section.text().isBlank())) {
                throw new InvalidInputException("The file " + file + " has no text; there is nothing to add.");
            }
            return Documents.Draft.of(
                    collection, Optional.of(name), read.title().orElse(name), read.sections());
        }

        private static long characters(Documents.Draft draft) {
            return draft.sections().stream()
                    .mapToLong(section -> section.text().length())
                    .sum();
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

    @Command(
            name = "list",
            description = "List documents, newest first.",
            mixinStandardHelpOptions = true,
            footer = {"  stele documents list", "  stele documents list sea"})
    static final class Listing extends OfDocuments {

        @Parameters(arity = "0..1", paramLabel = "COLLECTION", description = "Only documents of this collection.")
        @Nullable
        String collection;

        @Option(
                names = "--limit",
                paramLabel = "NUMBER",
                defaultValue = "50",
                description = "Maximum number of documents (${DEFAULT-VALUE}).")
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
            mixinStandardHelpOptions = true,
            footer = {"  stele documents search sea \"What moves the tide?\""})
    static final class Search implements Callable<Integer> {

        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = "--agent",
                paramLabel = "AGENT",
                defaultValue = "default",
                description = "Name of the agent (${DEFAULT-VALUE}).")
        String agent = "";

        @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
        String collection = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "QUESTION", description = "The question.")
        List<String> words = new ArrayList<>();

        @Option(
                names = "--limit",
                paramLabel = "NUMBER",
                defaultValue = "5",
                description = "Maximum number of passages (${DEFAULT-VALUE}).")
        int limit;

        @Override
        public Integer call() {
            Map<String, @Nullable Object> body = Json.fields()
                    .put("collection", collection)
                    .put("query", String.join(" ", words))
                    .put("limit", limit)
                    .map();
            JsonObject result = new MemoryAccess(common.quietSettings())
                    .post(
                            agent,
                            "documents/search",
                            body,
                            (memory, _) -> Json.fields()
                                    .keep(
                                            "hits",
                                            memory
                                                    .documents()
                                                    .search(collection, String.join(" ", words), limit)
                                                    .stream()
                                                    .map(Hit::toJson)
                                                    .toList())
                                    .map());
            Output output = common.output();
            output.print(result.raw(), () -> show(output, result.objects("hits")));
            return 0;
        }

        private static void show(Output output, List<JsonObject> hits) {
            for (JsonObject hit : hits) {
                output.line(
                        "@|bold %.3f|@  @|cyan %s|@",
                        hit.optionalDouble("score").orElse(0.0),
                        hit.optionalString("entity").orElse(""));
                output.line("    %s", hit.string("content"));
            }
            if (hits.isEmpty()) {
                output.line("Nothing found.");
            }
        }
    }

    @Command(
            name = "delete",
            description = "Delete a document.",
            mixinStandardHelpOptions = true,
            footer = {"  stele documents delete sea tides.md"})
    static final class Delete extends OfDocuments implements AuditedCommand {

        @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection.")
        String collection = "";

        @Parameters(index = "1", paramLabel = "ID", description = "The document.")
        String id = "";

        @Override
        public Optional<AuditedOperation> operation() {
            return Optional.of(AuditedOperation.of("deleteDocument", agent));
        }

        @Override
        public CommonOptions common() {
            return common;
        }

        @Override
        void run(Documents documents, Output output) {
            documents.delete(collection, id);
            output.print(Map.of("deleted", id), () -> output.line("Deleted %s of %s.", id, collection));
        }
    }
}
