package dev.stele.extract;

import dev.stele.model.InteractionDraft;
import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.model.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Extractor that works by rules, without a language model. It proposes statements that users make about themselves, and
 * interprets the data of the known interaction types. It is deterministic and never fails. Stateless.
 */
public final class RuleExtractor implements Extractor {

    /** Name of this extractor in interaction outcomes. */
    public static final String NAME = "rules";

    /** Maximum number of graph facts that one message yields. */
    private static final int MAX_FACTS_PER_MESSAGE = 5;
    /** Confidence of a fact that rests on a capitalized name alone. */
    private static final double NAME_CONFIDENCE = 0.7;
    /** Maximum length of a quotation in a note, in code points. */
    private static final int MAX_QUOTE_LENGTH = 120;

    private static final Pattern WORD_SEPARATORS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}'’-]+");

    @Override
    public Proposals propose(ExtractionInput material) {
        var notes = new ArrayList<Proposal>();
        var facts = new ArrayList<Proposals.Fact>();
        Set<String> names = names(material);
        Optional<PronounReferences.Antecedent> antecedent = PronounReferences.Antecedent.ofLatest(material.known());
        for (Message message : material.messages()) {
            boolean theirs = message.role() == Role.USER
                    && message.user().equals(material.interaction().draft().user());
            antecedent = theirs
                    ? learn(message, material, names, antecedent, notes, facts)
                    : antecedent.map(PronounReferences.Antecedent::ofEarlierTurn);
        }
        Instant at = material.interaction().createdAt();
        notes.addAll(ofKind(material.interaction().draft(), material.subject(), at));
        String why = notes.isEmpty()
                ? "Nothing in it matches what the rules know."
                : "Found by the rules: %d.".formatted(notes.size());
        return new Proposals(NAME, why, notes, facts);
    }

    /**
     * Returns the distinct sentences of a message that make a statement about its speaker.
     *
     * @param message message to parse
     * @return sentences in their order
     */
    public static List<String> sentences(Message message) {
        return StatementParser.of(message, message.speaker()).stream()
                .map(Statement::sentence)
                .distinct()
                .toList();
    }

    /** Returns the capitalized words of the existing notes, which are names that the user has mentioned. */
    private static Set<String> names(ExtractionInput material) {
        var names = new HashSet<String>();
        for (Note note : material.known()) {
            int start = note.content().indexOf(' ');
            for (String word : WORD_SEPARATORS.split(note.content().substring(Math.max(0, start)), -1)) {
                if (word.length() > 1 && Character.isUpperCase(word.codePointAt(0))) {
                    names.add(word);
                }
            }
        }
        return names;
    }

    /** Proposes what a message says; returns the statement that a pronoun in the next message may refer to. */
    private static Optional<PronounReferences.Antecedent> learn(
            Message message,
            ExtractionInput material,
            Set<String> names,
            Optional<PronounReferences.Antecedent> before,
            List<Proposal> notes,
            List<Proposals.Fact> facts) {
        String subject = material.subject();
        var known = new HashSet<String>();
        known.add(subject.toLowerCase(Locale.ROOT));
        var ofMessage = new ArrayList<Proposals.Fact>();
        Optional<PronounReferences.Antecedent> antecedent = before;
        for (StatementParser.Sentence sentence : StatementParser.parse(message, subject, names)) {
            var proposed = new ArrayList<Proposal>();
            List<Statement> statements = sentence.statements().isEmpty() && sentence.asserts() && !sentence.corrects()
                    ? antecedent
                            .flatMap(said -> PronounReferences.read(sentence.text(), said, message, subject))
                            .map(List::of)
                            .orElse(List.of())
                    : sentence.statements();
            for (Statement found : statements) {
                proposed.add(proposal(found, message));
                found.entity()
                        .filter(named -> known.add(named.name().toLowerCase(Locale.ROOT)))
                        .ifPresent(named -> ofMessage.add(new Proposals.Fact(
                                named.name(),
                                named.type(),
                                Optional.of(named.relation()),
                                named.single(),
                                found.confidence(),
                                Optional.of(message.id()),
                                message.at())));
            }
            if (sentence.corrects()) {
                Corrections.apply(sentence.text(), proposed, notes, material, message);
            }
            notes.addAll(proposed);
            antecedent = sentence.corrects() ? Optional.empty() : PronounReferences.Antecedent.ofSentence(statements);
        }
        boolean capitalMarksNames = PlainFactGrammar.of(message.content())
                .map(grammar -> !grammar.capitalizesNouns())
                .orElse(true);
        List<String> mentioned = capitalMarksNames
                ? ProperNames.names(message.content(), Set.copyOf(known), MAX_FACTS_PER_MESSAGE)
                : List.of();
        for (String name : mentioned) {
            ofMessage.add(new Proposals.Fact(
                    name,
                    "concept",
                    Optional.empty(),
                    false,
                    NAME_CONFIDENCE,
                    Optional.of(message.id()),
                    message.at()));
        }
        ofMessage.stream().limit(MAX_FACTS_PER_MESSAGE).forEach(facts::add);
        return antecedent;
    }

    private static Proposal proposal(Statement found, Message message) {
        return new Proposal(
                found.content(),
                found.category(),
                List.of(found.sentence()),
                List.of(message.id()),
                found.confidence(),
                found.importance(),
                List.of(),
                message.at(),
                found.slot(),
                found.conflict(),
                found.endings(),
                found.reported() ? Proposal.SOURCE_REPORTED : Proposal.SOURCE_USER);
    }

    /** Returns the notes for interaction types that carry data instead of messages. */
    private static List<Proposal> ofKind(InteractionDraft draft, String who, Instant at) {
        Map<String, @Nullable Object> data = draft.data();
        return switch (draft.type()) {
            case "elaboration" ->
                text(data, "selected_text")
                        .map(selected -> List.of(proposal(
                                "%s looked closer at “%s”%s."
                                        .formatted(
                                                who,
                                                cut(selected),
                                                text(data, "document")
                                                        .map(document -> " in " + document)
                                                        .orElse("")),
                                "interest",
                                selected,
                                0.75,
                                Optional.empty(),
                                at)))
                        .orElse(List.of());
            case "quiz_result", "assessment" -> quiz(draft, who, at);
            case "lesson_completion" ->
                text(data, "lesson", "document", "title")
                        .map(lesson -> List.of(proposal(
                                "%s completed %s%s."
                                        .formatted(
                                                who,
                                                lesson,
                                                number(data, "score")
                                                        .map(score -> " with a score of " + plain(score))
                                                        .orElse("")),
                                "learning",
                                lesson,
                                0.9,
                                Optional.of(new Slot(
                                        "completed:" + lesson.toLowerCase(Locale.ROOT),
                                        plain(number(data, "score").orElse(1.0)))),
                                at)))
                        .orElse(List.of());
            case "feedback" -> feedback(data, who, at);
            case "rating" ->
                text(data, "item", "document", "title")
                        .flatMap(item -> number(data, "rating", "score", "stars")
                                .map(stars -> List.of(proposal(
                                        "%s rated %s with %s.".formatted(who, item, plain(stars)),
                                        "preference",
                                        item + ": " + plain(stars),
                                        0.9,
                                        Optional.of(new Slot("rating:" + item.toLowerCase(Locale.ROOT), plain(stars))),
                                        at))))
                        .orElse(List.of());
            default -> List.of();
        };
    }

    private static List<Proposal> quiz(InteractionDraft draft, String who, Instant at) {
        Map<String, @Nullable Object> data = draft.data();
        Optional<String> topic = text(data, "topic", "question", "document");
        if (topic.isEmpty()) {
            return List.of();
        }
        Optional<Boolean> right = data.get("correct") instanceof Boolean correct
                ? Optional.of(correct)
                : number(data, "score").map(score -> (score > 1 ? score / 100 : score) >= 0.7);
        return right.map(knows -> List.of(proposal(
                        knows
                                ? "%s knows %s.".formatted(who, cut(topic.get()))
                                : "%s has a gap at %s.".formatted(who, cut(topic.get())),
                        knows ? "knowledge" : "learning",
                        topic.get(),
                        0.8,
                        Optional.of(new Slot("knows:" + topic.get().toLowerCase(Locale.ROOT), knows ? "yes" : "no")),
                        at)))
                .orElse(List.of());
    }

    private static List<Proposal> feedback(Map<String, @Nullable Object> data, String who, Instant at) {
        Optional<String> comment = text(data, "comment", "text");
        if (comment.isPresent()) {
            return List.of(proposal(
                    "%s said of %s: “%s”."
                            .formatted(who, text(data, "about", "item").orElse("an answer"), cut(comment.get())),
                    "preference",
                    comment.get(),
                    0.8,
                    Optional.empty(),
                    at));
        }
        if (data.get("liked") instanceof Boolean liked
                && text(data, "about", "item").isPresent()) {
            String about = text(data, "about", "item").get();
            return List.of(proposal(
                    "%s %s %s.".formatted(who, liked ? "liked" : "disliked", about),
                    "preference",
                    about,
                    0.8,
                    Optional.of(new Slot("likes:" + about.toLowerCase(Locale.ROOT), liked ? "yes" : "no")),
                    at));
        }
        return List.of();
    }

    private static Proposal proposal(
            String content, String category, String evidence, double confidence, Optional<Slot> slot, Instant at) {
        return new Proposal(
                content,
                category,
                List.of(evidence),
                List.of(),
                confidence,
                0.5,
                List.of(),
                at,
                slot,
                Slot.Conflict.REPLACE,
                List.of(),
                Proposal.SOURCE_DATA);
    }

    private static Optional<String> text(Map<String, @Nullable Object> data, String... names) {
        for (String name : names) {
            if (data.get(name) instanceof String text && !text.isBlank()) {
                return Optional.of(text.strip());
            }
        }
        return Optional.empty();
    }

    private static Optional<Double> number(Map<String, @Nullable Object> data, String... names) {
        for (String name : names) {
            if (data.get(name) instanceof Number number) {
                return Optional.of(number.doubleValue());
            }
        }
        return Optional.empty();
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf(Math.round(number)) : String.valueOf(number);
    }

    private static String cut(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= MAX_QUOTE_LENGTH
                ? line
                : line.substring(0, line.offsetByCodePoints(0, MAX_QUOTE_LENGTH)) + "…";
    }
}
