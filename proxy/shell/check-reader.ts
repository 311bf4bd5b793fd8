import type { CheckConfig } from "../../config/app.ts";
import { BodyDecoder } from "../wire/body.ts";
import { decodeResponse } from "../wire/h1-response.ts";
import { Input } from "../wire/input.ts";

/** What a response says of a backend, in HAProxy's code; status 0: there was none. */
export type Verdict = { readonly code: "L7OK" | "L7STS" | "L7RSP"; readonly status: number };

const HEAD_BYTES_MAX = 65_536;
const FIELDS_MAX = 1_000;
/** How much of a body is looked at. */
const BODY_BYTES_MAX = 65_536;

/** Reads the response to a check, as far as it takes to judge it. */
export class CheckReader {
  readonly #check: CheckConfig;
  readonly #input = new Input();
  readonly #body = new BodyDecoder();
  #status = 0;
  #text = "";

  constructor(check: CheckConfig) {
    this.#check = check;
  }

  /** @returns undefined as long as more is needed */
  read(bytes: Buffer): Verdict | undefined {
    this.#input.push(bytes);
    if (this.#status !== 0) return this.#readBody();
    return this.#readHead();
  }

  /** The backend has ended the connection. */
  end(): Verdict {
    return this.#status === 0 ? { code: "L7RSP", status: 0 } : this.#verdict("L7STS");
  }

  #readHead(): Verdict | undefined {
    for (;;) {
      const head = this.#input.takeHead(HEAD_BYTES_MAX);
      if (head.kind === "needMore") return undefined;
      const response = head.kind === "head" ? decodeResponse(head, this.#check.method, FIELDS_MAX) : undefined;
      if (response?.ok !== true) return { code: "L7RSP", status: 0 };
      if (response.head.status < 200) continue;
      this.#status = response.head.status;
      const isWell = this.#status >= this.#check.statusMin && this.#status <= this.#check.statusMax;
      if (!isWell || this.#check.bodyIncludes === undefined) return this.#verdict(isWell ? "L7OK" : "L7STS");
      this.#body.begin(response.framing);
      return this.#readBody();
    }
  }

  #readBody(): Verdict | undefined {
    const { bytes, at } = this.#input;
    this.#body.at = at;
    for (;;) {
      const step = this.#body.step(bytes);
      if (step === "data") {
        const { start, end } = this.#body;
        this.#text += bytes.toString("latin1", start, Math.min(end, start + BODY_BYTES_MAX - this.#text.length));
        // The text is compared as the octets of UTF-8, whatever the response calls them.
        if (this.#text.includes(Buffer.from(this.#check.bodyIncludes ?? "").toString("latin1")))
          return this.#verdict("L7OK");
        if (this.#text.length >= BODY_BYTES_MAX) return this.#verdict("L7STS");
        continue;
      }
      this.#input.readTo(this.#body.at);
      if (step === "needMore") return undefined;
      return step === "end" ? this.#verdict("L7STS") : { code: "L7RSP", status: this.#status };
    }
  }

  #verdict(code: Verdict["code"]): Verdict {
    return { code, status: this.#status };
  }
}
