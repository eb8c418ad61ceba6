package dev.stele.extract;

import dev.stele.language.RelativeDates;
import dev.stele.model.Message;
import dev.stele.syntax.PartOfSpeech;
import dev.stele.syntax.PartOfSpeechTagger;
import dev.stele.syntax.SentenceSplitter;
import dev.stele.syntax.Token;
import dev.stele.syntax.VerbForms;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser that finds statements which people make about themselves, their family, friends, pets, possessions
 * and plans. It divides a message into sentences and clauses and interprets each clause. Questions, hypotheticals,
 * quotations, instructions and general statements are left out, and so is what cannot be understood without the
 * messages before. The time grows linearly with the length of the message up to a maximum number of sentences.
 * Stateless; must not run on a virtual thread, because the analysis occupies a processor.
 */
public final class StatementParser {

    /** Maximum number of sentences of a message that are analyzed. */
    private static final int MAX_SENTENCES = 200;
    /** Maximum length of a message in UTF-16 chars that is analyzed; the rest is ignored. */
    private static final int MAX_MESSAGE_LENGTH = 40_000;

    private static final int MIN_SENTENCE_LENGTH = 6;
    private static final int MAX_SENTENCE_LENGTH = 500;
    /** Maximum number of words of a quotation that is a title or a name. */
    private static final int MAX_TITLE_WORDS = 6;

    private static final Lexicon LEXICON = Lexicon.english();

    /** Patterns of four, three, two and one words at the start of a sentence, the longest first. */
    private static final List<Pattern> LEAD_WORDS = java.util.stream.IntStream.of(3, 2, 1, 0)
            .mapToObj(
                    more -> Pattern.compile(
                            "^([\\p{L}'’-]+(?: [\\p{L}'’-]+){" + more
                                    + "})(?:(?<=(?i:hey|hi|hello|thanks|thank you|wow|yeah|oh)),? \\p{Lu}[\\p{L}]+(?=[,!.]))?([,:!.…]+| [–—-] | )\\s*"))
            .toList();

