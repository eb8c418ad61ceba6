package dev.stele.models;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.googleai.GoogleAiGeminiStreamingChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.TokenUsage;
import dev.stele.io.Secrets;
import dev.stele.language.LanguageModel;
import dev.stele.language.Prompt;
import dev.stele.language.Reply;
import dev.stele.language.TokenCounter;
import dev.stele.model.InvalidInputException;
import dev.stele.model.ModelException;
import dev.stele.model.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A language model of a service: whatever speaks OpenAI's wire format, Ollama, Anthropic or Gemini. Asks once; a service that says nothing
 * for too long is given up. Thread-safe.
 */
public final class ChatService implements LanguageModel {

    private static final System.Logger LOG = System.getLogger(ChatService.class.getName());
    private static final Set<String> KINDS = Set.of("openai", "ollama", "anthropic", "gemini");

    /** Bounds of answers of a service that does not keep to the number of tokens it was asked for. */
    private static final long MAX_CHARS_PER_TOKEN = 16;

    private static final long MIN_BOUND_CHARS = 16_384;

    private final Settings settings;
    /** Made once, by whoever asks first; class initialisation of a client costs some hundred milliseconds. */
    private final Lazy<StreamingChatModel> client;

    /**
     * How a model is reached.
     *
     * @param name what it is called here
     * @param kind {@code openai}, {@code ollama}, {@code anthropic} or {@code gemini}
     * @param url of the service; empty text for the kind's own
     * @param model the service's name for it
     * @param key of the service; empty text for none
     * @param timeout until it begins to answer
     * @param stall most time between two pieces of an answer
     * @param perMinute most questions a minute, 0 for no bound
     * @param attempts how often a question is asked before it counts as failed
     */
    public record Settings(
            String name,
            String kind,
            String url,
            String model,
            String key,
            Duration timeout,
            Duration stall,
            int perMinute,
            int attempts) {

        public Settings {
            Secrets.register(key);
            if (!KINDS.contains(kind)) {
                throw new InvalidInputException(
                        "models.%s.kind is %s; it is openai, ollama, anthropic or gemini.".formatted(name, kind));
            }
            if (model.isBlank()) {
                throw new InvalidInputException(
                        "models.%s.model is missing; name a model of the service.".formatted(name));
            }
            if (!timeout.isPositive() || !stall.isPositive() || attempts < 1 || perMinute < 0) {
                throw new InvalidInputException(
                        "models.%s: timeout, stall and attempts must be above 0, and rate not below.".formatted(name));
            }
        }

        /** Its key is nobody's business. */
        @Override
        public String toString() {
            return "Settings[" + name + ", " + kind + ", " + url + ", " + model + "]";
        }
    }

    public ChatService(Settings settings) {
        this.settings = settings;
        this.client = new Lazy<>(() -> client(settings));
    }

