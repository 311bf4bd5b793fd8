import assert from "node:assert/strict";
import { test } from "node:test";
import { isAtLeast } from "../../bootstrap/version.mjs";

test("versions are compared by number, part by part", () => {
  const newer = [
    "22.18.0 22.18.0",
    "22.18.1 22.18.0",
    "v24.0.0 22.18.0",
    "3.300.0 3.259.0",
    "1.26 1.26",
    "1.26.8 1.26",
  ];
  const older = ["22.17.9 22.18.0", "v20.20.2 22.18.0", "3.99.9 3.259.0", "1.9 1.26", "nonsense 1.26", " 1.26"];
  const ask = (pair: string) => {
    const [version = "", oldest = ""] = pair.split(" ");
    return isAtLeast(version, oldest);
  };
  assert.deepEqual(
    newer.map(ask),
    newer.map(() => true),
  );
  assert.deepEqual(
    older.map(ask),
    older.map(() => false),
  );
});
