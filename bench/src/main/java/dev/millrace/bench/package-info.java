/** Figures as ratios measured side by side, and long trials; nothing here ships. */
package dev.millrace.bench;
