package dev.stele.extract;

import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Corrector of parts of speech that the statistical tagger often misses: pronouns that are part of a name, names of
 * relatives that are also words, and verbs after a subject pronoun. Stateless.
 */
final class TagCorrector {

    private static final Set<String> BE_HAVE_DO = Set.of(
            "am", "is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "do", "does", "did", "'m",
            "'re", "'ve", "'ll", "'d");
    private static final Set<String> MODALS =
            Set.of("will", "would", "can", "could", "shall", "should", "might", "must", "ca", "wo", "cannot");
    /** Other words that the models tag as auxiliaries. */
    private static final Set<String> AUXILIARIES = Set.of(
            "'s", "get", "got", "getting", "gets", "gotten", "need", "ought", "used", "dare", "may", "having", "doing",
            "gonna", "gotta", "wanna", "ai");

    private static final Set<String> SUBJECTS = Set.of("i", "we", "he", "she", "they");
    private static final Set<String> DETERMINERS = Set.of("a", "an", "my", "our", "their");
    private static final Set<String> OCCUPYING = Set.of("work", "live", "study", "volunteer", "teach");
    private static final Set<String> OBJECT_PRONOUNS = Set.of("me", "us", "my", "our");

    private TagCorrector() {}

    static List<Token> correct(List<Token> separate) {
        List<Token> tokens = joined(separate);
        var corrected = new ArrayList<>(tokens);
        Lexicon lexicon = Lexicon.english();
        boolean allCapitals = tokens.stream()
                .filter(token -> token.text().length() > 1)
                .allMatch(token -> token.text().equals(token.text().toUpperCase(java.util.Locale.ROOT)));
        for (int i = 0; i < corrected.size(); i++) {
            Token token = corrected.get(i);
            String lower = token.lower();
            Token before = i > 0 ? corrected.get(i - 1) : null;
            boolean named = before != null && i > 1 && before.isCapitalized() && before.isNoun();
            if (token.is(PartOfSpeech.PUNCT) && Character.isLetter(token.text().codePointAt(0))) {
                corrected.set(
                        i,
                        token.withPos(
                                token.text().chars().anyMatch(Character::isUpperCase)
                                        ? PartOfSpeech.PROPN
                                        : PartOfSpeech.NOUN));
            } else if (lower.equals("i") || lower.equals("we")) {
                boolean numeral = token.text().equals("I") && named && !startsVerb(corrected, i + 1);
                boolean titled = token.text().equals("We") && i > 0 && !allCapitals && isInTitle(corrected, i);
                corrected.set(i, token.withPos(numeral || titled ? PartOfSpeech.PROPN : PartOfSpeech.PRON));
            } else if (OBJECT_PRONOUNS.contains(lower)) {
                boolean acronym = !allCapitals && (token.text().equals("US") || (i > 0 && isInTitle(corrected, i)));
                corrected.set(i, token.withPos(acronym ? PartOfSpeech.PROPN : PartOfSpeech.PRON));
            } else if (Set.of("last", "first", "better", "best", "further").contains(lower)
                    && i + 1 < corrected.size()
                    && followsSubject(corrected, i)
                    && isVerbForm(corrected.get(i + 1).lower())) {
                corrected.set(i, token.withPos(PartOfSpeech.ADV)); // "since we last spoke"
            } else if (before != null
                    && token.isCapitalized()
                    && token.text().length() > 1
                    && (lexicon.has("kin", before) || lexicon.has("pet", before))) {
                corrected.set(i, token.withPos(PartOfSpeech.PROPN)); // "my aunt May", "my husband Will"
            } else if (BE_HAVE_DO.contains(lower) || (MODALS.contains(lower) && !(named && token.isCapitalized()))) {
                if (!token.is(PartOfSpeech.VERB)) {
                    corrected.set(i, token.withPos(PartOfSpeech.AUX));
                }
            } else if (before != null
                    && isVerbForm(lower)
                    && followsSubject(corrected, i)
                    && !((token.is(PartOfSpeech.ADV) || token.is(PartOfSpeech.ADJ))
                            && i + 1 < corrected.size()
                            && corrected.get(i + 1).is(PartOfSpeech.VERB))
                    && !token.is(PartOfSpeech.AUX)) {
                corrected.set(i, token.withPos(PartOfSpeech.VERB));
            } else if (lower.equals("no")
                    && i + 1 < corrected.size()
                    && corrected.get(i + 1).is(Set.of("longer", "more"))) {
                corrected.set(i, token.withPos(PartOfSpeech.ADV)); // "we no longer keep chickens"
                corrected.set(
                        i + 1,
                        corrected.get(i + 1).is("longer")
                                ? corrected.get(i + 1).withPos(PartOfSpeech.ADV)
                                : corrected.get(i + 1));
            } else if (token.is(PartOfSpeech.ADV)
                    && before != null
                    && before.is(Set.of("was", "were", "been", "got"))
                    && VerbForms.english().isParticiple(lower)) {
                corrected.set(i, token.withPos(PartOfSpeech.VERB)); // "was stolen last year"
            } else if (token.is(PartOfSpeech.ADV) && before != null && isNounAfterAll(lexicon, corrected, i)) {
                corrected.set(i, token.withPos(PartOfSpeech.NOUN));
            } else if (token.is(PartOfSpeech.VERB)
                    && before != null
                    && before.is(Set.of("have", "has", "had", "got", "'ve"))
                    && lower.endsWith("s")
                    && !VerbForms.english().isParticiple(lower)) {
                corrected.set(i, token.withPos(PartOfSpeech.NOUN)); // "I have braces"
            } else if (token.is(PartOfSpeech.NUM) && isNameWithDigits(token.text())) {
                corrected.set(i, token.withPos(token.isCapitalized() ? PartOfSpeech.PROPN : PartOfSpeech.NOUN));
            } else if (token.is(PartOfSpeech.AUX) && !AUXILIARIES.contains(lower)) {
                corrected.set(
                        i,
                        token.withPos(
                                token.isCapitalized() && i > 0
                                        ? PartOfSpeech.PROPN
                                        : isVerbForm(lower) ? PartOfSpeech.VERB : PartOfSpeech.NOUN));
            } else if (i > 0
                    && token.isCapitalized()
                    && token.text().length() > 3
                    && (token.is(PartOfSpeech.ADP) || token.is(PartOfSpeech.DET) || token.is(PartOfSpeech.SCONJ))) {
                corrected.set(i, token.withPos(PartOfSpeech.PROPN));
            } else if (lower.equals("live")
                    && i + 1 < corrected.size()
                    && corrected.get(i + 1).is(Set.of("in", "at", "near", "with", "on", "alone"))) {
                corrected.set(i, token.withPos(PartOfSpeech.VERB));
            } else if (token.is(PartOfSpeech.ADJ) && (lexicon.has("kin", lower) || lexicon.has("pet", lower))) {
                corrected.set(i, token.withPos(PartOfSpeech.NOUN));
            } else if (token.is(PartOfSpeech.PRON) && i > 0 && !allCapitals && isInTitle(corrected, i)) {
                corrected.set(i, token.withPos(PartOfSpeech.PROPN)); // "Me & You"
            } else if ((token.is(PartOfSpeech.PRON) && !lexicon.has("pronoun", lower))
                    || (token.is(PartOfSpeech.SCONJ) && i > 0 && !lexicon.has("subordinator", lower))) {
                corrected.set(i, token.withPos(PartOfSpeech.NOUN)); // "I play tennis"
            } else if (token.is(PartOfSpeech.VERB)
                    && before != null
                    && (before.is(PartOfSpeech.DET) || ClauseParser.isPossessive(before))
                    && !lower.endsWith("ing")
                    && !(i + 1 < corrected.size() && corrected.get(i + 1).isNoun() && lower.endsWith("ed"))) {
                corrected.set(i, token.withPos(PartOfSpeech.NOUN)); // "in the shed"
            } else if (before != null && isPredicateOfKin(lexicon, corrected, i)) {
                corrected.set(i, token.withPos(PartOfSpeech.VERB)); // "my stepdad Joe restores"
            } else if (i == 1
                    && before != null
                    && before.is(PartOfSpeech.PROPN)
                    && token.is(PartOfSpeech.ADJ)
                    && VerbForms.english().isPast(lower)
                    && i + 1 < corrected.size()
                    && corrected.get(i + 1).is(OBJECT_PRONOUNS)) {
                corrected.set(i, token.withPos(PartOfSpeech.VERB)); // "Bo lent me his tent"
            } else if (i > 0 && token.is(PartOfSpeech.INTJ) && token.isCapitalized()) {
                corrected.set(i, token.withPos(PartOfSpeech.PROPN));
            } else if (lower.equals("home")
                    && token.is(PartOfSpeech.ADV)
                    && before != null
                    && before.is(PartOfSpeech.PRON)) {
                corrected.set(i, token.withPos(PartOfSpeech.NOUN));
            }
        }
        correctConjuncts(corrected);
        correctOnlyVerb(corrected);
        correctFirst(corrected);
        return corrected;
    }

