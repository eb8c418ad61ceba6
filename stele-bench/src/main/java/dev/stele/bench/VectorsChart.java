package dev.stele.bench;

import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Chart of query times by number of vectors, with two logarithmic axes. Stateless. */
final class VectorsChart {

    private VectorsChart() {}

    /** Writes the chart as a PNG file. */
    static void write(Path file, List<VectorsBenchmark.Row> rows) throws IOException {
        System.setProperty("java.awt.headless", "true");
        XYChart chart = new XYChartBuilder()
                .width(760)
                .height(420)
                .title("Search for the ten nearest vectors: median time, one thread")
                .xAxisTitle("vectors")
                .yAxisTitle("milliseconds")
                .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotGridLinesVisible(false);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        Map<String, Map<Double, Double>> series = new LinkedHashMap<>();
        rows.forEach(row -> series.computeIfAbsent(row.label(), _ -> new LinkedHashMap<>())
                .put((double) row.vectors(), row.p50Millis()));
        series.forEach((name, points) -> chart.addSeries(
                name,
                points.keySet().stream().mapToDouble(Double::doubleValue).toArray(),
                points.values().stream().mapToDouble(Double::doubleValue).toArray()));
        try (OutputStream out = Files.newOutputStream(file)) {
            ChartEncoder.saveChart(chart, out, "png");
        }
    }
}
