import type { Backend } from "../core/backend.ts";
import { HtmlLinks } from "../core/html-links.ts";
import { changedPageHead, isReadablePage } from "../core/page.ts";
import type { AppRequest } from "../core/request.ts";
import { type BodyLength, type ResponseHead, UNKNOWN_LENGTH } from "../wire/message.ts";
import type { ClientStream } from "./streams.ts";

/** The response on its way to the client: as it comes, or a page with its links rewritten. */
export class ResponseBody {
  readonly #client: ClientStream;
  #links: HtmlLinks | undefined;

  constructor(client: ClientStream) {
    this.#client = client;
  }

  /** @param head  as the client is to get it */
  begin(request: AppRequest, backend: Backend, head: ResponseHead, length: BodyLength): void {
    const { app, client, prefix } = request;
    const hasPage = length !== 0 || request.head.method === "HEAD";
    if (!app.isHtmlRewritten || !hasPage || !isReadablePage(head)) {
      this.#client.sendHead(head, length);
      return;
    }
    const { scheme, authority } = client;
    if (length !== 0) this.#links = new HtmlLinks({ prefix, scheme, authority, backendAddress: backend.address });
    this.#client.sendHead(changedPageHead(head), length === 0 ? 0 : UNKNOWN_LENGTH);
  }

  push(bytes: Buffer, start: number, end: number): void {
    if (this.#links === undefined) this.#client.sendBody(bytes, start, end);
    else this.#send(this.#links.push(bytes.toString("latin1", start, end)));
  }

  end(): void {
    if (this.#links !== undefined) this.#send(this.#links.end());
  }

  #send(text: string): void {
    if (text !== "") this.#client.sendBody(Buffer.from(text, "latin1"), 0, text.length);
  }
}