    /**
     * After "I", "we" or "they" and a verb, a verb form between a conjunction and a determiner is a verb, and so is one
     * of living or working before its preposition: "I teach chess and coach a team", "I study law and work at a bar".
     */
    private static void correctConjuncts(List<Token> tokens) {
        boolean predicate = false;
        for (int i = 0; i + 1 < tokens.size(); i++) {
            Token token = tokens.get(i);
            predicate |= token.is(PartOfSpeech.VERB) && followsSubject(tokens, i);
            boolean noun = token.is(PartOfSpeech.NOUN) || token.is(PartOfSpeech.ADJ);
            if (!predicate
                    || !noun
                    || token.isCapitalized()
                    || !tokens.get(i - 1).is(Set.of("and", "but"))) {
                continue;
            }
            Token next = tokens.get(i + 1);
            boolean object = next.is(DETERMINERS) && VerbForms.english().isKnownLemma(token.lower());
            boolean place = next.is(Set.of("at", "in", "for", "as")) && token.is(OCCUPYING);
            if (object || place) {
                tokens.set(i, token.withPos(PartOfSpeech.VERB));
            }
        }
    }

    /** A first word before a plural noun is no verb if another verb follows: "Raw apples make". */
    private static void correctFirst(List<Token> tokens) {
        boolean modifier = tokens.size() > 3
                && tokens.get(0).is(PartOfSpeech.VERB)
                && tokens.get(1).is(PartOfSpeech.NOUN)
                && tokens.get(2).is(PartOfSpeech.VERB)
                && !isVerbForm(tokens.get(0).lower());
        if (modifier) {
            tokens.set(0, tokens.get(0).withPos(PartOfSpeech.ADJ));
        }
    }

