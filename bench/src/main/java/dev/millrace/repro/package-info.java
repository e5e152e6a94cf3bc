/** Failures as their users had them, on a real server; nothing here ships. */
package dev.millrace.repro;
