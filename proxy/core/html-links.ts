import type { PublicPlace } from "./prefix.ts";
import { publicReference } from "./prefix.ts";
import { publicRefresh } from "./reference-fields.ts";

// Links in HTML that lead back to the app, seen from outside. A page passes by in
// pieces; what is held back is at most one unfinished tag.

/** A tag that is longer than this passes as it is. */
const TAG_LENGTH_MAX = 16_384;

/** A tag from `<` to `>`, whose quoted values may hold anything. */
const TAG = /^<\/?[a-zA-Z](?:[^"'>]|"[^"]*"|'[^']*')*>/;
const MAYBE_TAG = /^<(?:$|!-?$|\/?$|\/?[a-zA-Z])/;
const ATTRIBUTE = /([^\s"'>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/g;

/** HTML 4.8.4.2.1: a link of srcset ends at white space, with commas within (`data:image/jpeg;base64,/9j/`), its descriptors at a comma. */
const CANDIDATE = /([^\s,]\S*)((?<!,)[^,]*)?/g;

const LINKS = new Set([
  "href",
  "src",
  "action",
  "formaction",
  "poster",
  "background",
  "cite",
  "longdesc",
  "data",
  "xlink:href",
]);
/** Elements whose text is no markup. */
const RAW_TEXT = new Set(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"]);

/** Rewrites one page. */
export class HtmlLinks {
  readonly #place: PublicPlace;
  /** Text that may be the start of a tag. */
  #held = "";
  /** What ends the raw text or the comment that we are in. */
  #rawEnd: string | undefined;

  constructor(place: PublicPlace) {
    this.#place = place;
  }

  /** @param piece  of the page, octets as characters: every encoding that contains ASCII passes unharmed */
  push(piece: string): string {
    const text = this.#held + piece;
    this.#held = "";
    let out = "";
    let at = 0;
    while (at < text.length) {
      const next = this.#rawEnd === undefined ? this.#passText(text, at) : this.#passRaw(text, at, this.#rawEnd);
      if (next.end === at && next.out === "") break;
      out += next.out;
      at = next.end;
    }
    return out;
  }

  /** What is left when the page is over. */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  #passRaw(text: string, at: number, rawEnd: string): Passed {
    const found = text.toLowerCase().indexOf(rawEnd, at);
    if (found >= 0) {
      this.#rawEnd = undefined;
      const end = rawEnd === COMMENT_END ? found + rawEnd.length : found;
      // A close tag is a tag again; it can't be taken for raw text once more.
      return end > at ? { out: text.slice(at, end), end } : this.#passText(text, at);
    }
    const safe = Math.max(at, text.length - rawEnd.length + 1);
    this.#held = text.slice(safe);
    return { out: text.slice(at, safe), end: text.length };
  }

  /** Text up to a tag, or the tag at the front. */
  #passText(text: string, at: number): Passed {
    const open = text.indexOf("<", at);
    if (open !== at) {
      const end = open < 0 ? text.length : open;
      return { out: text.slice(at, end), end };
    }
    if (text.startsWith(COMMENT_START, at)) {
      this.#rawEnd = COMMENT_END;
      return { out: COMMENT_START, end: at + COMMENT_START.length };
    }
    const rest = text.slice(at, at + TAG_LENGTH_MAX + 1);
    const tag = TAG.exec(rest)?.[0];
    if (tag !== undefined) return { out: this.#rewrite(tag), end: at + tag.length };
    if (!MAYBE_TAG.test(rest)) return { out: "<", end: at + 1 };
    // Passed whole: to look again at each `<` within would cost the square of the page's length.
    if (rest.length > TAG_LENGTH_MAX) return { out: rest, end: at + rest.length };
    this.#held = rest;
    return { out: "", end: text.length };
  }

  #rewrite(tag: string): string {
    const name = /^<\/?([a-zA-Z][^\s/>]*)/.exec(tag)?.[1]?.toLowerCase() ?? "";
    if (tag.startsWith("</")) return tag;
    if (RAW_TEXT.has(name)) this.#rawEnd = `</${name}`;
    const isRefresh = name === "meta" && /http-equiv\s*=\s*["']?refresh/i.test(tag);
    return tag.replace(ATTRIBUTE, (whole, attribute: string, equals: string, quoted: string) => {
      const quote = /^["']/.exec(quoted)?.[0] ?? "";
      const value = quoted.slice(quote.length, quoted.length - quote.length);
      const mapped = this.#map(attribute.toLowerCase(), name, value, isRefresh);
      return mapped === value ? whole : attribute + equals + quote + mapped + quote;
    });
  }

  #map(attribute: string, tagName: string, value: string, isRefresh: boolean): string {
    if (attribute === "srcset" || attribute === "imagesrcset") {
      return value.replace(CANDIDATE, (_, link: string, descriptors = "") => this.#link(link) + descriptors);
    }
    if (attribute === "content" && isRefresh) return publicRefresh(value, this.#place);
    if (!LINKS.has(attribute) || (attribute === "data" && tagName !== "object")) return value;
    return this.#link(value.trim());
  }

  #link(reference: string): string {
    return publicReference(reference, this.#place);
  }
}

type Passed = { readonly out: string; readonly end: number };

const COMMENT_START = "<!--";
const COMMENT_END = "-->";
