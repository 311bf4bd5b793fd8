/** What an operation on the host came to: expected failures are values, each reason a sentence for the person at the other end. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly reasons: readonly string[] };

export const done: Outcome = { ok: true };

export function failed(...reasons: readonly string[]): Outcome {
  return { ok: false, reasons };
}