    /** A sentence without a verb has one that the tagger took for a plural: "My train to Oslo leaves at nine". */
    private static void correctOnlyVerb(List<Token> tokens) {
        if (tokens.stream().anyMatch(token -> token.is(PartOfSpeech.VERB) || token.is(PartOfSpeech.AUX))) {
            return;
        }
        for (int i = 1; i + 1 < tokens.size(); i++) {
            Token token = tokens.get(i);
            Token next = tokens.get(i + 1);
            boolean complement = next.is(PartOfSpeech.ADP)
                    || next.is(PartOfSpeech.DET)
                    || next.is(PartOfSpeech.ADV)
                    || next.is(PartOfSpeech.ADJ)
                    || next.is(PartOfSpeech.NUM)
                    || (next.is(PartOfSpeech.PRON) && !next.is("i"));
            if (token.is(PartOfSpeech.NOUN)
                    && !token.isCapitalized()
                    && token.lower().endsWith("s")
                    && isVerbForm(token.lower())
                    && tokens.get(i - 1).isNoun()
                    && complement) {
                tokens.set(i, token.withPos(PartOfSpeech.VERB));
                return;
            }
        }
    }

    /** Returns the tokens with each hyphenated word as one token, which has the part of speech of its last part. */
    private static List<Token> joined(List<Token> tokens) {
        var joined = new ArrayList<Token>(tokens.size());
        int i = -1;
        while (++i < tokens.size()) {
            Token token = tokens.get(i);
            Token first = joined.isEmpty() ? token : joined.getLast();
            boolean hyphen = token.is("-")
                    && !joined.isEmpty()
                    && i + 1 < tokens.size()
                    && first.end() == token.start()
                    && token.end() == tokens.get(i + 1).start()
                    && Character.isLetterOrDigit(
                            first.text().codePointBefore(first.text().length()))
                    && Character.isLetterOrDigit(tokens.get(i + 1).text().codePointAt(0));
            if (!hyphen) {
                joined.add(token);
                continue;
            }
            Token last = tokens.get(i + 1);
            String text = first.text() + "-" + last.text();
            boolean relative =
                    last.is(Set.of("law", "laws")) || Lexicon.english().has("kin", EnglishGrammar.lower(text));
            boolean digits = Character.isDigit(text.charAt(0)) && first.is(PartOfSpeech.NUM);
            boolean word = last.isNoun()
                    || last.is(PartOfSpeech.ADJ)
                    || last.is(PartOfSpeech.NUM)
                    || last.is(PartOfSpeech.VERB);
            PartOfSpeech pos = relative
                    ? PartOfSpeech.NOUN
                    : digits && !word
                            ? PartOfSpeech.NUM
                            : word ? last.pos() : first.isNoun() ? first.pos() : PartOfSpeech.NOUN;
            boolean participle = pos == PartOfSpeech.VERB && isModifierForm(last.lower());
            joined.set(
                    joined.size() - 1, new Token(text, first.start(), last.end(), participle ? PartOfSpeech.ADJ : pos));
            i++;
        }
        return joined;
    }

