package dev.stele.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files of the dashboard: a fixed list of resources of this module, so that no name reaches another file. Thread-safe.
 *
 * <p>The files whose names start with {@code lib-} are copied from libraries by the build. The icons are symbols of one
 * file, which is assembled from the files of the icon library.
 */
public final class DashboardFiles {

    private static final String ICONS = "icons.svg";
    private static final Pattern SVG = Pattern.compile("(?s).*?<svg[^>]*>(.*)</svg>.*");

    /** Resources by file name, relative to the folder of the pages. */
    private static final Map<String, String> RESOURCES = resources();

    private DashboardFiles() {}

    private static Map<String, String> resources() {
        var resources = new LinkedHashMap<String, String>();
        for (String line : lines("files.txt")) {
            String[] parts = line.split(" ", 2);
            resources.put(parts[0], parts.length == 1 ? parts[0] : parts[1]);
        }
        return Map.copyOf(resources);
    }

    /** Returns the names of all files. */
    public static Set<String> names() {
        return RESOURCES.keySet();
    }

    /** Returns the content type of a file. */
    public static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "svg" -> "image/svg+xml";
            case "woff2" -> "font/woff2";
            default -> throw new IllegalArgumentException("no content type is known for the file " + name);
        };
    }

    /**
     * Returns the content of a file.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public static byte[] read(String name) {
        String resource = RESOURCES.get(name);
        if (resource == null) {
            throw new IllegalArgumentException("the dashboard has no file " + name);
        }
        return name.equals(ICONS) ? icons() : content(resource);
    }

    /** Returns one SVG file with a symbol for each icon. */
    private static byte[] icons() {
        var sprite = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\">");
        for (String icon : lines("icons.txt")) {
            Matcher matcher = SVG.matcher(new String(content("icons/" + icon + ".svg"), StandardCharsets.UTF_8));
            if (!matcher.matches()) {
                throw new IllegalStateException("the icon " + icon + " is no SVG file");
            }
            sprite.append("<symbol id=\"")
                    .append(icon)
                    .append("\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"")
                    .append(" stroke-linecap=\"round\" stroke-linejoin=\"round\">")
                    .append(matcher.group(1).strip())
                    .append("</symbol>");
        }
        return sprite.append("</svg>").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Iterable<String> lines(String name) {
        return new String(content(name), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    private static byte[] content(String name) {
        try (InputStream in = DashboardFiles.class.getResourceAsStream("web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("the file " + name + " of the program cannot be read", e);
        }
    }
}
