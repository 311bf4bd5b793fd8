import { createHmac } from "node:crypto";
import { duplexPair } from "node:stream";
import { connect, type SecureContext, TLSSocket } from "node:tls";
import { overwrite, placesThatBeginWith, type Spot } from "./own-memory.ts";

// Bun 1.4 has no way to say which keys its tickets are sealed with. They are 48 octets in its memory, with a time behind:
//
//   | name 16 | authentication 16 | encryption 16 | when others follow 8: seconds of the epoch, 0 never |
//
// A ticket says its key's name in clear and is authenticated by the key (RFC 5077 4). So whoever gets a ticket can look for the
// name in memory, and *prove* that what is there is the key: it makes the ticket's code. Nothing is written without that proof,
// and the next ticket has to have the new name.

const NAME_BYTES = 16;
const AUTHENTICATION_END = 32;
const PLACE_BYTES = 56;
/** HMAC-SHA-256, at the end of a ticket. */
const CODE_BYTES = 32;
/** A ticket within the process takes a millisecond; a listener is not to wait for ever for one that does not come. */
const TICKET_MS = 5_000;

/** Where a TLS context of this process has the keys of its session tickets. */
export class TicketKeyPlace {
  /** Held as long as the place is: with the context its memory goes. */
  readonly context: SecureContext;
  readonly #address: number;
  /** What stands there. */
  #octets: Buffer;

  private constructor(context: SecureContext, { address, octets }: Spot) {
    this.context = context;
    this.#address = address;
    this.#octets = Buffer.from(octets);
  }

  /**
   * Looks for it; that takes some milliseconds for each 100 MB of memory, in many turns of the event loop.
   *
   * @throws Error when there is no proof of any place
   */
  static async find(context: SecureContext): Promise<TicketKeyPlace> {
    const ticket = await newTicket(context);
    for await (const place of placesThatBeginWith(ticket.subarray(0, NAME_BYTES), PLACE_BYTES)) {
      if (hasSealed(place, ticket)) return new TicketKeyPlace(context, place);
    }
    throw new Error("the key of its tickets was not found");
  }

  /**
   * Seals tickets with these keys from now on, until others are set.
   *
   * @param keys  as `Server.setTicketKeys` takes them, 48 octets
   * @throws Error when new tickets are sealed with others all the same; what stood there stands there again
   */
  async set(keys: Buffer): Promise<void> {
    const octets = Buffer.concat([keys], PLACE_BYTES);
    overwrite(this.#address, octets);
    const ticket = await newTicket(this.context);
    if (!hasSealed({ octets }, ticket)) {
      overwrite(this.#address, this.#octets);
      throw new Error("tickets are not sealed with the keys that were set");
    }
    this.#octets = octets;
  }
}

function hasSealed({ octets }: Pick<Spot, "octets">, ticket: Buffer): boolean {
  const sealed = ticket.subarray(0, -CODE_BYTES);
  const code = createHmac("sha256", octets.subarray(NAME_BYTES, AUTHENTICATION_END)).update(sealed).digest();
  return (
    octets.subarray(0, NAME_BYTES).equals(ticket.subarray(0, NAME_BYTES)) && code.equals(ticket.subarray(-CODE_BYTES))
  );
}

/** A ticket as the context's next client would get it, on a connection within this process. */
function newTicket(context: SecureContext): Promise<Buffer> {
  const [near, far] = duplexPair();
  const server = new TLSSocket(near, { isServer: true, secureContext: context, requestCert: false });
  const client = connect({ socket: far, rejectUnauthorized: false });
  let late: NodeJS.Timeout | undefined;
  return new Promise<Buffer>((resolve, reject) => {
    late = setTimeout(() => reject(new Error("no ticket was given in time")), TICKET_MS);
    server.on("error", reject);
    server.on("secure", () => server.write(" ")); // a ticket goes with the first octets that a server has to say
    client.on("error", reject);
    client.on("close", () => reject(new Error("no ticket was given")));
    client.on("session", () => {
      const ticket = client.getTLSTicket();
      if (ticket !== undefined && ticket.byteLength > NAME_BYTES + CODE_BYTES) resolve(ticket);
    });
  }).finally(() => {
    clearTimeout(late);
    client.destroy();
    server.destroy();
  });
}
