package dev.stele.extract;

import dev.stele.model.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Guard of the slots that a language model names. A model may name a slot carelessly, and a wrong slot would end a note
 * that still holds. The guard asks the grammar what the evidence says: if it states the same slot, the model is right;
 * if it states the value for another slot, the model is wrong and the slot is dropped. If the grammar says nothing,
 * another note ends only if the value is plausible and the speaker says that something changed; else both notes are
 * kept for review. Stateless.
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
    private static final Set<String> PLACES = Set.of("lives_in", "from", "born_in", "grew_up_in");

    private SlotGuard() {}

    /**
     * Returns the proposals of one reply with the slots that the evidence bears out.
     *
     * @param proposals proposals of a language model
     * @param messages messages of the interaction by id
     * @param subject name of the user
     */
    static List<Proposal> checked(List<Proposal> proposals, Map<String, Message> messages, String subject) {
        var checked = new ArrayList<Proposal>();
        Map<String, String> values = new HashMap<>();
        for (Proposal proposal : proposals) {
            Proposal own = proposal.slot().isEmpty()
                    ? proposal
                    : checked(proposal, proposal.slot().get(), messages, subject);
            String value = own.slot().map(Slot::value).orElse("");
            String former = own.slot()
                    .map(slot -> values.putIfAbsent(slot.name(), slot.value()))
                    .orElse(value);
            boolean contradicts = !former.equalsIgnoreCase(value);
            checked.add(contradicts ? own.withSlot(own.slot(), Slot.Conflict.REVIEW) : own);
        }
        return checked;
    }

    private static Proposal checked(Proposal proposal, Slot slot, Map<String, Message> messages, String subject) {
        String evidence = String.join(" ", proposal.evidence());
        if (!evidence.toLowerCase(Locale.ROOT).contains(slot.value().toLowerCase(Locale.ROOT))
                && !Set.of("yes", "no", "none").contains(slot.value().toLowerCase(Locale.ROOT))) {
            return proposal.withSlot(Optional.of(slot), Slot.Conflict.REVIEW);
        }
        boolean other = false;
        for (String id : proposal.provenance()) {
            Message message = messages.get(id);
            if (message == null) {
                continue;
            }
            for (Statement statement : StatementParser.of(message, subject)) {
                Optional<Slot> stated = statement.slot();
                boolean quoted = proposal.evidence().stream()
                        .anyMatch(
                                piece -> statement.sentence().contains(piece) || piece.contains(statement.sentence()));
                if (quoted && stated.isPresent()) {
                    if (stated.get().family().equals(slot.family())
                            && stated.get().holder().equals(slot.holder())) {
                        return proposal.withSlot(Optional.of(slot), statement.conflict());
                    }
                    other |= sameValue(stated.get(), slot);
                }
                if (quoted && stated.isEmpty() && isTyped(slot)) {
                    other |= statement
                            .content()
                            .toLowerCase(Locale.ROOT)
                            .contains(slot.value().toLowerCase(Locale.ROOT));
                }
            }
        }
        if (other || !plausible(slot, evidence)) {
            return proposal.withSlot(Optional.empty(), Slot.Conflict.KEEP);
        }
        return proposal.withSlot(
                Optional.of(slot), CHANGE.matcher(evidence).find() ? Slot.Conflict.REPLACE : Slot.Conflict.REVIEW);
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
