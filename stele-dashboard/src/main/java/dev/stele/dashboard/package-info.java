/**
 * Files of the dashboard, which the server offers at {@code /}: pages in plain ES modules, and the libraries that they
 * use. {@link dev.stele.dashboard.DashboardFiles} is the entry point.
 */
@NullMarked
package dev.stele.dashboard;

import org.jspecify.annotations.NullMarked;
