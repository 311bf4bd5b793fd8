import * as z from "zod";

// A response in a file, as HAProxy's `errorfile` has it: what it sends for an error of its own.

/** Statuses that have one (HAProxy's list). */
const STATUSES = [400, 401, 403, 404, 405, 408, 410, 413, 414, 417, 421, 425, 429, 431, 500, 501, 502, 503, 504, 505];
const STATUS = `one of ${STATUSES.join(", ")}`;

/** HAProxy's own limit is its buffer of 16 kB; pages have grown since. */
const TEXT_LENGTH_MAX = 65_536;
const TEXT = "a response: status line, fields, an empty line, and the page, at most 65536 characters";
const STATUS_LINE = /^HTTP\/1\.[01] [2-5][0-9]{2}(?: [\t -~]*)?\r?\n/;
const FIELD_LINES = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r?\n)*\r?\n/;

/** Text of a response, by the status that it stands for. */
export const errorFiles = z.record(
  z.string().refine((status) => STATUSES.includes(Number(status)), { error: STATUS }),
  z.string({ error: TEXT }).max(TEXT_LENGTH_MAX, { error: TEXT }).refine(isResponse, { error: TEXT }),
);

function isResponse(text: string): boolean {
  const line = STATUS_LINE.exec(text);
  return line !== null && FIELD_LINES.test(text.slice(line[0].length));
}
