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
import dev.stele.model.InteractionResult;
import dev.stele.model.InvalidInputException;
import dev.stele.model.LimitExceededException;
import dev.stele.model.Message;
import dev.stele.model.MessageDraft;
import dev.stele.model.ModelException;
import dev.stele.profile.Access;
import dev.stele.profile.Access.Sight;
import dev.stele.telemetry.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Service that answers messages with a language model and the memory of an agent. Each message is on stable storage
 * before it is processed further. The reply is stored when it ends; a partial reply is stored too and marked as cut.
 * Messages of one session are answered in their order. Thread-safe. Calls block and are meant for virtual threads.
 */
public final class Chat {

    /** Metadata key of a reply: the id of the message that the reply answers. */
    public static final String REPLY_TO = "reply_to";

    private static final System.Logger LOG = System.getLogger(Chat.class.getName());
    /** Platform threads for reads and writes of memories, because these run native and CPU-bound code. */
    private static final Executor MEMORY_THREADS =
            TraceContext.propagating(PlatformThreads.cachedExecutor("stele-chat-memory-"));

    /** Maximum number of latest messages of a session that are searched for an existing reply. */
    private static final int MAX_MESSAGES_SEARCHED_FOR_REPLY = 200;

    /** Metadata key of a reply: the sources that the reply cites, each with number, kind and id. */
    public static final String SOURCES = "sources";

    /** Maximum number of citations in the metadata of a reply; its lineage has all sources. */
    private static final int MAX_STORED_CITATIONS = 20;

    private final Stele stele;
    private final ChatSettings settings;
    private final Clock clock;
    private final SessionOrdering turns = new SessionOrdering();

    /**
     * Creates a chat service that uses the system clock.
     *
     * @param stele open memory
     * @param settings limits of chats
     */
    public Chat(Stele stele, ChatSettings settings) {
        this(stele, settings, Clock.systemUTC());
    }

    /**
     * Creates a chat service.
     *
     * @param stele open memory
     * @param settings limits of chats
     * @param clock clock by which the schedules of agents are evaluated
     */
    public Chat(Stele stele, ChatSettings settings, Clock clock) {
        this.stele = stele;
        this.settings = settings;
        this.clock = clock;
    }

