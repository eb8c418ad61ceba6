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
import dev.stele.model.TextPrefix;
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
 * Language model that calls a service: OpenAI's protocol, Ollama, Anthropic or Gemini. Thread-safe.
 *
 * <p>Each call is a single attempt with two timeouts: one until the answer starts, and one between two chunks of the
 * answer. {@link ModelChain} adds retries and fallbacks.
 */
public final class ChatService implements LanguageModel {

    private static final System.Logger LOG = System.getLogger(ChatService.class.getName());
    private static final Set<String> KINDS = Set.of("openai", "ollama", "anthropic", "gemini");

    /**
     * Maximum length of an answer in characters for each requested token, against services that ignore the requested
     * number of tokens.
     */
    private static final long MAX_CHARS_PER_TOKEN = 16;
    /** Minimum of the maximum length of an answer, in characters. */
    private static final long MIN_LENGTH_LIMIT_CHARS = 16_384;

    private final Settings settings;
    /** Created by the first call, because class initialization of a client takes some hundred milliseconds. */
    private final Lazy<StreamingChatModel> client;

    /**
     * Settings of a language model.
     *
     * @param name name of the model in settings, logs and metrics
     * @param kind {@code openai}, {@code ollama}, {@code anthropic} or {@code gemini}
     * @param url URL of the service; empty text for the default URL of the kind
     * @param model name of the model at the service
     * @param key API key of the service; empty text for none
     * @param timeout maximum time until the answer starts
     * @param stall maximum time between two chunks of the answer
     * @param perMinute maximum number of calls per minute; 0 for no limit
     * @param attempts maximum number of attempts of a call in a {@link ModelChain}, at least 1
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

        /**
         * @throws InvalidInputException if the kind is unknown, the model is missing or a number is out of range
         */
        public Settings {
            Secrets.register(key);
            if (!KINDS.contains(kind)) {
                throw new InvalidInputException(
                        "models.%s.kind is %s; it must be openai, ollama, anthropic or gemini.".formatted(name, kind));
            }
            if (model.isBlank()) {
                throw new InvalidInputException(
                        "models.%s.model is missing; name a model of the service.".formatted(name));
            }
            if (!timeout.isPositive() || !stall.isPositive() || attempts < 1 || perMinute < 0) {
                throw new InvalidInputException(
                        "models.%s: timeout, stall and attempts must be greater than 0, and rate must not be negative."
                                .formatted(name));
            }
        }

