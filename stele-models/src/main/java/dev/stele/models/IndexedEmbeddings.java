package dev.stele.models;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.stele.model.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * HTTP client that puts the vectors of an answer in the order of the texts.
 *
 * <p>In OpenAI's protocol each vector carries the index of its text, and a service may answer in any order. The client
 * of the protocol reads the vectors by position, which would store each vector with a wrong text, without any error.
 * Thread-safe if the client that it wraps is.
 */
final class IndexedEmbeddings implements HttpClient {

    private final HttpClient client;

    private IndexedEmbeddings(HttpClient client) {
        this.client = client;
    }

    /**
     * Returns a builder of such clients.
     *
     * @param builder builder of the clients that send the requests
     */
    static HttpClientBuilder around(HttpClientBuilder builder) {
        return new HttpClientBuilder() {
            @Override
            public Duration connectTimeout() {
                return builder.connectTimeout();
            }

            @Override
            public HttpClientBuilder connectTimeout(Duration timeout) {
                builder.connectTimeout(timeout);
                return this;
            }

            @Override
            public Duration readTimeout() {
                return builder.readTimeout();
            }

            @Override
            public HttpClientBuilder readTimeout(Duration timeout) {
                builder.readTimeout(timeout);
                return this;
            }

            @Override
            public HttpClient build() {
                return new IndexedEmbeddings(builder.build());
            }
        };
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        SuccessfulHttpResponse response = client.execute(request);
        return SuccessfulHttpResponse.builder()
                .statusCode(response.statusCode())
                .headers(response.headers())
                .body(ordered(response.body()))
                .build();
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        client.execute(request, parser, listener);
    }

    /**
     * Returns an answer with its vectors in the order of their indexes. An answer without any index is returned as it
     * is.
     *
     * @param body answer of the service
     * @throws IllegalStateException if only some of the vectors have an index, or the indexes are not the numbers from
     *     0 to the number of vectors minus 1
     */
    static String ordered(String body) {
        if (!(Json.read(body) instanceof Map<?, ?> answer && answer.get("data") instanceof List<?> data)) {
            return body; // the client of the protocol refuses it
        }
        if (data.stream().noneMatch(IndexedEntries::isIndexed)) {
            return body;
        }
        var result = new LinkedHashMap<Object, @Nullable Object>(answer);
        result.put(
                "data",
                IndexedEntries.inOrder(data)
                        .orElseThrow(() -> new IllegalStateException(
                                "its answer has %d vectors whose indexes are not those of the texts"
                                        .formatted(data.size()))));
        return Json.write(result);
    }
}