    /** Signals that a reply exceeds the maximum size of a message. */
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super("the answer is too long", null, false, false);
        }
    }

    /** Signals that the listener threw and wants no more of the reply. */
    private static final class Gone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Gone(RuntimeException why) {
            super(why);
        }
    }

    /**
     * Stores a message, answers it and stores the reply.
     *
     * @param agent agent to talk with
     * @param request message of the user
     * @param listener receiver of the reply while it is generated
     * @return stored message and reply
     * @throws AccessDeniedException if the sender may not talk with the agent
     * @throws dev.stele.model.AgentBusyException if the replies to earlier messages took longer than
     *     {@code chat.turn-wait}
     */
    public ChatReply reply(AgentName agent, ChatRequest request, ChatListener listener) {
        return ask(agent, request).answer(listener);
    }

    /**
     * Stores a message, which takes its position in the session. The caller must then call {@link Asked#answer} or
     * {@link Asked#close}, on any thread.
     *
     * @param agent agent to talk with
     * @param request message of the user
     * @return handle of the stored message
     * @throws AccessDeniedException if the sender may not talk with the agent
     * @throws dev.stele.model.AgentBusyException if earlier messages of the session were not stored in time
     */
    public Asked ask(AgentName agent, ChatRequest request) {
        AgentMemory memory = stele.agent(agent);
        Access access = memory.profile().access().value();
        if (!access.chat().contains(request.who()) && !access.chat().contains(Access.Who.PUBLIC)) {
            throw new AccessDeniedException("Agent \"%s\" does not talk with %s; its access says with whom it does."
                    .formatted(
                            agent,
                            request.who() == Access.Who.PUBLIC
                                    ? "anonymous senders"
                                    : request.who().name().toLowerCase(Locale.ROOT)));
        }
        SessionOrdering.Place place = turns.take(agent, request.session());
        boolean done = false;
        try {
            place.awaitRemembered(settings.turnWait());
            long began = System.nanoTime();
            // The memory is read while the message is written to disk. This is not possible while an earlier reply is
            // pending, because the prompt has to include that reply.
            Optional<CompletableFuture<ChatPrompt>> early = place.isNext()
                    ? Optional.of(CompletableFuture.supplyAsync(
                            () -> briefing(
                                    memory,
                                    request.session(),
                                    request.userOrAnonymous(),
                                    request.message(),
                                    access.memory()),
                            MEMORY_THREADS))
                    : Optional.empty();
            MessageDraft said = MessageDraft.user(request.session(), request.userOrAnonymous(), request.message());
            Message question =
                    memory.rememberAsync(request.id().map(said::withId).orElse(said));
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

    /** Stored message that waits for its reply. Not thread-safe. */
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

        /** Returns the message as it is stored. */
        public Message question() {
            return question;
        }

        /**
         * Answers the message after all earlier messages of its session are answered. May be called once.
         *
         * @param listener receiver of the reply while it is generated
         * @return stored message and reply; the existing reply if a message with the same caller-defined id was
         *     answered before
         * @throws dev.stele.model.AgentBusyException if the earlier replies took longer than {@code chat.turn-wait}
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

        /**
         * Releases the position of the message in its session if the message is not going to be answered. Idempotent.
         */
        @Override
        public void close() {
            place.close();
        }

        private Prompt prompt() {
            Optional<ChatPrompt> ready = early.flatMap(Chat::ended);
            String user = question.user().orElse(ChatRequest.ANONYMOUS);
            return ready.orElseGet(() -> briefing(memory, question.session(), user, question.content(), sight))
                    .prompt(question);
        }
    }

    /** Returns the complete earlier reply to a message, if there is one. */
    private static Optional<Message> answerTo(AgentMemory memory, Message question) {
        return memory.sessions().last(question.session(), MAX_MESSAGES_SEARCHED_FOR_REPLY).reversed().stream()
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
                Citation.ofReferences(answer.metadata().get(SOURCES)),
                List.of(),
                Optional.empty(),
                0);
    }

    private ChatPrompt briefing(AgentMemory memory, String session, String user, String message, Sight sight) {
        return ChatPrompt.of(memory, settings, clock, session, user, message, sight);
    }

    /**
     * Returns the prompt that was prepared early; empty if the preparation failed, as it does if the message creates
     * the agent.
     */
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
        @Nullable RuntimeException listenerFailure = null;
        try {
            notifyListener(() -> listener.searched(prompt.sources()));
            Reply reply = stele.language().ask(prompt, piece -> {
                int from = text.length();
                text.append(piece);
                boolean tooLong = bytes.addAndGet(piece.getBytes(StandardCharsets.UTF_8).length) > maxBytes;
                if (tooLong) {
                    cut(text, maxBytes);
                }
                if (text.length() > from) {
                    notifyListener(() -> listener.delta(text.substring(from)));
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
            error = Optional.of("The client left before the answer ended.");
            listenerFailure = (RuntimeException) e.getCause();
        } catch (RuntimeException e) {
            // Defect of the model implementation: the partial reply is stored nevertheless.
            error = Optional.of("The language model failed: " + Secrets.hide(e.toString()));
            listenerFailure = e;
        }
        long end = System.nanoTime();
        // The departure of the client interrupts this thread, at any moment; the reply is stored nevertheless.
        Optional<String> usedModel = model;
        Optional<String> failure = error;
        List<Citation> cited = Citation.find(text.toString(), prompt.sources());
        InteractionResult kept =
                uninterrupted(() -> keep(memory, question, text.toString(), prompt, cited, usedModel, failure));
        double memoryMillis = (stored + prepared + System.nanoTime() - end) / 1e6;
        if (listenerFailure != null) {
            throw listenerFailure;
        }
        return new ChatReply(
                question,
                kept.messages().stream().findFirst(),
                error.isPresent(),
                error,
                model,
                cited,
                prompt.sources(),
                kept.interaction().map(Interaction::id),
                memoryMillis);
    }

    /** Runs work on another thread, which no interrupt of this one reaches. The flag of this thread stays set. */
    private static <T> T uninterrupted(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, MEMORY_THREADS).join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw e;
            }
        }
    }

    private static String tooLong(int maxBytes) {
        return "The answer had more than %d bytes (limits.message-bytes) and was cut.".formatted(maxBytes);
    }

    /** Truncates a text to a maximum number of UTF-8 bytes and returns whether anything was removed. */
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

    private static void notifyListener(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            throw new Gone(e);
        }
    }

    /** Stores the complete or partial reply and records the interaction for the reflection worker, in one write. */
    private InteractionResult keep(
            AgentMemory memory,
            Message question,
            String text,
            Prompt prompt,
            List<Citation> cited,
            Optional<String> model,
            Optional<String> error) {
        var metadata = new LinkedHashMap<String, @Nullable Object>();
        metadata.put(REPLY_TO, question.id());
        model.ifPresent(name -> metadata.put("model", name));
        error.ifPresent(_ -> metadata.put("cut", true));
        if (!cited.isEmpty()) {
            metadata.put(
                    SOURCES,
                    cited.stream()
                            .limit(MAX_STORED_CITATIONS)
                            .map(Citation::toReference)
                            .toList());
        }
        String user = question.user().orElse(ChatRequest.ANONYMOUS);
        // The turns that the model saw are sources of its reply, too.
        Set<String> sources = new LinkedHashSet<>();
        sources.add(question.id());
        memory.sessions().last(question.session(), settings.window()).forEach(turn -> sources.add(turn.id()));
        itemIds(prompt).forEach(sources::add);
        List<MessageDraft> said = text.isBlank()
                ? List.of()
                : List.of(MessageDraft.assistant(question.session(), text)
                        .withUser(user)
                        .withMetadata(metadata)
                        .withSources(List.copyOf(sources)));
        InteractionDraft interaction = InteractionDraft.of("chat", user, question.id())
                .withSession(question.session())
                .withData(error.<Map<String, Object>>map(why -> Map.of("cut", why))
                        .orElse(Map.of()));
        InteractionResult kept = memory.recordInteraction(user, said, Optional.of(interaction), Optional.empty());
        if (memory.existing(sources).size() < sources.size()) {
            // Something that the model was told was erased while it wrote, and the reply may repeat it.
            kept.messages().forEach(reply -> memory.deleteMessage(reply.id()));
            return new InteractionResult(List.of(), kept.user(), kept.interaction());
        }
        return kept;
    }

    /** Returns the ids of the stored items among the sources of a prompt. */
    private static Stream<String> itemIds(Prompt prompt) {
        return prompt.sources().stream()
                .filter(source -> !source.kind().equals("profile"))
                .map(Source::id)
                .filter(id -> !id.isEmpty());
    }

    /**
     * Runs a conversation between two agents. Each agent stores both sides in its own memory, with the other agent as
     * the user.
     *
     * @param from agent that says the opening
     * @param to agent that answers first
     * @param session session id in both memories
     * @param opening first message
     * @param maxTurns number of replies that follow, 1 to {@code chat.max-turns}
     * @return replies in their order, without the opening; the conversation ends early if an agent gives no complete
     *     reply
     * @throws LimitExceededException if {@code maxTurns} is out of range
     */
    public List<ChatReply> converse(AgentName from, AgentName to, String session, String opening, int maxTurns) {
        if (from.equals(to)) {
            throw new InvalidInputException("Agent \"" + from + "\" cannot talk with itself; name another.");
        }
        if (maxTurns < 1 || maxTurns > settings.turns()) {
            throw new LimitExceededException(
                    "A conversation of %d turns was asked for; it may have 1 to %d (chat.max-turns)."
                            .formatted(maxTurns, settings.turns()));
        }
        stele.agent(from).remember(MessageDraft.assistant(session, opening).withUser(to.value()));
        var said = new ArrayList<ChatReply>();
        AgentName speaker = from;
        AgentName listener = to;
        String text = opening;
        for (int turn = 0; turn < maxTurns; turn++) {
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
