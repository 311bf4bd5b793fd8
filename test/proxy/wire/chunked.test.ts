import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkedDecoder } from "../../../proxy/wire/chunked.ts";

type Outcome = { readonly body: string; readonly end: "end" | "bad" | "needMore"; readonly rest: string };

/** Body of a coded text that comes in pieces of the given sizes, the last size again and again. */
function decode(text: string, sizes: readonly number[]): Outcome {
  const decoder = new ChunkedDecoder();
  const bytes = Buffer.from(text, "latin1");
  let body = "";
  for (let from = 0, index = 0; from < bytes.length; index++) {
    const to = from + Math.max(1, sizes[Math.min(index, sizes.length - 1)] ?? bytes.length);
    const piece = bytes.subarray(from, to);
    from = to;
    decoder.at = 0;
    for (;;) {
      const step = decoder.step(piece);
      if (step === "data") body += piece.toString("latin1", decoder.start, decoder.end);
      if (step === "end")
        return {
          body,
          end: "end",
          rest: bytes.toString("latin1", from - piece.length + decoder.at - Math.max(0, from - bytes.length)),
        };
      if (step === "bad") return { body, end: "bad", rest: "" };
      if (step === "needMore") break;
    }
  }
  return { body, end: "needMore", rest: "" };
}

const GOLDEN =
  '4\r\nWiki\r\n7;a=b;c="x y"\r\npedia i\r\n00B\r\nn \r\nchunks.\r\n0;last\r\nTrailer: yes\r\nOther:\r\n\r\n';

test("RFC9112-7.1: sizes, extensions and trailers are understood", () => {
  assert.deepEqual(decode(GOLDEN, [1_000]), { body: "Wikipedia in \r\nchunks.", end: "end", rest: "" });
});

test("it makes no difference in which pieces a body comes", () => {
  for (let size = 1; size < GOLDEN.length; size++) {
    assert.deepEqual(decode(GOLDEN, [size]).body, "Wikipedia in \r\nchunks.", `pieces of ${size}`);
    assert.equal(decode(GOLDEN, [size]).end, "end");
  }
});

test("a body cut short anywhere has no end", () => {
  for (let length = 0; length < GOLDEN.length; length++) {
    assert.equal(decode(GOLDEN.slice(0, length), [7]).end, "needMore", `after ${length} octets`);
  }
});

test("what follows a body is left for the next message", () => {
  const decoder = new ChunkedDecoder();
  const bytes = Buffer.from("1\r\na\r\n0\r\n\r\nGET /");
  while (decoder.step(bytes) === "data");
  assert.equal(bytes.toString("latin1", decoder.at), "GET /");
});

test("13 digits are read, 14 are not", () => {
  assert.deepEqual(decode("000000000000a\r\n0123456789\r\n0\r\n\r\n", [1_000]).end, "end");
  assert.deepEqual(decode("0000000000000a\r\n0123456789\r\n0\r\n\r\n", [1_000]).end, "bad");
});

test("any body in any chunks in any pieces is itself again", () => {
  const chunk = fc.tuple(
    fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 30 }),
    fc.constantFrom("", ";x", ";x=y"),
    fc.constantFrom("", "0", "00"),
  );
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (chunks, sizes) => {
        const coded = chunks.map(
          ([data, extension, zeros]) => `${zeros}${data.length.toString(16)}${extension}\r\n${data}\r\n`,
        );
        const outcome = decode(`${coded.join("")}0\r\n\r\n`, sizes);
        assert.deepEqual([outcome.body, outcome.end], [chunks.map(([data]) => data).join(""), "end"]);
      },
    ),
  );
});

test("octets of any kind never end a body twice nor hang", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("0", "1", "a", "\r", "\n", ";", " ", ":", "x"), maxLength: 60 }),
      (text) => {
        const { end } = decode(text, [3]);
        assert.ok(end === "end" || end === "bad" || end === "needMore");
        if (end === "end") assert.match(text, /0\r\n(?:[^\r\n]+\r\n)*\r\n/);
      },
    ),
  );
});
