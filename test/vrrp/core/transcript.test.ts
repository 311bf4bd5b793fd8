import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { test } from "node:test";
import type { Settings } from "../../../vrrp/core/settings.ts";
import type { Effect } from "../../../vrrp/core/state.ts";
import { settings } from "./fixtures.ts";
import { Lan, type Router } from "./lan.ts";

// A transcript is a story that can be read and run: a command a line, and below each what
// happened, indented. `UPDATE_TRANSCRIPTS=1 node --test …` writes down what happens now.

const DIRECTORY = new URL("transcripts/", import.meta.url);
const LINK_DELAY_MS = 0.2;

for (const file of readdirSync(DIRECTORY).sort()) {
  const url = new URL(file, DIRECTORY);
  const expected = readFileSync(url, "utf8");
  const [title = file] = expected.split("\n");
  test(`transcript: ${title.replace("# ", "")}`, () => {
    const actual = play(expected.split("\n").filter((line) => !line.startsWith(" ")));
    if (env["UPDATE_TRANSCRIPTS"] !== undefined) writeFileSync(url, actual);
    else assert.equal(actual, expected);
  });
}

function play(lines: readonly string[]): string {
  const seen: string[] = [];
  const lan = new Lan(
    () => [LINK_DELAY_MS],
    (nowMs, router, effect) => seen.push(...describe(nowMs, router, effect)),
  );
  return lines
    .flatMap((line) => {
      if (line !== "" && !line.startsWith("#")) command(lan, line.split(" "));
      return [line, ...fold(seen.splice(0))];
    })
    .join("\n");
}

/** `router NAME ADDRESS {settings}` · `start NAME` · `run MS` · `priority NAME N` · … */
function command(lan: Lan, [verb = "", name = "", ...rest]: string[]): void {
  const argument = rest.join(" ");
  switch (verb) {
    case "router": {
      const [source = "", ...fields] = rest;
      const given = JSON.parse(fields.join(" ")) as Partial<Settings>;
      lan.add(name, { ...settings, announceOffsetsMs: [0, 50], ...given }, source);
      break;
    }
    case "start":
      lan.start(name);
      break;
    case "stop":
      lan.stop(name);
      break;
    case "kill":
      lan.kill(name);
      break;
    case "cut":
    case "heal":
      lan.get(name).isCut = verb === "cut";
      break;
    case "fail":
      lan.setFaults(name, [argument]);
      break;
    case "recover":
      lan.setFaults(name, []);
      break;
    case "priority":
      lan.setConditions(name, { ...lan.get(name).conditions, priority: Number(argument) });
      break;
    case "sleep":
      lan.sleep(name, Number(argument));
      break;
    case "run":
      lan.run(lan.nowMs + Number(name));
      break;
    default:
      throw new Error(`unknown command ${verb}`);
  }
}

function describe(nowMs: number, { name }: Router, effect: Effect): string[] {
  const at = nowMs.toFixed(1).padStart(10);
  switch (effect.kind) {
    case "advertise":
      return [`${at}  ${name}  advertises ${effect.priority}`];
    case "installAddresses":
      return [`${at}  ${name}  sets the addresses`];
    case "removeAddresses":
      return [`${at}  ${name}  removes the addresses`];
    case "renewAddresses":
      return []; // too many to read; the matrix has them
    case "announce":
      return [`${at}  ${name}  announces`];
    case "probe":
      return [`${at}  ${name}  asks who has the addresses`];
    case "relay":
      return [`${at}  ${name}  passes on to ${effect.to} what is its`];
    case "endRelay":
      return [`${at}  ${name}  passes nothing on any more`];
    case "lingerAddresses":
      return [`${at}  ${name}  keeps the addresses to itself for ${effect.forMs} ms`];
    case "transition":
      return [`${at}  ${name}  ${effect.from} → ${effect.to}: ${effect.because}`];
    case "note":
      return [`${at}  ${name}  note: ${effect.what}`];
  }
}

/** Adverts that repeat the one before, with nothing between, become one line. */
function fold(lines: readonly string[]): string[] {
  const folded: { line: string; what: string; more: number }[] = [];
  for (const line of lines) {
    const what = line.trimStart().replace(/^\S+ +/, "");
    const last = folded.at(-1);
    if (last !== undefined && last.what === what && what.includes("advertises")) last.more += 1;
    else folded.push({ line, what, more: 0 });
  }
  return folded.map(({ line, more }) => (more === 0 ? line : `${line}, and ${more} more times`));
}
