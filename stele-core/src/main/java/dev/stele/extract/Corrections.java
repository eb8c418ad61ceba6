package dev.stele.extract;

import dev.stele.model.Message;
import dev.stele.model.Note;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.PartOfSpeechTagger;
import dev.stele.syntax.Token;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Corrections of what the user said before. "I meant 1948" replaces the value of the same kind in the latest note that
 * has one; "the concert is on 18 June" after "I mixed that up" ends the latest note about the concert. A correction
 * ends the very note that it corrects, never another one. Stateless.
 */
final class Corrections {

    /** Maximum number of latest notes among which the corrected one is looked for. */
    private static final int MAX_NOTES = 12;

    private static final Pattern MEANT = Pattern.compile(
            "(?:\\bi meant(?: to say)?|\\bi mean|\\bit(?:'s|’s| is| was)|\\bthat(?:'s|’s| is)|\\bshould be|\\brather|\\bname is|\\bcalled|^make that|\\bcorrection:?|^not [^,]{1,40}, (?:but)?|^(?=(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) \\p{L}+[,.!]))\\s*(?:actually )?(?<right>[^,;!\\s][^,.;!]{0,60})",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern NOT = Pattern.compile(
            "\\bnot (?:the |on |in |a |an )?(?<wrong>[\\p{L}\\p{N}'’.:/-]+(?: \\p{Lu}[\\p{L}'’-]+)?)",
            Pattern.CASE_INSENSITIVE);
    private static final Set<String> ORDINALS = Set.of(
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth");

    private static final Pattern NUMBERS = Pattern.compile("\\d+(?:[.,:]\\d+)*");

    private Corrections() {}

    /** Text of a note that may be corrected: a stored note, or a proposal of the same interaction. */
    private record Target(String content, Optional<Note> note, Optional<Proposal> proposal) {}

    static void apply(
            String sentence,
            List<Proposal> proposed,
            List<Proposal> earlier,
            ExtractionInput material,
            Message message) {
        List<Target> targets = new ArrayList<>();
        earlier.reversed()
                .forEach(proposal ->
                        targets.add(new Target(proposal.content(), Optional.empty(), Optional.of(proposal))));
        material.known().stream()
                .limit(MAX_NOTES)
                .forEach(note -> targets.add(new Target(note.content(), Optional.of(note), Optional.empty())));
        if (proposed.stream()
                .allMatch(proposal -> proposal.content().matches(".* (?:meant|said|misread|misspoke|mixed) .*"))) {
            proposed.clear();
            value(sentence, targets, proposed, earlier, message);
            return;
        }
        for (int i = 0; i < proposed.size(); i++) {
            Proposal correct = proposed.get(i);
            Optional<Target> wrong = targets.stream()
                    .filter(target -> sameTopic(correct.content(), target.content(), material.subject()))
                    .findFirst();
            if (wrong.isPresent()) {
                end(
                        wrong.get(),
                        i,
                        correct,
                        proposed,
                        earlier,
                        wholeSubject(correct.content(), wrong.get().content(), material.subject()));
            }
        }
    }

    private static void end(
            Target wrong, int i, Proposal correct, List<Proposal> proposed, List<Proposal> earlier, String content) {
        wrong.proposal().ifPresent(earlier::remove);
        var endings = new ArrayList<>(correct.endings());
        wrong.note().ifPresent(note -> endings.add(Ending.ofNote(note.id())));
        proposed.set(
                i,
                new Proposal(
                        content,
                        correct.category(),
                        correct.evidence(),
                        correct.provenance(),
                        Math.max(0.8, correct.confidence()),
                        correct.importance(),
                        correct.tags(),
                        correct.at(),
                        correct.slot(),
                        correct.conflict(),
                        endings,
                        correct.source()));
    }

    /** Replaces the value of a note by the one that the user meant. */
    private static void value(
            String sentence, List<Target> targets, List<Proposal> proposed, List<Proposal> earlier, Message message) {
        Matcher meant = MEANT.matcher(sentence);
        if (!meant.find()) {
            return;
        }
        String right = meant.group("right").strip();
        Matcher not = NOT.matcher(sentence);
        Optional<String> wrong =
                not.find() ? Optional.of(not.group("wrong").replaceFirst("[.:/'’-]+$", "")) : Optional.empty();
        if (wrong.isPresent() && right.contains(" not ")) {
            right = right.substring(0, right.indexOf(" not ")).strip();
        }
        if (wrong.isPresent() && right.startsWith("not ")) {
            return;
        }
        String value = right;
        for (Target target : targets) {
            Optional<String> corrected = replaced(target.content(), right, wrong);
            if (corrected.isPresent()) {
                Optional<Slot> slot = target.proposal()
                        .flatMap(Proposal::slot)
                        .or(() -> target.note().flatMap(Corrections::slot));
                String old = target.content();
                String content = corrected.get();
                Optional<Slot> newSlot = slot.map(filled -> new Slot(
                        filled.name(),
                        filled.isNegative() || filled.value().equals("yes")
                                ? filled.value()
                                : replaced(". " + filled.value(), value, wrong)
                                        .map(replaced -> replaced.substring(2))
                                        .orElse(filled.value())));
                String category = target.proposal()
                        .map(Proposal::category)
                        .or(() -> target.note().map(Note::category))
                        .orElse("fact");
                var endings = new ArrayList<Ending>();
                target.note().ifPresent(note -> endings.add(Ending.ofNote(note.id())));
                target.proposal().ifPresent(earlier::remove);
                if (!content.equals(old)) {
                    proposed.add(new Proposal(
                            content,
                            category,
                            List.of(sentence),
                            List.of(message.id()),
                            0.85,
                            0.7,
                            List.of(),
                            message.at(),
                            newSlot,
                            Slot.Conflict.REPLACE,
                            endings,
                            Proposal.SOURCE_USER));
                }
                return;
            }
        }
    }

    private static Optional<Slot> slot(Note note) {
        return note.body().metadata().get("slot") instanceof String name
                        && note.body().metadata().get("value") instanceof String value
                ? Optional.of(new Slot(name, value))
                : Optional.empty();
    }

    /** Returns the content with the corrected value; empty if it has no value of the same kind. */
    private static Optional<String> replaced(String content, String right, Optional<String> wrong) {
        List<Token> tokens = TagCorrector.correct(PartOfSpeechTagger.english().tokens(content));
        List<Token> meant = TagCorrector.correct(PartOfSpeechTagger.english().tokens(right));
        if (meant.isEmpty()) {
            return Optional.empty();
        }
        int first = 0;
        while (first + 1 < meant.size() && kind(meant.get(first)) == Kind.OTHER) {
            first++;
        }
        Token key = meant.get(first);
        int last = lastOfName(meant, first);
        String value = right.substring(key.start(), meant.get(last).end());
        List<String> wrongWords = wrong.map(
                        words -> List.of(words.toLowerCase(Locale.ROOT).split("\\s+", -1)))
                .orElse(List.of());
        for (int i = tokens.size() - 1; i >= 0; i--) {
            boolean same = wrong.isPresent()
                    ? startsWith(tokens, i, wrongWords)
                    : kind(tokens.get(i)) == kind(key) && kind(key) != Kind.OTHER && i > 0;
            if (same) {
                int begin = wrong.isEmpty() ? firstOfName(tokens, i) : i;
                int end = wrong.isEmpty() ? i : i + wrongWords.size() - 1;
                return Optional.of(content.substring(0, tokens.get(begin).start())
                        + value
                        + content.substring(tokens.get(end).end()));
            }
        }
        return Optional.empty();
    }

    private static boolean startsWith(List<Token> tokens, int from, List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            if (from + i >= tokens.size() || !tokens.get(from + i).is(words.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNamePart(Token token) {
        return token.isCapitalized() && kind(token) != Kind.NUMBER && !token.is(PartOfSpeech.PRON);
    }

    /** Returns the last token of the name that begins at a token, or the token itself. */
    private static int lastOfName(List<Token> tokens, int from) {
        int last = from;
        while (kind(tokens.get(from)) == Kind.NAME && last + 1 < tokens.size() && isNamePart(tokens.get(last + 1))) {
            last++;
        }
        return last;
    }

    /**
     * Returns the first token of the name that ends at a token, or the token itself; the first word is no part of it.
     */
    private static int firstOfName(List<Token> tokens, int end) {
        int first = end;
        while (kind(tokens.get(end)) == Kind.NAME && first > 1 && isNamePart(tokens.get(first - 1))) {
            first--;
        }
        return first;
    }

    /** Kind of a value that may be corrected by another one of the same kind. */
    private enum Kind {
        YEAR,
        NUMBER,
        ORDINAL,
        MONTH,
        WEEKDAY,
        NAME,
        OTHER
    }

    private static Kind kind(Token token) {
        Lexicon lexicon = Lexicon.english();
        if (token.text().matches("(?:1[89]|20)\\d\\d")) {
            return Kind.YEAR;
        }
        if (ORDINALS.contains(token.lower()) || token.text().matches("\\d+(?:st|nd|rd|th)")) {
            return Kind.ORDINAL;
        }
        if (token.is(PartOfSpeech.NUM) || Character.isDigit(token.text().charAt(0))) {
            return Kind.NUMBER;
        }
        if (lexicon.has("weekday", token)) {
            return Kind.WEEKDAY;
        }
        if (lexicon.has("month", token) && token.isCapitalized()) {
            return Kind.MONTH;
        }
        return token.isCapitalized() && token.isNoun() ? Kind.NAME : Kind.OTHER;
    }

    /** Returns whether two notes have the same subject, which is not the user alone, and the same kind of value. */
    private static boolean sameTopic(String a, String b, String user) {
        Set<String> first = subjectNouns(a, user);
        Set<String> second = subjectNouns(b, user);
        if (first.isEmpty() || second.isEmpty()) {
            return sameRelation(a, b, user);
        }
        return first.stream().anyMatch(second::contains);
    }

    private static boolean sameRelation(String a, String b, String user) {
        String first = firstWords(a, user);
        return (!first.isEmpty() && first.equals(firstWords(b, user)))
                || (NUMBERS.matcher(a).find()
                        && NUMBERS.matcher(a)
                                .replaceAll("#")
                                .equals(NUMBERS.matcher(b).replaceAll("#")));
    }

    private static String firstWords(String content, String user) {
        if (!content.startsWith(user + " ")) {
            return "";
        }
        String[] words = content.substring(user.length() + 1).split(" ", -1);
        return words.length < 3 ? "" : words[0] + " " + words[1];
    }

    /** Returns the nouns before the first verb and preposition: what the statement is about. */
    private static Set<String> subjectNouns(String content, String user) {
        var nouns = new HashSet<String>();
        String text = content.startsWith(user + "'s ") ? "My" + content.substring(user.length() + 2) : content;
        for (Token token : TagCorrector.correct(PartOfSpeechTagger.english().tokens(text))) {
            if (token.is(PartOfSpeech.VERB) || token.is(PartOfSpeech.AUX) || token.is(PartOfSpeech.ADP)) {
                break;
            }
            if (token.isNoun() && !token.lower().equals(user.toLowerCase(Locale.ROOT))) {
                nouns.add(token.lower());
            }
        }
        return nouns;
    }

    /** Returns the corrected note with the full subject of the wrong one: "the flight" is "Ana's flight to Vilnius". */
    private static String wholeSubject(String content, String wrong, String user) {
        int ownVerb = verb(content);
        int shift = user.length();
        int otherVerb = wrong.startsWith(user + "'s ") ? verb("My" + wrong.substring(user.length() + 2)) + shift : -1;
        boolean definite = content.startsWith("The ") && wrong.startsWith(user + "'s ");
        return definite && ownVerb > 0 && otherVerb > 0
                ? wrong.substring(0, otherVerb) + content.substring(ownVerb)
                : content;
    }

    /** Returns the offset of the first verb, or -1. */
    private static int verb(String content) {
        return TagCorrector.correct(PartOfSpeechTagger.english().tokens(content)).stream()
                .filter(token -> token.is(PartOfSpeech.VERB) || token.is(PartOfSpeech.AUX))
                .mapToInt(Token::start)
                .findFirst()
                .orElse(-1);
    }
}
