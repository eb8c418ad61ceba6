package dev.stele.chat;

import dev.stele.AgentMemory;
import dev.stele.Stele;
import dev.stele.concurrent.PlatformThreads;
import dev.stele.io.Secrets;
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
import dev.stele.profile.Access;
import dev.stele.profile.Access.Sight;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Talks for agents. A message is on stable storage before anything else happens; its answer is when it ends, and what came of one that was
 * cut is kept and marked. Messages of one conversation are answered in their order. Thread-safe; calls block and are meant for virtual
 * threads.
 */
public final class Chat {

    /** In the metadata of an answer: the id of the message it answers. */
    public static final String REPLY_TO = "replyTo";

    private static final System.Logger LOG = System.getLogger(Chat.class.getName());
    /** Memory is read, which is native code and computes. */
    private static final Executor BRIEFINGS = PlatformThreads.cachedExecutor("stele-briefing-");

    private static final int SEARCHED_FOR_ANSWER = 200;

    private final Stele stele;
    private final ChatSettings settings;
    private final Clock clock;
    private final SessionOrdering turns = new SessionOrdering();

    public Chat(Stele stele, ChatSettings settings) {
        this(stele, settings, Clock.systemUTC());
    }

    /** @param clock tells what agents do now, by their schedules */
    public Chat(Stele stele, ChatSettings settings, Clock clock) {
        this.stele = stele;
        this.settings = settings;
        this.clock = clock;
    }

    /** An answer that is longer than a message may be. */
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super("the answer is too long", null, false, false);
        }
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
        SessionOrdering.Place place = turns.take(agent, request.session());
        boolean done = false;
        try {
            place.awaitRemembered(settings.turnWait());
            long began = System.nanoTime();
            // Memory is read while the message goes to the disk, unless an answer is to come that belongs to it.
            Optional<CompletableFuture<ChatPrompt>> early = place.isNext()
                    ? Optional.of(CompletableFuture.supplyAsync(
                            () -> briefing(
                                    memory,
                                    request.session(),
                                    request.userOrNobody(),
                                    request.message(),
                                    access.memory()),
                            BRIEFINGS))
                    : Optional.empty();
            MessageDraft said = MessageDraft.user(request.session(), request.userOrNobody(), request.message());
            Message question = memory.hear(request.id().map(said::withId).orElse(said));
            long stored = System.nanoTime() - began;
            place.remembered();
            done = true;
            return new Asked(memory, question, request.id().isPresent(), access.memory(), early, place, stored);
        } finally {
            if (!done) {
                place.close();
            }
        }
    }

    /** A message that is remembered and waits for its answer. For one thread at a time. */
    public final class Asked implements AutoCloseable {
        private final AgentMemory memory;
        private final Message question;
        private final boolean named;
        private final Sight sight;
        private final Optional<CompletableFuture<ChatPrompt>> early;
        private final SessionOrdering.Place place;
        private final long stored;

        private Asked(
                AgentMemory memory,
                Message question,
                boolean named,
                Sight sight,
                Optional<CompletableFuture<ChatPrompt>> early,
                SessionOrdering.Place place,
                long stored) {
            this.memory = memory;
            this.question = question;
            this.named = named;
            this.sight = sight;
            this.early = early;
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
                        : Chat.this.answer(memory, question, this::prompt, stored, listener);
            }
        }

        /** Gives the message's place in its conversation back if it is not going to be answered. Idempotent. */
        @Override
        public void close() {
            place.close();
        }

        private Prompt prompt() {
            Optional<ChatPrompt> ready = early.flatMap(Chat::ended);
            String user = question.user().orElse(ChatRequest.NOBODY);
            return ready.orElseGet(() -> briefing(memory, question.session(), user, question.content(), sight))
                    .prompt(question);
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

    private ChatPrompt briefing(AgentMemory memory, String session, String user, String message, Sight sight) {
        return ChatPrompt.of(memory, settings, clock, session, user, message, sight);
    }

    /** What was begun early. Empty if it failed, as it does when the agent comes into being with the message. */
    private static Optional<ChatPrompt> ended(CompletableFuture<ChatPrompt> early) {
        try {
            return Optional.of(early.join());
        } catch (CompletionException e) {
            LOG.log(System.Logger.Level.DEBUG, "memory is asked again after the message is remembered", e);
            return Optional.empty();
        }
    }

    private ChatReply answer(
            AgentMemory memory, Message question, Supplier<Prompt> prompts, long stored, ChatListener listener) {
        long began = System.nanoTime();
        Prompt prompt = prompts.get();
        long prepared = System.nanoTime() - began;
        var text = new StringBuilder();
        Optional<String> error = Optional.empty();
        Optional<String> model = Optional.empty();
        int maxBytes = stele.config().limits().messageBytes();
        var bytes = new AtomicLong();
        @Nullable RuntimeException gone = null;
        try {
            hear(() -> listener.sources(prompt.sources()));
            Reply reply = stele.language().ask(prompt, piece -> {
                int from = text.length();
                text.append(piece);
                boolean tooLong = bytes.addAndGet(piece.getBytes(StandardCharsets.UTF_8).length) > maxBytes;
                if (tooLong) {
                    cut(text, maxBytes);
                }
                if (text.length() > from) {
                    hear(() -> listener.delta(text.substring(from)));
                }
                if (tooLong) {
                    throw new TooLong();
                }
            });
            if (text.isEmpty()) {
                text.append(reply.text());
            }
            model = Optional.of(reply.model());
            if (cut(text, maxBytes)) {
                error = Optional.of(tooLong(maxBytes));
            }
        } catch (TooLong e) {
            error = Optional.of(tooLong(maxBytes));
            model = Optional.of(stele.language().name());
        } catch (ModelException e) {
            error = Optional.of(String.valueOf(e.getMessage()));
            model = Optional.of(stele.language().name());
        } catch (Gone e) {
            error = Optional.of("Whoever asked went before the answer ended.");
            gone = (RuntimeException) e.getCause();
        } catch (RuntimeException e) {
            // A defect of a model's: what came is kept all the same.
            error = Optional.of("The language model failed: " + Secrets.hide(e.toString()));
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

    private static String tooLong(int maxBytes) {
        return "The answer had more than %d bytes (limits.message-bytes) and was cut.".formatted(maxBytes);
    }

    /** Cuts a text to a number of bytes in UTF-8; returns whether there was something to cut. */
    private static boolean cut(StringBuilder text, int maxBytes) {
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
            if (bytes > maxBytes) {
                text.setLength(i);
                return true;
            }
            i += Character.charCount(point);
        }
        return false;
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