    private static StreamingChatModel client(Settings settings) {
        // Services of one's own ask for no key, clients do.
        String key = settings.key().isEmpty() ? "none" : settings.key();
        // Whole answers may take long; silence is what we watch ourselves.
        Duration whole = settings.timeout().plus(settings.stall().multipliedBy(20));
        return switch (settings.kind()) {
            case "ollama" ->
                OllamaStreamingChatModel.builder()
                        .baseUrl(settings.url().isEmpty() ? "http://localhost:11434" : settings.url())
                        .modelName(settings.model())
                        .timeout(whole)
                        .build();
            case "anthropic" -> {
                var builder = AnthropicStreamingChatModel.builder()
                        .apiKey(key)
                        .modelName(settings.model())
                        .maxTokens(Prompt.DEFAULT_ANSWER_TOKENS)
                        .timeout(whole);
                yield (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
            }
            case "gemini" -> {
                var builder = GoogleAiGeminiStreamingChatModel.builder()
                        .apiKey(key)
                        .modelName(settings.model())
                        .timeout(whole);
                yield (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
            }
            default -> {
                var builder = OpenAiStreamingChatModel.builder()
                        .apiKey(key)
                        .modelName(settings.model())
                        .timeout(whole);
                yield (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
            }
        };
    }

    @Override
    public String name() {
        return settings.name();
    }

    Settings settings() {
        return settings;
    }

    /** What comes from the client's thread to the one that asks. */
    private sealed interface Event {
        record Piece(String text) implements Event {}

        record Whole(ChatResponse response) implements Event {}

        record Failed(Throwable why) implements Event {}
    }

    private static final class Listener implements StreamingChatResponseHandler {
        final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        final AtomicBoolean given = new AtomicBoolean();
        final AtomicReference<@Nullable StreamingHandle> handle = new AtomicReference<>();

        @Override
        public void onPartialResponse(String text) {
            events.add(new Event.Piece(text));
        }

        @Override
        public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            handle.set(context.streamingHandle());
            if (given.get()) {
                context.streamingHandle().cancel();
            }
            events.add(new Event.Piece(piece.text()));
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            events.add(new Event.Whole(response));
        }

        @Override
        public void onError(Throwable why) {
            events.add(new Event.Failed(why));
        }

        /** Whoever asked has what it wanted, or wants no more. */
        void giveUp() {
            given.set(true);
            StreamingHandle running = handle.get();
            if (running != null) {
                try {
                    running.cancel();
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.DEBUG, "an answer that nobody wants ended by itself", e);
                }
            }
        }
    }

    @Override
    public Reply ask(Prompt prompt, Consumer<String> delta) {
        var text = new StringBuilder();
        long maxChars = Math.clamp(MAX_CHARS_PER_TOKEN * prompt.maxTokens(), MIN_BOUND_CHARS, Integer.MAX_VALUE / 2);
        var listener = new Listener();
        boolean done = false;
        try {
            StreamingChatModel service = client.get();
            // The client may block until it has sent the question; it does so on a thread of its own.
            Thread.ofVirtual().name("stele-ask " + settings.name()).start(() -> {
                try {
                    service.chat(request(prompt), listener);
                } catch (RuntimeException e) {
                    listener.onError(e);
                }
            });
            while (true) {
                Duration patience = text.isEmpty() ? settings.timeout() : settings.stall();
                Event event = listener.events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
                switch (event) {
                    case null -> throw failed("it said nothing for " + patience.toMillis() + " ms", text, null);
                    case Event.Piece(String piece) -> {
                        if (!piece.isEmpty()) {
                            String kept = beginning(piece, (int) (maxChars - text.length()));
                            if (!kept.isEmpty()) {
                                text.append(kept);
                                delta.accept(kept);
                            }
                            if (kept.length() < piece.length()) {
                                throw failed(
                                        "it went on beyond %d characters, for %d tokens that were asked for"
                                                .formatted(maxChars, prompt.maxTokens()),
                                        text,
                                        null);
                            }
                        }
                    }
                    case Event.Failed(Throwable why) -> throw failed(reason(why), text, why);
                    case Event.Whole(ChatResponse response) -> {
                        done = true;
                        return reply(prompt, text.toString(), response);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("the question was called off", text, e);
        } finally {
            if (!done) {
                listener.giveUp();
            }
        }
    }

    /** The first characters of a text; a character of two UTF-16 units is not divided. */
    private static String beginning(String text, int maxChars) {
        if (text.length() <= maxChars) {
            return text;
        }
        boolean divides = maxChars > 0 && Character.isHighSurrogate(text.charAt(maxChars - 1));
        return text.substring(0, divides ? maxChars - 1 : maxChars);
    }

    private Reply reply(Prompt prompt, String streamed, ChatResponse response) {
        String whole = response.aiMessage() == null || response.aiMessage().text() == null
                ? streamed
                : response.aiMessage().text();
        String text = whole.length() > streamed.length() ? whole : streamed;
        // A stream that ends without saying why was cut by something between the service and us; Ollama's client sees
        // to that itself.
        if (response.finishReason() == null && !settings.kind().equals("ollama")) {
            throw failed("its answer broke off", new StringBuilder(text), null);
        }
        if (text.isBlank()) {
            throw failed("it answered with nothing", new StringBuilder(), null);
        }
        TokenUsage usage = response.tokenUsage();
        boolean counted = usage != null && usage.inputTokenCount() != null && usage.outputTokenCount() != null;
        return new Reply(
                text,
                settings.name(),
                counted ? usage.inputTokenCount() : count(prompt),
                counted ? usage.outputTokenCount() : TokenCounter.standard().count(text));
    }

    private static long count(Prompt prompt) {
        var all = new StringBuilder(prompt.systemText());
        prompt.turns().forEach(turn -> all.append('\n').append(turn.text()));
        return TokenCounter.standard().count(all.toString());
    }

    private ModelException failed(String why, StringBuilder partial, @Nullable Throwable cause) {
        return new ModelException(
                "The language model %s (%s) gave no whole answer: %s."
                        .formatted(settings.name(), settings.model(), why),
                partial.toString(),
                cause);
    }

    /** The first line of what a service says of itself; some send whole pages. */
    private static String reason(Throwable why) {
        // A service may quote the key that it was sent.
        String text = Secrets.hide(why.getMessage() == null ? why.toString() : why.getMessage());
        String line = text.strip().lines().findFirst().orElse("");
        return line.length() <= 300 ? line : line.substring(0, 300) + "…";
    }

    private ChatRequest request(Prompt prompt) {
        List<ChatMessage> messages = new ArrayList<>();
        String system = prompt.systemText();
        if (!system.isBlank()) {
            messages.add(SystemMessage.from(system));
        }
        for (Prompt.Turn turn : prompt.turns()) {
            messages.add(turn.role() == Role.ASSISTANT ? AiMessage.from(turn.text()) : UserMessage.from(turn.text()));
        }
        var request = ChatRequest.builder().messages(messages).maxOutputTokens(prompt.maxTokens());
        // Anthropic has no such switch; there the prompt alone says it.
        if (prompt.json() && !settings.kind().equals("anthropic")) {
            request.responseFormat(ResponseFormat.JSON);
        }
        return request.build();
    }
}
