import { Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";

/** A response that the proxy gives itself: small, whole, made of validated octets only. */
export type LocalResponse = { readonly head: ResponseHead; readonly body: string };

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  301: "Moved Permanently",
  302: "Found",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

const EXPLANATIONS: Readonly<Record<number, string>> = {
  400: "The request was not understood.",
  404: "No application answers at this address.",
  405: "This method is not offered here.",
  408: "The request took too long to arrive.",
  502: "The application gave an answer that could not be used.",
  503: "The application is not available at the moment. Please try again soon.",
  504: "The application took too long to answer.",
};

/** Page for an error that the proxy itself produces. */
export function buildErrorResponse(status: number): LocalResponse {
  const reason = REASONS[status] ?? "Error";
  return buildPage(status, `${status} ${reason}`, EXPLANATIONS[status] ?? "The request was refused.", "");
}

/** @param location  made of validated octets: it goes into a field and into a page */
export function buildRedirect(status: number, location: string): LocalResponse {
  return buildPage(status, REASONS[status] ?? "Redirect", "The page is elsewhere.", fieldLine("Location", location));
}

/** A response with a body of ours. */
export function buildLocalResponse(status: number, contentType: string, body: string, lines: string): LocalResponse {
  const length = utf8Length(body);
  const typed = body === "" ? "" : fieldLine("Content-Type", contentType);
  const fields = new Fields([typed, fieldLine("Content-Length", String(length)), lines]);
  return { head: { status, reason: REASONS[status] ?? "", fields }, body };
}

/** Head as it goes out, with the Date that a server with a clock owes (RFC 9110 6.6.1). */
export function datedHead({ head }: LocalResponse, dateText: string): ResponseHead {
  return { ...head, fields: new Fields([fieldLine("Date", dateText), ...head.fields.pieces]) };
}

function buildPage(status: number, title: string, text: string, lines: string): LocalResponse {
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}</style></head>
<body><h1>${title}</h1><p>${text}</p></body></html>
`;
  return buildLocalResponse(status, "text/html; charset=utf-8", body, fieldLine("Cache-Control", "no-cache") + lines);
}

export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
