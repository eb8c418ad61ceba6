package dev.stele.graph.cypher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/**
 * One scenario of openCypher's own suite, as far as it is about reading.
 *
 * @param feature the file it stands in
 * @param graph the graph it begins with: empty, any, or the name of a known one
 * @param setup queries that make the graph
 * @param parameters as they are written
 * @param query what is asked
 * @param outcome how the expectation is worded
 * @param table header and rows of the expected result
 */
record TckScenario(
        String feature,
        String name,
        String graph,
        List<String> setup,
        Map<String, String> parameters,
        String query,
        String outcome,
        List<List<String>> table) {

    private static final Pattern PLACE = Pattern.compile("<([^<>]+)>");

    /** All scenarios of the suite in a jar, outlines as many as they have examples. */
    static List<TckScenario> read(JarFile jar) throws IOException {
        var all = new ArrayList<TckScenario>();
        for (JarEntry entry : Collections.list(jar.entries())) {
            if (entry.getName().endsWith(".feature")) {
                String text = new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
                all.addAll(feature(
                        entry.getName().replaceAll(".*/features/", ""),
                        text.lines().toList()));
            }
        }
        return all;
    }

    private static List<TckScenario> feature(String feature, List<String> lines) {
        var found = new ArrayList<TckScenario>();
        List<String> before = List.of();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("Background:")) {
                int end = i + 1;
                while (!lines.get(end).strip().startsWith("Scenario")) {
                    end++;
                }
                before = lines.subList(i + 1, end);
            }
            if (line.startsWith("Scenario:") || line.startsWith("Scenario Outline:")) {
                int end = i + 1;
                while (end < lines.size()
                        && !lines.get(end).strip().startsWith("Scenario:")
                        && !lines.get(end).strip().startsWith("Scenario Outline:")) {
                    end++;
                }
                var steps = new ArrayList<>(before);
                steps.addAll(lines.subList(i + 1, end));
                found.addAll(
                        scenario(feature, line.substring(line.indexOf(':') + 1).strip(), steps));
                i = end - 1;
            }
        }
        return found;
    }

    private static List<TckScenario> scenario(String feature, String name, List<String> lines) {
        int examples = lines.size();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).strip().startsWith("Examples:")) {
                examples = i;
                break;
            }
        }
        TckScenario outline = steps(feature, name, lines.subList(0, examples));
        if (examples == lines.size()) {
            return List.of(outline);
        }
        List<List<String>> values = table(lines.subList(examples + 1, lines.size()));
        var found = new ArrayList<TckScenario>();
        for (List<String> row : values.subList(1, values.size())) {
            var example = new HashMap<String, String>();
            for (int i = 0; i < row.size(); i++) {
                example.put(values.getFirst().get(i), row.get(i));
            }
            found.add(outline.with(example));
        }
        return found;
    }

    private TckScenario with(Map<String, String> example) {
        return new TckScenario(
                feature,
                name + " " + example,
                fill(graph, example),
                setup.stream().map(text -> fill(text, example)).toList(),
                fill(parameters, example),
                fill(query, example),
                fill(outcome, example),
                table.stream()
                        .map(row ->
                                row.stream().map(cell -> fill(cell, example)).toList())
                        .toList());
    }

    private static Map<String, String> fill(Map<String, String> texts, Map<String, String> example) {
        var filled = new LinkedHashMap<String, String>();
        texts.forEach((name, text) -> filled.put(name, fill(text, example)));
        return filled;
    }

    private static String fill(String text, Map<String, String> example) {
        return PLACE.matcher(text)
                .replaceAll(place ->
                        java.util.regex.Matcher.quoteReplacement(example.getOrDefault(place.group(1), place.group())));
    }

    private static TckScenario steps(String feature, String name, List<String> lines) {
        String graph = "empty";
        var setup = new ArrayList<String>();
        var parameters = new LinkedHashMap<String, String>();
        String query = "";
        String outcome = "";
        List<List<String>> table = List.of();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.endsWith("graph") && line.startsWith("Given")) {
                graph = line.replaceAll("Given (any|an|the)\\s*", "")
                        .replace("graph", "")
                        .strip();
            } else if (line.contains("having executed:")) {
                setup.add(text(lines, i + 1));
            } else if (line.contains("parameters are:")) {
                table(lines.subList(i + 1, lines.size())).forEach(row -> parameters.put(row.get(0), row.get(1)));
            } else if (line.startsWith("When executing")) {
                query = text(lines, i + 1);
            } else if (line.startsWith("Then ")) {
                outcome = line.substring(5);
                table = table(lines.subList(i + 1, lines.size()));
            } else if (line.contains("executing control query")) {
                outcome = "a control query";
            } else if (line.contains("there exists a procedure")) {
                outcome = "a procedure";
            }
        }
        return new TckScenario(feature, name, graph, setup, parameters, query, outcome, table);
    }

    /** The text between triple quotes. */
    private static String text(List<String> lines, int from) {
        var text = new StringBuilder();
        boolean inside = false;
        for (String line : lines.subList(from, lines.size())) {
            if (line.strip().equals("\"\"\"")) {
                if (inside) {
                    break;
                }
                inside = true;
            } else if (inside) {
                text.append(line.strip()).append('\n');
            }
        }
        return text.toString();
    }

    /** Rows between bars at the beginning of lines. */
    private static List<List<String>> table(List<String> lines) {
        var rows = new ArrayList<List<String>>();
        for (String line : lines) {
            String text = line.strip();
            if (text.startsWith("|")) {
                rows.add(List.of(text.substring(1, text.length() - 1).split("(?<!\\\\)\\|", -1)).stream()
                        .map(cell -> cell.strip().replace("\\|", "|").replace("\\\\", "\\"))
                        .toList());
            } else if (!rows.isEmpty() || (!text.isEmpty() && !text.startsWith("#"))) {
                break;
            }
        }
        return rows;
    }
}