    private static boolean isModifierForm(String lower) {
        return lower.endsWith("ed")
                || lower.endsWith("ing")
                || VerbForms.english().isParticiple(lower);
    }

    /** Returns whether a capitalized pronoun stands beside another capitalized word, as in a title or a name. */
    private static boolean isInTitle(List<Token> tokens, int i) {
        if (!tokens.get(i).isCapitalized()) {
            return false;
        }
        Token before = tokens.get(i - 1);
        boolean after = i + 1 < tokens.size()
                && tokens.get(i + 1).isCapitalized()
                && !tokens.get(i + 1).is("i");
        return (i > 1 && before.isCapitalized() && !before.is("i"))
                || before.is(Set.of("called", "named", "&"))
                || (after && !before.is(PartOfSpeech.PUNCT))
                || (i + 1 < tokens.size() && tokens.get(i + 1).is("&"));
    }

    /**
     * Returns whether a token begins with two letters and has digits, such as the name of a product with its version.
     */
    private static boolean isNameWithDigits(String text) {
        return text.length() > 2
                && Character.isLetter(text.charAt(0))
                && Character.isLetter(text.charAt(1))
                && text.chars().anyMatch(Character::isDigit);
    }

    private static boolean isNounAfterAll(Lexicon lexicon, List<Token> tokens, int i) {
        Token token = tokens.get(i);
        String lower = token.lower();
        boolean last = i + 1 == tokens.size()
                || tokens.get(i + 1).is(PartOfSpeech.PUNCT)
                || tokens.get(i + 1).is(PartOfSpeech.CCONJ)
                || tokens.get(i + 1).is(PartOfSpeech.ADP);
        return last
                && !lexicon.has("adverb", lower)
                && !lexicon.has("time-adverb", lower)
                && !lower.endsWith("ly")
                && !lower.endsWith("ward")
                && !lower.contains("'");
    }

    /** Returns whether a verb form follows a relative or pet, or the name of one, and was taken for a noun. */
    private static boolean isPredicateOfKin(Lexicon lexicon, List<Token> tokens, int i) {
        Token token = tokens.get(i);
        if (!(token.is(PartOfSpeech.NOUN) || token.is(PartOfSpeech.ADJ))
                || token.isCapitalized()
                || !isVerbForm(token.lower())) {
            return false;
        }
        Token before = tokens.get(i - 1);
        boolean name = i > 1
                && before.is(PartOfSpeech.PROPN)
                && (lexicon.has("kin", tokens.get(i - 2)) || lexicon.has("pet", tokens.get(i - 2)));
        boolean kin = lexicon.has("kin", before) && !lexicon.has("occupation", before);
        boolean inflected = token.lower().endsWith("s") || VerbForms.english().isPast(token.lower());
        boolean several = before.lower().endsWith("s") && !before.lower().endsWith("ss");
        return (name || kin) && (inflected || several); // "my twins start school"
    }

    private static boolean startsVerb(List<Token> tokens, int i) {
        if (i < tokens.size()) {
            String lower = tokens.get(i).lower();
            boolean thirdPerson = (lower.endsWith("s")
                            && VerbForms.english()
                                    .isKnownLemma(VerbForms.english().lemma(lower))
                            && !VerbForms.english().isKnownLemma(lower))
                    || Set.of("is", "was", "has", "does").contains(lower)
                    || (lower.endsWith("s") && tokens.get(i).is(PartOfSpeech.VERB) && !lower.endsWith("ss"));
            if (thirdPerson) {
                return false;
            }
        }
        return i < tokens.size()
                && (tokens.get(i).is(PartOfSpeech.VERB)
                        || tokens.get(i).is(PartOfSpeech.AUX)
                        || tokens.get(i).is(PartOfSpeech.ADV));
    }

    /** Returns whether a subject pronoun precedes, possibly with an adverb between. */
    private static boolean followsSubject(List<Token> tokens, int i) {
        int j = i - 1;
        while (j > 0
                && (tokens.get(j).is(PartOfSpeech.ADV)
                        && !BE_HAVE_DO.contains(tokens.get(j).lower()))) {
            j--;
        }
        return j >= 0
                && SUBJECTS.contains(tokens.get(j).lower())
                && tokens.get(j).is(PartOfSpeech.PRON);
    }

    static boolean isVerbForm(String word) {
        VerbForms forms = VerbForms.english();
        String lower = word.substring(word.lastIndexOf('-') + 1); // "touch-type"
        return forms.isKnownLemma(lower)
                || (!lower.endsWith("ing")
                        && forms.isKnownLemma(forms.lemma(lower))
                        && (forms.isPast(lower) || lower.endsWith("s")));
    }
}
