package dev.stele.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Paths made of segments that may hold anything. */
final class UriPaths {

    private UriPaths() {}

    static String of(String... segments) {
        var path = new StringBuilder();
        for (String segment : segments) {
            path.append('/')
                    .append(URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"));
        }
        return path.toString();
    }
}