        /** Omits the key. */
        @Override
        public String toString() {
            return "Settings[" + name + ", " + kind + ", " + url + ", " + model + "]";
        }
    }

    /** Creates a model. It connects to the service at the first call. */
    public ChatService(Settings settings) {
        this.settings = settings;
        this.client = new Lazy<>(() -> client(settings));
    }

    private static StreamingChatModel client(Settings settings) {
        // Self-hosted services need no key, but the clients require one.
        String key = settings.key().isEmpty() ? "none" : settings.key();
        // A complete answer may take long. This class enforces the timeouts for its start and its chunks.
        Duration totalTimeout = settings.timeout().plus(settings.stall().multipliedBy(20));
        return switch (settings.kind()) {
            case "ollama" ->
                OllamaStreamingChatModel.builder()
                        .baseUrl(settings.url().isEmpty() ? "http://localhost:11434" : settings.url())
                        .modelName(settings.model())
                        .timeout(totalTimeout)
                        .build();
            case "anthropic" -> {
                var builder = AnthropicStreamingChatModel.builder()
                        .apiKey(key)
                        .modelName(settings.model())
                        .maxTokens(Prompt.DEFAULT_ANSWER_TOKENS)
                        .timeout(totalTimeout);
                yield (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
            }
            case "gemini" -> {
                var builder = GoogleAiGeminiStreamingChatModel.builder()
                        .apiKey(key)
                        .modelName(settings.model())
                        .timeout(totalTimeout);
                yield (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
            }
            default -> {
                var builder = OpenAiStreamingChatModel.builder()
                        .apiKey(key)
                        .modelName(settings.model())
                        .timeout(totalTimeout);
                yield (settings.url().isEmpty() ? builder : builder.baseUrl(settings.url())).build();
            }
        };
    }

    @Override
    public String name() {
        return settings.name();
    }

    /** Returns the settings. */
    Settings settings() {
        return settings;
    }

    /** Event from the thread of the client to the calling thread. */
    private sealed interface Event {
        record Chunk(String text) implements Event {}

        record Completed(ChatResponse response) implements Event {}

        record Failed(Throwable cause) implements Event {}
    }

    private static final class Listener implements StreamingChatResponseHandler {
        final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        final AtomicBoolean cancelled = new AtomicBoolean();
        final AtomicReference<@Nullable StreamingHandle> handle = new AtomicReference<>();

        @Override
        public void onPartialResponse(String text) {
            events.add(new Event.Chunk(text));
        }

        @Override
        public void onPartialResponse(PartialResponse chunk, PartialResponseContext context) {
            handle.set(context.streamingHandle());
            if (cancelled.get()) {
                context.streamingHandle().cancel();
            }
            events.add(new Event.Chunk(chunk.text()));
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            events.add(new Event.Completed(response));
        }

        @Override
        public void onError(Throwable cause) {
            events.add(new Event.Failed(cause));
        }

        /** Cancels the answer, because the caller needs no more of it. */
        void cancel() {
            cancelled.set(true);
            StreamingHandle running = handle.get();
            if (running != null) {
                try {
                    running.cancel();
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.DEBUG, "a cancelled answer ended with an error", e);
                }
            }
        }
    }

    @Override
    public Reply ask(Prompt prompt, Consumer<String> delta) {
        var text = new StringBuilder();
        long maxChars =
                Math.clamp(MAX_CHARS_PER_TOKEN * prompt.maxTokens(), MIN_LENGTH_LIMIT_CHARS, Integer.MAX_VALUE / 2);
        var listener = new Listener();
        boolean done = false;
        try {
            StreamingChatModel service = client.get();
            // The client may block until it has sent the request, so it runs on another thread.
            Thread.ofVirtual().name("stele-ask " + settings.name()).start(() -> {
                try {
                    service.chat(request(prompt), listener);
                } catch (RuntimeException e) {
                    listener.onError(e);
                }
            });
            while (true) {
                Duration timeout = text.isEmpty() ? settings.timeout() : settings.stall();
                Event event = listener.events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
                switch (event) {
                    case null -> throw failed("it sent nothing for " + timeout.toMillis() + " ms", text, null);
                    case Event.Chunk(String chunk) -> {
                        if (!chunk.isEmpty()) {
                            String accepted = TextPrefix.of(chunk, (int) (maxChars - text.length()));
                            if (!accepted.isEmpty()) {
                                text.append(accepted);
                                delta.accept(accepted);
                            }
                            if (accepted.length() < chunk.length()) {
                                throw failed(
                                        "the answer exceeds %d characters, although %d tokens were requested"
                                                .formatted(maxChars, prompt.maxTokens()),
                                        text,
                                        null);
                            }
                        }
                    }
                    case Event.Failed(Throwable cause) -> throw failed(reason(cause), text, cause);
                    case Event.Completed(ChatResponse response) -> {
                        done = true;
                        return reply(prompt, text.toString(), response);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("the call was cancelled", text, e);
        } finally {
            if (!done) {
                listener.cancel();
            }
        }
    }

    private Reply reply(Prompt prompt, String streamed, ChatResponse response) {
        String whole = response.aiMessage() == null || response.aiMessage().text() == null
                ? streamed
                : response.aiMessage().text();
        String text = whole.length() > streamed.length() ? whole : streamed;
        // A stream without a finish reason was cut on its way from the service. Ollama's client detects that itself.
        if (response.finishReason() == null && !settings.kind().equals("ollama")) {
            throw failed("the answer ended early", new StringBuilder(text), null);
        }
        if (text.isBlank()) {
            throw failed("the answer is empty", new StringBuilder(), null);
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

    private ModelException failed(String reason, StringBuilder partial, @Nullable Throwable cause) {
        return new ModelException(
                "The language model %s (%s) gave no complete answer: %s."
                        .formatted(settings.name(), settings.model(), reason),
                partial.toString(),
                cause);
    }

    /** Returns the first line of an error message, because some services send whole pages. */
    private static String reason(Throwable cause) {
        // The error message of a service may contain the key.
        String text = Secrets.hide(cause.getMessage() == null ? cause.toString() : cause.getMessage());
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
        // Anthropic has no such option; the prompt itself asks for JSON.
        if (prompt.json() && !settings.kind().equals("anthropic")) {
            request.responseFormat(ResponseFormat.JSON);
        }
        return request.build();
    }
}