    private static final Set<String> LEADS_WITHOUT_MARK = Set.of(
            "oh",
            "and",
            "but",
            "so",
            "also",
            "well",
            "actually",
            "honestly",
            "btw",
            "plus",
            "yeah",
            "yes",
            "hey",
            "hi",
            "wow",
            "haha",
            "lol",
            "aw",
            "anyway",
            "luckily",
            "unfortunately",
            "fortunately",
            "sadly",
            "by the way",
            "fun fact",
            "turns out",
            "to be honest",
            "guess what",
            "however",
            "hello",
            "okay",
            "ok",
            "update",
            "oops",
            "no wait");
    private static final Pattern EDGE = Pattern.compile("^[^\\p{L}\\p{N}\"“'‘(]+|[\\s]+$");
    private static final Pattern FICTION = Pattern.compile(
            "\\b(?:in (?:my|the|this|a) (?:dream|novel|story|game|movie|film|book|song|play|screenplay|script|poem|comic|short story|roleplay|sketch)s?\\b|my character\\b|i dream(?:t|ed) (?:that|i|we)\\b|imagine\\b|suppose\\b|let's say\\b|what if\\b|i wish\\b|if only\\b|pretend\\b|as if\\b|yeah,? right\\b|hypothetical|/s$|not!$)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern SARCASM = Pattern.compile(
            "^\\W*(?:(?:oh|yeah|ah|well),? )?(?:sure|right|great|yeah|brilliant|fantastic|wonderful|lovely|perfect|of course)(?:,? (?:right|sure))?[,!.]?(?: because| cause)? (?:i|we) (?:just|simply|absolutely|really|so|truly|totally) (?:love|adore|enjoy|like|live for)\\b|^\\W*(?:yeah,? right|oh,? (?:sure|great|right|wonderful|lovely|joy|yay))[,!.]? (?:because )?(?:i|we|just)\\b",
            Pattern.CASE_INSENSITIVE);
    /** Matches source code, formulas and markup, which are no sentences. */
    private static final Pattern MARKUP = Pattern.compile(
            "</?[a-zA-Z][^>]{0,80}>|\\\\[\\(\\[a-z]+|[{};]\\s*$|=>|\\w\\(\\)\\s*[;{]|\\b(?:const|let|var|def|function|import|return)\\s+\\w+\\s*[=({]");
    /** Matches an instruction to work on the text that follows it. */
    private static final Pattern TEXT_TO_WORK_ON = Pattern.compile(
            "^\\W*(?:please |can you |could you |pls )?(?:translate|rewrite|rephrase|proofread|correct|fix|check|edit|shorten|summarize|summarise|paraphrase|improve|polish|complete|continue|explain|spell-check|format|repeat|say|type)\\b[^:.!?]{0,60}:",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern QUESTION = Pattern.compile(
            "^(?:(?:do|does|did|is|are|am|was|were|can|could|will|would|should|shall|may|might|have|has) (?:i|you|we|he|she|it|they|the|my|your|people|anyone|there)\\b|(?:what|who|whom|whose|which|how|why)(?:'s|’s)? (?!a\\b|an\\b|i\\b|we\\b|my\\b)|(?:when|where) (?:is|are|do|does|did|can|could|will|would|should)\\b|any(?:one|body)? .*\\?)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern REQUEST = Pattern.compile(
            "^(?:please |always |pls )+((?:call|answer|reply|respond|write|speak|talk|use|keep|avoid|remind|send|explain)\\b.{3,120})$|^(?:please )?(?:don't|don’t|do not|never) ((?:call|answer|reply|write|use|mention|send|ask)\\b.{3,120})$",
            Pattern.CASE_INSENSITIVE);
    /** Conjunctions whose clause belongs to the clause before. */
    private static final Set<String> ATTACHED =
            Set.of("when", "while", "since", "before", "after", "until", "till", "whenever", "as", "once", "where");

    private StatementParser() {}

    /** {@link #of(Message, String, Set)} without names that are known before. */
    public static List<Statement> of(Message message, String subject) {
        return of(message, subject, Set.of());
    }

    /**
     * Returns the statements that a message makes. Sentences shorter than 6 or longer than 500 chars and questions are
     * skipped.
     *
     * @param message message to parse; its time resolves relative dates
     * @param subject name of the speaker in the statements
     * @param knownNames names of people, pets and things that notes of the speaker mention
     * @return statements in their order
     */
    public static List<Statement> of(Message message, String subject, Set<String> knownNames) {
        return parse(message, subject, knownNames).stream()
                .flatMap(sentence -> sentence.statements().stream())
                .toList();
    }

    /**
     * Sentence with its statements.
     *
     * @param text sentence without its lead-in words
     * @param asserts whether the speaker asserts the sentence; a question, a quotation and sarcasm assert nothing
     * @param corrects whether the speaker says that something said before was wrong
     * @param statements statements of the sentence
     */
    record Sentence(String text, boolean asserts, boolean corrects, List<Statement> statements) {}

    static List<Sentence> parse(Message message, String subject, Set<String> knownNames) {
        String content = message.content();
        String text = content.length() > MAX_MESSAGE_LENGTH ? content.substring(0, MAX_MESSAGE_LENGTH) : content;
        Optional<PlainFactGrammar> other = PlainFactGrammar.of(text);
        if (other.isPresent()) {
            return PlainFactParser.parse(
                    other.get(),
                    text,
                    subject,
                    message.at().atZone(ZoneOffset.UTC).toLocalDate());
        }
        var interpreter = new ClauseInterpreter(subject, knownNames);
        var sentences = new ArrayList<Sentence>();
        for (String sentence : SentenceSplitter.sentences(text, MAX_SENTENCES)) {
            if (TEXT_TO_WORK_ON.matcher(sentence).find()) {
                break; // what follows is a text, not a statement of the speaker
            }
            if (sentence.length() < MIN_SENTENCE_LENGTH) {
                continue;
            }
            if (sentence.length() > MAX_SENTENCE_LENGTH) {
                sentences.add(new Sentence("", false, false, List.of()));
                continue;
            }
            sentences.add(sentence(sentence, subject, interpreter, message, knownNames));
        }
        return sentences;
    }

    private static Sentence sentence(
            String original, String subject, ClauseInterpreter interpreter, Message message, Set<String> knownNames) {
        boolean corrects = false;
        String rest = EDGE.matcher(original).replaceAll("");
        for (Optional<Lead> lead = lead(rest); lead.isPresent(); lead = lead(rest)) {
            corrects |= lead.get().corrects();
            rest = rest.substring(lead.get().end());
        }
        rest = EDGE.matcher(rest).replaceAll("");
        corrects |= CORRECTION.matcher(rest).find();
        boolean sarcastic = SARCASM.matcher(original).find();
        var none = new Sentence(rest, false, corrects, List.of());
        if (original.endsWith("?")
                || original.endsWith("?!")
                || rest.length() < MIN_SENTENCE_LENGTH
                || QUESTION.matcher(rest).find()
                || FICTION.matcher(rest).find()
                || sarcastic
                || MARKUP.matcher(rest.replaceAll("`[^`]{1,100}`", "code")).find()
                || quotes(rest)) {
            return none;
        }
        Matcher request = REQUEST.matcher(rest.replaceAll("[.!\\s]+$", ""));
        if (request.find()) {
            boolean never = request.group(1) == null;
            String asked = never ? request.group(2) : request.group(1);
            return new Sentence(
                    rest,
                    true,
                    false,
                    List.of(finished(
                            new Statement(
                                    subject + (never ? " asks never to " : " asks: ") + asked,
                                    "preference",
                                    0.85,
                                    0.8,
                                    Optional.empty(),
                                    Slot.Conflict.KEEP,
                                    List.of(),
                                    Optional.empty(),
                                    false,
                                    original),
                            original,
                            message)));
        }
        String whole = completed(rest);
        List<Token> tokens =
                TagCorrector.correct(named(PartOfSpeechTagger.english().tokens(whole), knownNames));
        if (whole.startsWith("I am ") && !rest.startsWith("I am ") && hasAnotherVerb(tokens)) {
            whole = rest; // "Volunteering there made me happy": the participle is the subject
            tokens = TagCorrector.correct(named(PartOfSpeechTagger.english().tokens(whole), knownNames));
        }
        rest = whole;
        var statements = new ArrayList<Statement>();
        for (Clause clause : merged(ClauseParser.clauses(rest, tokens))) {
            for (Statement statement : interpreter.interpret(clause, corrects)) {
                if (statement.content().chars().filter(c -> c == '"').count() % 2 == 1) {
                    continue; // part of a quotation
                }
                statements.add(finished(statement, original, message));
            }
        }
        return new Sentence(rest, true, corrects, statements);
    }

    /** Returns whether a finite verb follows the group of verbs "I am …" before the next clause. */
    private static boolean hasAnotherVerb(List<Token> tokens) {
        for (int i = 3; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            boolean joins = token.is(PartOfSpeech.CCONJ)
                    && i + 1 < tokens.size()
                    && tokens.get(i + 1).lower().endsWith("ing");
            if ((token.is(PartOfSpeech.PUNCT) || token.is(PartOfSpeech.CCONJ) || token.is(PartOfSpeech.SCONJ))
                    && !joins) {
                return false;
            }
            boolean finite = token.is(PartOfSpeech.AUX)
                    || (token.is(PartOfSpeech.VERB)
                            && (VerbForms.english().isPast(token.lower())
                                    || token.lower().endsWith("s")));
            if (finite && !tokens.get(i - 1).is("to")) {
                return true;
            }
        }
        return false;
    }

    /** Lead-in words at the start of a sentence. */
    private record Lead(int end, boolean corrects) {}

    private static Optional<Lead> lead(String sentence) {
        for (Pattern pattern : LEAD_WORDS) {
            Matcher matcher = pattern.matcher(sentence);
            if (matcher.find()) {
                String word = EnglishGrammar.lower(matcher.group(1)).replace('’', '\'');
                boolean marked = !matcher.group(2).isBlank();
                boolean known = (marked && LEXICON.has("lead", word))
                        || LEADS_WITHOUT_MARK.contains(word)
                        || (marked && isCorrection(word));
                if (known) {
                    return Optional.of(new Lead(matcher.end(), LEXICON.has("correction", word) || isCorrection(word)));
                }
            }
        }
        return Optional.empty();
    }

    private static final Pattern CORRECTION = Pattern.compile(
            "\\bi mean\\b.*\\bnot\\b|^not [^,]{1,30}, (?:but )?[\\p{Lu}\\d]|\\bi (?:meant|misspoke|misread|mixed|got (?:it|that) wrong)\\b|\\bi said\\b.*\\b(?:but|actually|sorry|should)\\b|\\bit(?:'s|’s| is) actually\\b|\\bi got (?:the|my) .* wrong\\b|\\bmy mistake\\b|\\bthat was wrong\\b|\\bnot quite right\\b|\\bcorrection\\b|\\btypo\\b|\\bscratch that\\b|\\bi was wrong\\b",
            Pattern.CASE_INSENSITIVE);

    /**
     * Returns a fragment such as "Allergic to nuts" or "In Rome since 2009" with the subject and verb that it lacks.
     */
    private static String completed(String fragmentary) {
        String sentence = AGE_AFTER_NAME.matcher(fragmentary).replaceFirst("$1, I'm $2, ");
        Matcher inverted = INVERTED.matcher(sentence);
        if (inverted.find()) {
            String auxiliary = inverted.group("auxiliary");
            boolean never = inverted.group("never") != null;
            return "I " + auxiliary + (never ? " never " : " not ") + inverted.group("rest");
        }
        Matcher choice = CHOICE.matcher(sentence);
        if (choice.find()) {
            return "I prefer " + EnglishGrammar.lower(choice.group(1)) + " over " + choice.group(2) + ".";
        }
        Matcher appointed = APPOINTED.matcher(sentence);
        if (appointed.find()) {
            String role = appointed.group("role");
            String last = EnglishGrammar.lower(role.replaceFirst("[.!]*$", "")
                    .replaceFirst("(?i) (?:on|in|at|last|this|yesterday|today|of|for) .*| (?:yesterday|today)$", ""));
            boolean job = LEXICON.has("occupation", last.substring(last.lastIndexOf(' ') + 1));
            if (job) {
                return "I was made " + role;
            }
        }
        Matcher treated = TREATED.matcher(sentence);
        if (treated.find()) {
            return "I was " + treated.group(1) + " " + treated.group(2);
        }
        Matcher preferred = PREFERRED.matcher(sentence);
        if (preferred.find()) {
            return "I " + preferred.group(1) + " " + preferred.group(2);
        }
        Matcher intended = INTENDED.matcher(sentence);
        if (intended.find()) {
            return "I am " + (intended.group("going") != null ? "going to " : intended.group("aim") + " to ")
                    + intended.group("rest");
        }
        Matcher progressive = PROGRESSIVE.matcher(sentence);
        if (progressive.find()) {
            return "I am " + EnglishGrammar.lower(sentence.substring(0, 1)) + sentence.substring(1);
        }
        Matcher fragment = FRAGMENT.matcher(sentence);
        if (!fragment.find()) {
            return sentence;
        }
        String rest = sentence.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + sentence.substring(1);
        if (fragment.group("born") != null) {
            return "I was " + rest;
        }
        if (fragment.group("since") != null || fragment.group("perfect") != null) {
            return "I have been " + rest;
        }
        return (fragment.group("state") != null ? "I am " : "I ") + rest;
    }

    /** Matches "I'm Lena, 36, …". */
    private static final Pattern AGE_AFTER_NAME = Pattern.compile(
            "(\\bI(?:'m|’m| am) \\p{Lu}[\\p{L}'’-]{1,30}), (\\d{2}|(?:twenty|thirty|forty|fifty|sixty|seventy)(?:-\\p{L}+)?)(?:, |(?=\\.))");
    /** Matches "Nor do I eat fish" and "Never have I smoked". */
    private static final Pattern INVERTED = Pattern.compile(
            "^(?:nor|neither|(?<never>never)) (?<auxiliary>do|am|have|can|did|will|was|could|would) (?:i|we) (?<rest>.+)$",
            Pattern.CASE_INSENSITIVE);
    /** Matches "Tea over coffee, every time". */
    private static final Pattern CHOICE = Pattern.compile(
            "^(?:give me )?(?:an? )?(\\p{L}+(?: \\p{L}+)?) over (?:an? )?(\\p{L}+(?: \\p{L}+)?),? (?:every time|any day|any time|always|all day)\\W*$",
            Pattern.CASE_INSENSITIVE);

    /** Matches "They made me head chef". */
    private static final Pattern APPOINTED =
            Pattern.compile("^[\\p{L}' ’&-]{2,40} made me (?<role>(?!a\\b)\\p{L}.{2,60})$");
    /** Matches "They promoted me to …". */
    private static final Pattern TREATED = Pattern.compile(
            "^They(?:'ve|’ve| have)? (promoted|hired|appointed|transferred|fired|sacked|laid|dismissed|elected|diagnosed|moved|discharged|made) (?:me|us) (.+)$");
    /** Matches "There's nothing I love more than …". */
    private static final Pattern PREFERRED = Pattern.compile(
            "^(?:there(?:'s|’s| is) )?(?:nothing|little) (?:i|we) (love|like|enjoy|hate|dislike) more than (.+)$",
            Pattern.CASE_INSENSITIVE);

    /** Matches "Gonna continue my course" and "Hoping to move in May". */
    private static final Pattern INTENDED = Pattern.compile(
            "^(?:(?<going>gonna|going to)|(?<aim>hoping|planning|trying|aiming) to) (?<rest>.+)$",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern PROGRESSIVE = Pattern.compile(
            "^(?:(?:currently|still|now|also|just) )?(?:saving|learning|studying|training|working|living|teaching|playing|dating|preparing|practising|practicing|renovating|planning|expecting|recovering|volunteering|(?:seeing|meeting|visiting|flying|going|travelling|traveling|driving|having|getting|moving|starting)(?=.*\\b(?:tomorrow|tonight|next (?:week|month|year)|january|february|march|april|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\\b)) (?!(?:is|was|has|can|will|with you)\\b)(?!.*\\b(?:is|was|are|i|i'm|i’m|i've|i’ve|we)\\b)",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern FRAGMENT = Pattern.compile(
            "^(?:(?<state>(?:(?:severely|very|deathly|mildly|happily|recently|newly|still|not|now) )?(?:an? )?(?:(?:big|huge|massive|not a|not a big) )?(?:allergic to|vegan|vegetarian|pescatarian|diabetic|married|divorced|single|engaged|left-handed|afraid of|scared of|terrified of|fluent in|fan of|fond of|originally from|retired)\\b(?!.*\\b(?:i|i'm|i’m)\\b))|(?<born>(?:born|raised)(?: and raised)? in )|(?<since>(?:in|at|with) (?:the )?\\p{Lu}[\\p{L}'’ -]{1,40}? (?:since|for) )|(?:(?<perfect>never (?:been|eaten|tried|owned|had|learned|learnt))|never (?:liked|learned|learnt)|can't stand|can’t stand|hate|loathe|detest|no longer (?:eat|live|work|drink|smoke|like)) )",
            Pattern.CASE_INSENSITIVE);

    private static boolean isCorrection(String words) {
        return words.matches(
                "wait|oops|sorry|correction|typo|scratch that|my bad|my mistake|no wait|i misspoke|actually|whoops|i mean|apologies");
    }

    private static Statement finished(Statement statement, String original, Message message) {
        String dated = dated(statement.content(), message);
        return new Statement(
                dated.replaceAll("(?i),? (?:btw|lol|haha|though|by the way|you know)$", "")
                                .replaceAll("[\\s,;:.–—-]*$", "")
                        + ".",
                statement.category(),
                statement.confidence(),
                statement.importance(),
                statement.slot(),
                statement.conflict(),
                statement.endings(),
                statement.entity(),
                statement.reported(),
                original);
    }

    /** Matches "has not … in three weeks", where "in" does not point to the future. */
    private static final Pattern NEGATIVE_DURATION = Pattern.compile(
            "\\b(?:has|have|had)(?: not|n't|n’t| never)\\b.*\\bin (?:\\p{L}+|\\d+) (?:days?|weeks?|months?|years?)\\b");

    private static final Pattern NAME_WITH_DATE_WORD = Pattern.compile(
            "(?<=\\p{Lu}[\\p{L}]{0,20} )(?:Today|Tomorrow|Tonight|Yesterday)\\b|(?:Today|Tomorrow|Tonight|Yesterday)(?= \\p{Lu})");

    /** Replaces relative dates, but not in a name such as that of a newspaper. */
    private static String dated(String content, Message message) {
        Matcher names = NAME_WITH_DATE_WORD.matcher(content);
        var kept = new ArrayList<String>();
        String masked = names.replaceAll(found -> {
            kept.add(found.group());
            return "\uE000" + (char) ('\uE100' + kept.size() - 1);
        });
        boolean duration = NEGATIVE_DURATION.matcher(masked).find();
        String dated = duration ? masked : RelativeDates.absolute(masked, message.at());
        for (int i = 0; i < kept.size(); i++) {
            dated = dated.replace("\uE000" + (char) ('\uE100' + i), kept.get(i));
        }
        return dated;
    }

    /** Returns the tokens with the names that the user has mentioned before as proper nouns. */
    private static List<Token> named(List<Token> tokens, Set<String> knownNames) {
        return tokens.stream()
                .map(token ->
                        knownNames.contains(token.text()) && !token.is(PartOfSpeech.PRON) && !token.is(PartOfSpeech.DET)
                                ? token.withPos(PartOfSpeech.PROPN)
                                : token)
                .toList();
    }

    /** Returns whether a sentence quotes speech; a quoted title is no such quotation. */
    private static boolean quotes(String sentence) {
        Matcher quotation = QUOTATION.matcher(sentence);
        while (quotation.find()) {
            String inner = quotation.group().substring(1, quotation.group().length() - 1);
            boolean personal = inner.matches("(?is).*\\b(?:i|i'm|i’m|my|me|we|you|your)\\b.*");
            if (personal || inner.split("\\s+").length > MAX_TITLE_WORDS) {
                return true;
            }
        }
        return false;
    }

    private static final Pattern QUOTATION = Pattern.compile(
            "[“\"][^”\"]{2,400}[”\"]|(?<![\\p{L}\\p{N}])['‘](?=\\S)(?:[^'’]|['’](?=\\p{L})){2,400}['’](?![\\p{L}\\p{N}])");

    /** Joins clauses of time to the clause before, and drops conditions with what depends on them. */
    private static List<Clause> merged(List<Clause> clauses) {
        var merged = new ArrayList<Clause>();
        for (int i = 0; i < clauses.size(); i++) {
            Clause clause = clauses.get(i);
            String connector = clause.connector().substring(clause.connector().lastIndexOf(' ') + 1);
            boolean condition = Set.of("if", "unless", "whether").contains(connector);
            if (condition) {
                if (i == 0
                        && i + 1 < clauses.size()
                        && !clauses.get(1).connector().matches("but|and")) {
                    i++; // what holds under the condition
                }
                continue;
            }
            if (ATTACHED.contains(connector)) {
                Clause last = merged.isEmpty() ? null : merged.getLast();
                if (last != null
                        && last.end() <= clause.begin()
                        && clause.end() - clause.begin() <= 14
                        && isSelfContained(clause)) {
                    merged.set(merged.size() - 1, last.extendedTo(clause.end()));
                    continue;
                }
                if (last == null
                        && i + 1 < clauses.size()
                        && clauses.get(i + 1).connector().isEmpty()
                        && isSelfContained(clause)) {
                    continue;
                }
                if (!Set.of("since", "as").contains(connector)) {
                    continue;
                }
            }
            if (Set.of("which", "who", "where").contains(connector)) {
                continue;
            }
            merged.add(clause);
        }
        return merged;
    }

    private static boolean isSelfContained(Clause clause) {
        for (int i = clause.begin(); i < clause.end(); i++) {
            if (clause.token(i)
                    .is(Set.of("it", "this", "that", "you", "your", "there", "he", "she", "they", "them", "him"))) {
                return false;
            }
        }
        return clause.tokens().stream()
                .noneMatch(
                        token -> token.is(PartOfSpeech.X) && VerbForms.english().isKnownLemma(token.lower()));
    }
}
