package dev.stele.io;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of texts in URIs. Stateless. */
public final class PercentEncoding {

    private PercentEncoding() {}

    /** Returns a text as one segment of a path, or one value of a query, in UTF-8. */
    public static String of(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
