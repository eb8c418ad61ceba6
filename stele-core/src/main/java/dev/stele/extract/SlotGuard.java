package dev.stele.extract;

import dev.stele.model.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Guard of the slots and endings of what a language model proposes. A model may name a slot carelessly, and a wrong slot
 * would end a note that still holds. The guard asks the grammar what the evidence says: if it states the same slot, the
 * model is right; if it states the value for another slot, the model is wrong and the slot is dropped. If the grammar
 * says nothing, another note ends only if the value is plausible and the speaker says that something changed; else both
 * notes are kept for review. What the user says is over in the evidence ends by the proposal, too. Proposals of one reply
 * that contradict each other end nothing and are reviewed. Stateless.
 */
final class SlotGuard {

    private static final Pattern CHANGE = Pattern.compile(
            "\\b(?:now|instead|no longer|any ?more|moved?|moving|switched|changed|new|became|become|left|quit|stopped|started|these days|since|until|actually|sold|bought|not)\\b|n't\\b|n’t\\b",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern RESIDENCE = Pattern.compile(
            "\\b(?:liv\\w*|home|mov\\w*|resid\\w*|based|settl\\w*|relocat\\w*)\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern WORK = Pattern.compile(
            "\\b(?:work\\w*|job|employ\\w*|join\\w*|hired|company|career|position|promot\\w*|boss)\\b",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern WORD_SEPARATORS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");
    /** Minimum length of a word that says what a statement is about, in UTF-16 chars. */
    private static final int MIN_WORD_LENGTH = 3;

    private static final Set<String> PLACES = Set.of("lives_in", "from", "born_in", "grew_up_in");

    private SlotGuard() {}

    /**
     * Returns the proposals of one reply with the slots that the evidence bears out and the endings that it states.
     *
     * @param proposals proposals of a language model
     * @param messages messages of the interaction by id
     * @param subject name of the user
     */
    static List<Proposal> checked(List<Proposal> proposals, Map<String, Message> messages, String subject) {
        Map<String, List<Statement>> parsed = new HashMap<>();
        var checked = new ArrayList<Proposal>();
        for (Proposal proposal : proposals) {
            List<Statement> quoted = new ArrayList<>();
            for (String id : proposal.provenance()) {
                Message message = messages.get(id);
                if (message != null) {
                    parsed.computeIfAbsent(id, _ -> StatementParser.of(message, subject)).stream()
                            .filter(statement -> quotes(proposal, statement))
                            .forEach(quoted::add);
                }
            }
            Proposal own =
                    proposal.slot().map(slot -> checked(proposal, slot, quoted)).orElse(proposal);
            checked.add(own.withEndings(endings(proposal, quoted)));
        }
        for (int i = 0; i < proposals.size(); i++) {
            Proposal proposal = proposals.get(i);
            if (proposals.stream()
                    .anyMatch(other -> contradict(proposal, other, subject) || contradict(other, proposal, subject))) {
                checked.set(i, checked.get(i).forReview());
            }
        }
        return checked;
    }

    private static boolean quotes(Proposal proposal, Statement statement) {
        return proposal.evidence().stream()
                .anyMatch(piece -> statement.sentence().contains(piece) || piece.contains(statement.sentence()));
    }

    private static Proposal checked(Proposal proposal, Slot slot, List<Statement> quoted) {
        String evidence = String.join(" ", proposal.evidence());
        if (!evidence.toLowerCase(Locale.ROOT).contains(slot.value().toLowerCase(Locale.ROOT))
                && !Set.of("yes", "no", "none").contains(slot.value().toLowerCase(Locale.ROOT))) {
            return proposal.withSlot(Optional.of(slot), Slot.Conflict.REVIEW);
        }
        boolean other = false;
        for (Statement statement : quoted) {
            Optional<Slot> stated = statement.slot();
            if (stated.isPresent()) {
                if (stated.get().family().equals(slot.family())
                        && stated.get().holder().equals(slot.holder())) {
                    return proposal.withSlot(Optional.of(slot), statement.conflict());
                }
                other |= sameValue(stated.get(), slot);
            } else if (isTyped(slot)) {
                other |= statement
                        .content()
                        .toLowerCase(Locale.ROOT)
                        .contains(slot.value().toLowerCase(Locale.ROOT));
            }
        }
        if (other || !plausible(slot, evidence)) {
            return proposal.withSlot(Optional.empty(), Slot.Conflict.KEEP);
        }
        return proposal.withSlot(
                Optional.of(slot), CHANGE.matcher(evidence).find() ? Slot.Conflict.REPLACE : Slot.Conflict.REVIEW);
    }

    /** Returns the endings that the user states in the evidence, but none of what the proposal claims to hold. */
    private static List<Ending> endings(Proposal proposal, List<Statement> quoted) {
        if (!proposal.source().equals(Proposal.SOURCE_MODEL)) {
            return List.of();
        }
        String claimed = proposal.slot()
                .filter(slot -> !slot.isNegative())
                .map(SlotGuard::object)
                .orElse("");
        return quoted.stream()
                .filter(statement -> !statement.reported())
                .flatMap(statement -> statement.endings().stream())
                .filter(ending -> claimed.isEmpty()
                        || ending.words().stream()
                                .noneMatch(words -> claimed.contains(words) || words.contains(claimed)))
                .toList();
    }

    /** Returns what a slot is about, in lower case: its value, or the object in its name. */
    private static String object(Slot slot) {
        String object = slot.value().equalsIgnoreCase("yes")
                ? slot.name().substring(slot.name().indexOf(':') + 1)
                : slot.value();
        return object.toLowerCase(Locale.ROOT);
    }

    /**
     * Returns whether two proposals give different answers to the question of one slot, or the second one denies what
     * the first one states.
     */
    private static boolean contradict(Proposal proposal, Proposal other, String subject) {
        boolean otherValue = proposal.slot().isPresent()
                && other.slot().isPresent()
                && answersDiffer(proposal.slot().get(), other.slot().get());
        boolean denies = isDenial(other) && !isDenial(proposal);
        if (otherValue || !denies) {
            return otherValue;
        }
        Set<String> denied = words(other.content(), subject);
        boolean ofSlot = proposal.slot()
                .map(slot -> words(object(slot), subject))
                .filter(object -> !object.isEmpty() && denied.containsAll(object))
                .isPresent();
        Set<String> stated = words(proposal.content(), subject);
        return ofSlot || (!stated.isEmpty() && denied.containsAll(stated));
    }

    private static boolean answersDiffer(Slot a, Slot b) {
        boolean open = a.value().equalsIgnoreCase("none") || b.value().equalsIgnoreCase("none"); // the former one ended
        return a.name().equalsIgnoreCase(b.name()) && !a.value().equalsIgnoreCase(b.value()) && !open;
    }

    private static boolean isDenial(Proposal proposal) {
        return Denials.isNegated(proposal.content()) || Denials.isOver(proposal.content());
    }

    /** Returns the words of a statement in lower case without endings, its subject, and short words. */
    private static Set<String> words(String statement, String subject) {
        var words = new HashSet<String>();
        for (String word : WORD_SEPARATORS.split(statement.toLowerCase(Locale.ROOT), -1)) {
            if (word.length() >= MIN_WORD_LENGTH && !word.equals(subject.toLowerCase(Locale.ROOT))) {
                words.add(word.replaceFirst("(?:es|s|ing|ed)$", ""));
            }
        }
        return words;
    }

    private static boolean sameValue(Slot stated, Slot named) {
        String value = named.value().toLowerCase(Locale.ROOT);
        return stated.value().equalsIgnoreCase(named.value())
                || stated.name().toLowerCase(Locale.ROOT).contains(value);
    }

    private static boolean isTyped(Slot slot) {
        return PLACES.contains(slot.family())
                || slot.family().equals("works_at")
                || slot.family().equals("occupation");
    }

    private static boolean plausible(Slot slot, String evidence) {
        String value = slot.value();
        boolean named = Character.isUpperCase(value.codePointAt(0));
        return switch (slot.family()) {
            case "lives_in" ->
                named
                        && RESIDENCE.matcher(evidence).find()
                        && !Lexicon.english().has("product", value.toLowerCase(Locale.ROOT));
            case "works_at" -> named && WORK.matcher(evidence).find() && !Lexicon.isKnownPlace(value);
            case "age" -> value.matches("\\d{1,3}");
            default -> true;
        };
    }
}
