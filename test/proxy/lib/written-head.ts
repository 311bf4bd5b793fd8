import { encodeRequest } from "../../../proxy/wire/h1-encode.ts";
import type { BodyLength, RequestHead } from "../../../proxy/wire/message.ts";
import { type Piece, textOf } from "../../../proxy/wire/pieces.ts";

/** A request's head as a backend gets it. */
export function writtenRequest(head: RequestHead, body: BodyLength): string {
  const pieces: Piece[] = [];
  encodeRequest(head, body, { add: (piece) => pieces.push(piece) });
  return textOf(pieces);
}
