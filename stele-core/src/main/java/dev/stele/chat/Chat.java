package dev.stele.chat;

import dev.stele.AgentMemory;
import dev.stele.ContextQuery;
import dev.stele.PromptContext;
import dev.stele.Stele;
import dev.stele.language.Prompt;
import dev.stele.language.Prompt.Source;
import dev.stele.language.Reply;
import dev.stele.model.AccessDeniedException;
import dev.stele.model.AgentName;
import dev.stele.model.Interaction;
import dev.stele.model.InteractionDraft;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.ModelException;
import dev.stele.model.Role;
import dev.stele.model.Stage;
import dev.stele.model.UserContext;
import dev.stele.profile.Access;
import dev.stele.profile.Access.Sight;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Talks for agents. A message is on stable storage before anything else happens; its answer is when it ends, and what came of one that was
 * cut is kept and marked. Messages of one conversation are answered in their order. Thread-safe; calls block and are meant for virtual
 * threads.
 */
public final class Chat {

    /** In the metadata of an answer: the id of the message it answers. */
    public static final String REPLY_TO = "replyTo";

    private static final int LONGEST_TOPIC = 2_000;
    private static final int SEARCHED_FOR_ANSWER = 200;
    private static final String RULES = """

            What memory holds may be wrong or old; what the user says now counts more. Do not tell of other users what is not yours to tell. \
            When you do not know, say so.""";

    private final Stele stele;
    private final ChatSettings settings;
    private final Clock clock;
    private final SessionTurns turns = new SessionTurns();

    public Chat(Stele stele, ChatSettings settings) {
        this(stele, settings, Clock.systemUTC());
    }

    /** @param clock tells what agents do now, by their schedules */
    public Chat(Stele stele, ChatSettings settings, Clock clock) {
        this.stele = stele;
        this.settings = settings;
        this.clock = clock;
    }

