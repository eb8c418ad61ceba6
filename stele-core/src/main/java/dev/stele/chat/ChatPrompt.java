package dev.stele.chat;

import dev.stele.AgentMemory;
import dev.stele.ContextQuery;
import dev.stele.PromptContext;
import dev.stele.language.Prompt;
import dev.stele.language.Prompt.Source;
import dev.stele.model.Message;
import dev.stele.model.RelationshipStage;
import dev.stele.model.Role;
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
 * What a model is told before it answers a message: how the agent is, what memory has to say, and the latest turns. May be made before
 * the message is remembered, as long as all before it in its conversation is. Immutable.
 *
 * @param instructions how the agent is and what it must not do
 * @param sources what memory has to say
 * @param turns the latest of the conversation, perhaps with the message and some after it
 * @param settings bounds
 */
record ChatPrompt(String instructions, List<Source> sources, List<Message> turns, ChatSettings settings) {

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
        try (var _ = memory.attend()) {
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
            memory.expect(topic); // the model works while the store is read
        }
        List<Message> latest = memory.sessions().last(session, 2 * settings.window() + 1);
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
                    topic, Optional.of(user), Optional.empty(), settings.contextTokens(), sight.hits(), true, shown));
            context.sections().forEach(section -> sources.addAll(section.sources()));
        }
        return new ChatPrompt(instructions, List.copyOf(sources), latest, settings);
    }

    /** What memory is asked for when somebody says something: that, but not as a phrase to be found word for word. */
    private static String topic(String said) {
        String start = said.length() <= MAX_TOPIC_LENGTH
                ? said
                : said.substring(0, said.offsetByCodePoints(0, MAX_TOPIC_LENGTH / 2));
        String topic = start.replace('"', ' ');
        return topic.isBlank() ? "conversation" : topic;
    }

    /** The whole prompt. Messages after the one that is answered wait for their turn; nothing is said twice. */
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
            said.add(new Prompt.Turn(turn.role() == Role.ASSISTANT ? Role.ASSISTANT : Role.USER, turn.content()));
        }
        said.add(new Prompt.Turn(Role.USER, question.content()));
        return new Prompt(
                instructions,
                sources.stream().filter(source -> !shown.contains(source.id())).toList(),
                said,
                settings.answerTokens(),
                false);
    }

    /** The last turns, each answer behind what it answers: answers may have come after later messages. */
    private static List<Message> last(int most, List<Message> turns) {
        Map<String, List<Message>> answers = turns.stream()
                .filter(turn -> turn.metadata().get(Chat.REPLY_TO) != null)
                .collect(Collectors.groupingBy(
                        turn -> String.valueOf(turn.metadata().get(Chat.REPLY_TO))));
        var ordered = new LinkedHashSet<Message>();
        for (Message turn : turns) {
            ordered.add(turn);
            ordered.addAll(answers.getOrDefault(turn.id(), List.of()));
        }
        return ordered.stream().skip(Math.max(0, ordered.size() - most)).toList();
    }
}
