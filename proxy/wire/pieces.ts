// A message on its way out, in pieces: what is passed on as it came stays the octets
// it came as, what is said anew is text. Whoever writes them copies each once, to
// where the system takes them from.

/** A run of a buffer: `start` up to, not including, `end`. The buffer must not change any more. */
export type Octets = { readonly bytes: Buffer; readonly start: number; readonly end: number };

/** A text is latin1: one octet a character. */
export type Piece = string | Octets;

/** Where pieces go, one after the other. */
export interface PieceSink {
  add(piece: Piece): void;
}

export function pieceLength(piece: Piece): number {
  return typeof piece === "string" ? piece.length : piece.end - piece.start;
}

/** Copies a piece; there must be room for it. @returns where the next one goes */
export function copyPiece(piece: Piece, into: Buffer, at: number): number {
  if (typeof piece === "string") return at + into.write(piece, at, "latin1");
  return at + piece.bytes.copy(into, at, piece.start, piece.end);
}

/** Pieces as one run of octets. */
export function joinPieces(pieces: readonly Piece[]): Buffer {
  const whole = Buffer.allocUnsafe(pieces.reduce((length, piece) => length + pieceLength(piece), 0));
  let at = 0;
  for (const piece of pieces) at = copyPiece(piece, whole, at);
  return whole;
}

/** Pieces as one text, latin1. */
export function textOf(pieces: readonly Piece[]): string {
  return joinPieces(pieces).toString("latin1");
}
