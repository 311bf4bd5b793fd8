import type { Failure } from "../core/failure.ts";
import { BodyDecoder } from "../wire/body.ts";
import { bodyLengthOf } from "../wire/framing.ts";
import { type DecodedResponse, decodeResponse, mayBecomeResponse } from "../wire/h1-response.ts";
import { Input } from "../wire/input.ts";
import type { BodyLength, RequestHead, ResponseHead } from "../wire/message.ts";

/** A response head beyond this is no response (HAProxy's buffer is as large). */
const HEAD_BYTES_MAX = 65_536;
/** Interim responses to one request; more is a loop. */
const INFORMATIONAL_MAX = 16;

/** Who hears of the parts of a response. */
export interface ResponseSink {
  onInformational(head: ResponseHead): void;
  onHead(head: ResponseHead, length: BodyLength): void;
  /** The protocol has changed: what follows, in both directions, is not HTTP. */
  onTunnel(head: ResponseHead): void;
  /** The octets `start` up to, not including, `end`. */
  onBody(bytes: Buffer, start: number, end: number): void;
  /** @param hasMore  octets follow that belong to nothing */
  onComplete(hasMore: boolean): void;
  onFault(failure: Failure): void;
}

/** Reads the responses of one connection, one request at a time. */
export class ResponseReader {
  phase: "head" | "body" | "done" = "done";
  readonly #sink: ResponseSink;
  readonly #input = new Input();
  readonly #body = new BodyDecoder();
  #method = "";
  #upgrade: RequestHead["upgrade"];
  #fieldsMax = 0;
  #informationalCount = 0;
  #response: DecodedResponse | undefined;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** No octet of a response has come. */
  get isUntouched(): boolean {
    return this.phase === "head" && this.#input.length === 0 && this.#informationalCount === 0;
  }

  /** The response under way ends with the connection. */
  get endsWithConnection(): boolean {
    return this.phase === "body" && this.#response?.framing.kind === "untilClose";
  }

  /** Whether the connection may carry another request behind the response that has just ended. */
  get isPersistent(): boolean {
    return this.#response?.isPersistent === true;
  }

  /** A response is expected to this request. */
  expect({ method, upgrade }: RequestHead, fieldsMax: number): void {
    this.phase = "head";
    this.#method = method;
    this.#upgrade = upgrade;
    this.#fieldsMax = fieldsMax;
    this.#informationalCount = 0;
  }

  read(bytes: Buffer): void {
    this.#input.push(bytes);
    while (this.phase === "head" && this.#readHead());
    if (this.phase === "body") this.#readBody();
  }

  /** Nothing more is told. */
  stop(): void {
    this.phase = "done";
  }

  /** Whether a head was taken from the input; there may be another after an interim one. */
  #readHead(): boolean {
    const taken = this.#input.takeHead(HEAD_BYTES_MAX);
    if (taken.kind === "needMore") {
      if (!mayBecomeResponse(this.#input.bytes, this.#input.at)) this.#sink.onFault("badResponse");
      return false;
    }
    const decoded = taken.kind === "head" ? decodeResponse(taken, this.#method, this.#fieldsMax) : taken;
    if (!("ok" in decoded && decoded.ok)) {
      this.#sink.onFault("badResponse");
      return false;
    }
    const { head, framing, protocol } = decoded;
    if (head.status === 101) {
      // RFC 9110 15.2.2: to what was asked for, or not at all.
      if (protocol === undefined || protocol !== this.#upgrade) this.#sink.onFault("badResponse");
      else {
        this.#begin({ ...decoded, framing: { kind: "untilClose" } });
        this.#sink.onTunnel(head);
      }
      return false;
    }
    if (head.status < 200) {
      if (++this.#informationalCount > INFORMATIONAL_MAX) this.#sink.onFault("badResponse");
      else this.#sink.onInformational(head);
      return true;
    }
    this.#begin(decoded);
    this.#sink.onHead(head, bodyLengthOf(framing));
    return false;
  }

  #begin(response: DecodedResponse): void {
    this.#response = response;
    this.#body.begin(response.framing);
    this.phase = "body";
  }

  #readBody(): void {
    const body = this.#body;
    const input = this.#input;
    const { bytes } = input;
    body.at = input.at;
    input.clear();
    for (;;) {
      const step = body.step(bytes);
      if (step === "needMore" || this.phase !== "body") return;
      if (step === "bad") {
        this.#sink.onFault("badBody");
        return;
      }
      if (step === "end") {
        this.phase = "done";
        this.#sink.onComplete(body.at < bytes.length);
        return;
      }
      this.#sink.onBody(bytes, body.start, body.end);
    }
  }
}
