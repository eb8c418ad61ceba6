package dev.stele.chat;

import dev.stele.AgentMemory;
import dev.stele.context.ContextQuery;
import dev.stele.context.PromptContext;
import dev.stele.language.Prompt;
import dev.stele.language.Prompt.Source;
import dev.stele.model.Message;
import dev.stele.model.RelationshipStage;
import dev.stele.model.Role;
import dev.stele.model.Session;
import dev.stele.model.UserContext;
import dev.stele.profile.Access.Sight;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Prompt for a chat reply: instructions from the persona, sources from memory and the latest turns. It may be built
 * before the message itself is stored, provided that all earlier messages of its session are. Immutable.
 *
 * @param instructions description and rules of the agent
 * @param sources relevant items of the memory
 * @param turns latest messages of the session, possibly including the message to answer and some after it
 * @param shared whether several users take part in the session; then each of their turns begins with its speaker
 * @param settings limits of chats
 */
record ChatPrompt(
        String instructions, List<Source> sources, List<Message> turns, boolean shared, ChatSettings settings) {

    /**
     * Maximum length of a memory query in UTF-16 chars; a longer message is reduced to its first half as many code
     * points.
     */
    private static final int MAX_TOPIC_LENGTH = 2_000;

    private static final String RULES = """

            What memory holds may be wrong or old; what the user says now counts more. Do not tell of other users what is not yours to tell. \
            When you do not know, say so.""";

    static ChatPrompt of(
            AgentMemory memory,
            ChatSettings settings,
            Clock clock,
            String session,
            String user,
            String message,
            Sight sight) {
        try (var _ = memory.beginForegroundRequest()) {
            return read(memory, settings, clock, session, user, message, sight);
        }
    }

    private static ChatPrompt read(
            AgentMemory memory,
            ChatSettings settings,
            Clock clock,
            String session,
            String user,
            String message,
            Sight sight) {
        String topic = topic(message);
        if (sight != Sight.NONE) {
            memory.prefetch(topic); // the embedding runs while the store is read
        }
        Optional<Session> room = memory.sessions().get(session).filter(Session::isRoom);
        // What is said in a room is told to all of its participants, so that its prompts hold nothing that one of them
        // may not see.
        Set<String> audience =
                room.map(shared -> Set.copyOf(shared.participants())).orElseGet(() -> Set.of(user));
        List<Message> latest = visible(memory, audience, memory.sessions().last(session, 2 * settings.window() + 1));
        Optional<UserContext> known = memory.users().get(user);
        RelationshipStage stage = known.map(UserContext::stage).orElse(RelationshipStage.STRANGER);
        String instructions = memory.profile()
                        .persona()
                        .value()
                        .instructions(stage, memory.profile().state(clock))
                + RULES;
        var sources = new ArrayList<Source>();
        if (sight != Sight.NONE) {
            memory.notes()
                    .get(AgentMemory.summaryId(session))
                    .filter(note ->
                            !memory.visibleTo(audience, List.of(note.id())).isEmpty())
                    .ifPresent(note -> sources.add(new Source(
                            "summary",
                            note.id(),
                            "earlier in this conversation",
                            Optional.of(note.updatedAt()),
                            note.content())));
            Set<String> shown = new LinkedHashSet<>();
            last(settings.window(), latest).forEach(turn -> shown.add(turn.id()));
            sources.forEach(source -> shown.add(source.id()));
            PromptContext context = memory.context(new ContextQuery(
                    topic,
                    room.isPresent() ? Optional.empty() : Optional.of(user),
                    Optional.empty(),
                    settings.contextTokens(),
                    sight.hits(),
                    audience,
                    shown));
            context.sections().forEach(section -> sources.addAll(section.sources()));
        }
        return new ChatPrompt(
                room.map(shared -> instructions + participants(shared)).orElse(instructions),
                List.copyOf(sources),
                latest,
                room.isPresent(),
                settings);
    }

    private static String participants(Session room) {
        return " Several users take part in this conversation: " + String.join(", ", room.participants())
                + ". Each of their messages begins with the name of its sender.";
    }

    /** Returns the turns that an audience may see. A session that is no room may have turns of several users. */
    private static List<Message> visible(AgentMemory memory, Set<String> audience, List<Message> turns) {
        boolean ofOneUser = turns.stream()
                .allMatch(turn -> turn.user().map(Set::of).map(audience::equals).orElse(false));
        if (ofOneUser) {
            return turns;
        }
        Set<String> visible =
                memory.visibleTo(audience, turns.stream().map(Message::id).toList());
        return turns.stream().filter(turn -> visible.contains(turn.id())).toList();
    }

    /**
     * Returns the memory query for a message: its text, without quotation marks, which would request an exact phrase.
     */
    private static String topic(String said) {
        String start = said.length() <= MAX_TOPIC_LENGTH
                ? said
                : said.substring(0, said.offsetByCodePoints(0, MAX_TOPIC_LENGTH / 2));
        String topic = start.replace('"', ' ');
        return topic.isBlank() ? "conversation" : topic;
    }

    /**
     * Returns the complete prompt. Later messages of the user are left out, because they are answered separately;
     * sources that repeat a turn are left out too.
     *
     * @param question message to answer
     */
    Prompt prompt(Message question) {
        List<Message> window = last(
                settings.window(),
                turns.stream()
                        .filter(turn -> turn.number() < question.number() || turn.role() == Role.ASSISTANT)
                        .toList());
        Set<String> shown = window.stream().map(Message::id).collect(Collectors.toSet());
        shown.add(question.id());
        var said = new ArrayList<Prompt.Turn>();
        for (Message turn : window) {
            said.add(turn(turn));
        }
        said.add(turn(question));
        return new Prompt(
                instructions,
                sources.stream().filter(source -> !shown.contains(source.id())).toList(),
                said,
                settings.answerTokens(),
                false);
    }

    private Prompt.Turn turn(Message message) {
        if (message.role() == Role.ASSISTANT) {
            return new Prompt.Turn(Role.ASSISTANT, message.content());
        }
        return new Prompt.Turn(
                Role.USER,
                shared ? message.user().orElse(message.speaker()) + ": " + message.content() : message.content());
    }

    /**
     * Returns the last turns. Each reply is placed after the message it answers, because a reply may have been stored
     * after later messages.
     */
    private static List<Message> last(int limit, List<Message> turns) {
        Map<String, List<Message>> answers = turns.stream()
                .filter(turn -> turn.metadata().get(Chat.REPLY_TO) != null)
                .collect(Collectors.groupingBy(
                        turn -> String.valueOf(turn.metadata().get(Chat.REPLY_TO))));
        var ordered = new LinkedHashSet<Message>();
        for (Message turn : turns) {
            ordered.add(turn);
            ordered.addAll(answers.getOrDefault(turn.id(), List.of()));
        }
        return ordered.stream().skip(Math.max(0, ordered.size() - limit)).toList();
    }
}
