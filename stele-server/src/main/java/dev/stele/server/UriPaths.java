package dev.stele.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Builder of URI paths from arbitrary segments. Stateless. */
final class UriPaths {

    private UriPaths() {}

    /** Returns the absolute path of the segments, each percent-encoded. */
    static String of(String... segments) {
        var path = new StringBuilder();
        for (String segment : segments) {
            path.append('/')
                    .append(URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"));
        }
        return path.toString();
    }
}
