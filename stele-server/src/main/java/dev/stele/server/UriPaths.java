package dev.stele.server;

import dev.stele.io.PercentEncoding;

/** Builder of URI paths from arbitrary segments. Stateless. */
final class UriPaths {

    private UriPaths() {}

    /** Returns the absolute path of the segments, each percent-encoded. */
    static String of(String... segments) {
        var path = new StringBuilder();
        for (String segment : segments) {
            path.append('/').append(PercentEncoding.of(segment));
        }
        return path.toString();
    }
}