    /** A listener that does not want more. */
    private static final class Gone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Gone(RuntimeException why) {
            super(why);
        }
    }

    /**
     * Remembers a message, answers it and remembers the answer.
     *
     * @throws AccessDeniedException if such a one may not talk with the agent
     * @throws dev.stele.model.AgentBusyException if the answers before it took too long
     */
    public ChatReply reply(AgentName agent, ChatRequest request, ChatListener listener) {
        return ask(agent, request).answer(listener);
    }

    /**
     * Remembers a message, which has its place in the conversation from then on; {@link Asked#answer} is to be called then, on whatever
     * thread.
     *
     * @throws AccessDeniedException if such a one may not talk with the agent
     */
    public Asked ask(AgentName agent, ChatRequest request) {
        AgentMemory memory = stele.agent(agent);
        Access access = memory.profile().access().value();
        if (!access.chat().contains(request.who()) && !access.chat().contains(Access.Who.PUBLIC)) {
            throw new AccessDeniedException("Agent \"%s\" does not talk with %s; its access says with whom it does."
                    .formatted(
                            agent,
                            request.who() == Access.Who.PUBLIC
                                    ? "somebody without a name"
                                    : request.who().name().toLowerCase(Locale.ROOT)));
        }
        SessionTurns.Place place = turns.take(agent, request.session());
        boolean done = false;
        try {
            place.awaitRemembered(settings.turnWait());
            long began = System.nanoTime();
            MessageDraft said = MessageDraft.user(request.session(), request.userOrNobody(), request.message());
            Message question = memory.hear(request.id().map(said::withId).orElse(said));
            long stored = System.nanoTime() - began;
            place.remembered();
            done = true;
            return new Asked(memory, question, request.id().isPresent(), access.memory(), place, stored);
        } finally {
            if (!done) {
                place.close();
            }
        }
    }

    /** A message that is remembered and waits for its answer. For one thread at a time. */
    public final class Asked {
        private final AgentMemory memory;
        private final Message question;
        private final boolean named;
        private final Sight sight;
        private final SessionTurns.Place place;
        private final long stored;

        private Asked(
                AgentMemory memory,
                Message question,
                boolean named,
                Sight sight,
                SessionTurns.Place place,
                long stored) {
            this.memory = memory;
            this.question = question;
            this.named = named;
            this.sight = sight;
            this.place = place;
            this.stored = stored;
        }

        /** The message as it is remembered. */
        public Message question() {
            return question;
        }

        /**
         * Answers it, when those before it in its conversation are answered. To be called once.
         *
         * @throws dev.stele.model.AgentBusyException if that took too long
         */
        public ChatReply answer(ChatListener listener) {
            try (place) {
                listener.remembered(question);
                place.awaitAnswered(settings.turnWait());
                Optional<Message> earlier = named ? answerTo(memory, question) : Optional.empty();
                return earlier.isPresent()
                        ? again(question, earlier.get(), listener)
                        : Chat.this.answer(memory, question, sight, stored, listener);
            }
        }
    }

    /** What was answered to a message before, if it was. */
    private static Optional<Message> answerTo(AgentMemory memory, Message question) {
        return memory.sessions().last(question.session(), SEARCHED_FOR_ANSWER).reversed().stream()
                .filter(message -> question.id().equals(message.metadata().get(REPLY_TO))
                        && message.metadata().get("cut") == null)
                .findFirst();
    }

    private static ChatReply again(Message question, Message answer, ChatListener listener) {
        listener.delta(answer.content());
        return new ChatReply(
                question,
                Optional.of(answer),
                false,
                Optional.empty(),
                Optional.ofNullable(answer.metadata().get("model")).map(String::valueOf),
                List.of(),
                Optional.empty(),
                0);
    }

    private ChatReply answer(AgentMemory memory, Message question, Sight sight, long stored, ChatListener listener) {
        long began = System.nanoTime();
        Prompt prompt = prompt(memory, question, sight);
        long prepared = System.nanoTime() - began;
        var text = new StringBuilder();
        Optional<String> error = Optional.empty();
        Optional<String> model = Optional.empty();
        @Nullable RuntimeException gone = null;
        try {
            hear(() -> listener.sources(prompt.sources()));
            Reply reply = stele.language().ask(prompt, piece -> {
                text.append(piece);
                hear(() -> listener.delta(piece));
            });
            if (text.isEmpty()) {
                text.append(reply.text());
            }
            model = Optional.of(reply.model());
        } catch (ModelException e) {
            error = Optional.of(String.valueOf(e.getMessage()));
            model = Optional.of(stele.language().name());
        } catch (Gone e) {
            error = Optional.of("Whoever asked went before the answer ended.");
            gone = (RuntimeException) e.getCause();
        } catch (RuntimeException e) {
            // A defect of a model's: what came is kept all the same.
            error = Optional.of("The language model failed: " + e);
            gone = e;
        }
        // Whoever goes may interrupt; what came is to be kept all the same.
        boolean interrupted = Thread.interrupted();
        long end = System.nanoTime();
        try {
            AgentMemory.Interacted kept = keep(memory, question, text.toString(), prompt, model, error);
            double memoryMillis = (stored + prepared + System.nanoTime() - end) / 1e6;
            if (gone != null) {
                throw gone;
            }
            return new ChatReply(
                    question,
                    kept.messages().stream().findFirst(),
                    error.isPresent(),
                    error,
                    model,
                    prompt.sources(),
                    kept.interaction().map(Interaction::id),
                    memoryMillis);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void hear(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            throw new Gone(e);
        }
    }

    /** The answer, or what came of it, and what is to be learnt, in one write. */
    private static AgentMemory.Interacted keep(
            AgentMemory memory,
            Message question,
            String text,
            Prompt prompt,
            Optional<String> model,
            Optional<String> error) {
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        metadata.put(REPLY_TO, question.id());
        model.ifPresent(name -> metadata.put("model", name));
        error.ifPresent(_ -> metadata.put("cut", true));
        List<String> used = prompt.sources().stream()
                .map(Source::id)
                .filter(id -> !id.isEmpty())
                .distinct()
                .limit(20)
                .toList();
        if (!used.isEmpty()) {
            metadata.put("sources", used);
        }
        String user = question.user().orElse(ChatRequest.NOBODY);
        List<MessageDraft> said = text.isBlank()
                ? List.of()
                : List.of(MessageDraft.assistant(question.session(), text)
                        .withUser(user)
                        .withMetadata(metadata));
        InteractionDraft lesson = InteractionDraft.of("chat", user, question.id())
                .withSession(question.session())
                .withData(error.<Map<String, Object>>map(why -> Map.of("cut", why))
                        .orElse(Map.of()));
        return memory.interact(user, said, Optional.of(lesson), Optional.empty());
    }

    /**
     * The turns before a message, each answer behind what it answers. Messages that came after this one wait for their turn; the answers to
     * those before it came after it, too.
     */
    private List<Message> window(AgentMemory memory, Message question) {
        List<Message> before = memory.sessions().last(question.session(), 2 * settings.window() + 1).stream()
                .filter(message -> message.number() < question.number() || message.role() == Role.ASSISTANT)
                .toList();
        Map<String, List<Message>> answers = before.stream()
                .filter(message -> message.metadata().get(REPLY_TO) != null)
                .collect(Collectors.groupingBy(
                        message -> String.valueOf(message.metadata().get(REPLY_TO))));
        var turns = new LinkedHashSet<Message>();
        for (Message message : before) {
            turns.add(message);
            turns.addAll(answers.getOrDefault(message.id(), List.of()));
        }
        return turns.stream()
                .skip(Math.max(0, turns.size() - settings.window()))
                .toList();
    }

    private Prompt prompt(AgentMemory memory, Message question, Sight sight) {
        String user = question.user().orElse(ChatRequest.NOBODY);
        List<Message> window = window(memory, question);
        Optional<UserContext> known = memory.users().get(user);
        Stage stage = known.map(UserContext::stage).orElse(Stage.STRANGER);
        String system = memory.profile()
                        .persona()
                        .value()
                        .instructions(stage, memory.profile().state(clock))
                + RULES;
        var sources = new ArrayList<Source>();
        if (sight != Sight.NONE) {
            memory.notes()
                    .get(AgentMemory.summaryId(question.session()))
                    .ifPresent(note -> sources.add(new Source(
                            "summary",
                            note.id(),
                            "earlier in this conversation",
                            Optional.of(note.updatedAt()),
                            note.content())));
            Set<String> shown = new LinkedHashSet<>();
            window.forEach(message -> shown.add(message.id()));
            shown.add(question.id());
            sources.forEach(source -> shown.add(source.id()));
            String topic = question.content().length() <= LONGEST_TOPIC
                    ? question.content()
                    : question.content().substring(0, question.content().offsetByCodePoints(0, LONGEST_TOPIC / 2));
            PromptContext context = memory.context(new ContextQuery(
                    topic.replace('"', ' ').isBlank() ? "conversation" : topic.replace('"', ' '),
                    Optional.of(user),
                    Optional.empty(),
                    settings.contextTokens(),
                    sight.hits(),
                    true,
                    shown));
            context.sections().forEach(section -> sources.addAll(section.sources()));
        }
        var turnsBefore = new ArrayList<Prompt.Turn>();
        for (Message message : window) {
            turnsBefore.add(
                    new Prompt.Turn(message.role() == Role.ASSISTANT ? Role.ASSISTANT : Role.USER, message.content()));
        }
        turnsBefore.add(new Prompt.Turn(Role.USER, question.content()));
        return new Prompt(system, sources, turnsBefore, settings.answerTokens(), false);
    }

    /**
     * Lets two agents talk with each other. What each hears and says is in its own memory, with the other as the user.
     *
     * @param opening what the first one says
     * @param most turns that follow, at most {@code chat.max-turns}
     * @return what was said, in its order, the opening left out; ends early when one does not answer
     */
    public List<ChatReply> converse(AgentName from, AgentName to, String session, String opening, int most) {
        if (from.equals(to)) {
            throw new InvalidInputException("Agent \"" + from + "\" cannot talk with itself; name another.");
        }
        if (most < 1 || most > settings.turns()) {
            throw new LimitExceededException(
                    "A conversation of %d turns was asked for; it may have 1 to %d (chat.max-turns)."
                            .formatted(most, settings.turns()));
        }
        stele.agent(from).remember(MessageDraft.assistant(session, opening).withUser(to.value()));
        var said = new ArrayList<ChatReply>();
        AgentName speaker = from;
        AgentName listener = to;
        String text = opening;
        for (int turn = 0; turn < most; turn++) {
            ChatReply reply = reply(
                    listener,
                    new ChatRequest(session, Optional.of(speaker.value()), Access.Who.AGENTS, text, Optional.empty()),
                    ChatListener.NONE);
            said.add(reply);
            if (reply.cut() || reply.answer().isEmpty()) {
                break;
            }
            text = reply.text();
            AgentName other = speaker;
            speaker = listener;
            listener = other;
        }
        return said;
    }
}
