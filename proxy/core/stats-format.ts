import type { CheckReport } from "./stats.ts";

// How the stats page writes values.

/** Outcome of the last check: `L7OK/200 in 3 ms`. */
export function checkText({ code, status, durationMs }: CheckReport): string {
  if (code === "UNK" || code === "INI") return code;
  return `${code}${status === 0 ? "" : `/${status}`} in ${Math.round(durationMs)} ms`;
}

/** Largest two units: `3d 4h`, `12m 5s`. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** In the unit that fits: `12 B`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
