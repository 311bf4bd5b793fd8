import * as z from "zod";
import { integer, port } from "../../config/values.ts";

// What a connection must look like. Its values never reach a document.

const NOT_EMPTY = "a text that is not empty";
const text = z.string({ error: NOT_EMPTY }).min(1, { error: NOT_EMPTY });

const HOST = "an address or a name, like 203.0.113.11";
const HOST_KEY = "the machine's public key, as in /etc/ssh/ssh_host_ed25519_key.pub";

const endpoint = {
  host: z.string({ error: HOST }).regex(/^[A-Za-z0-9._:%-]{1,253}$/, { error: HOST }),
  port: port.optional(),
  user: text.optional(),
  hostKey: z
    .string({ error: HOST_KEY })
    .regex(/^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*(?: [^\n]*)?\n?$/, { error: HOST_KEY }),
  privateKey: text.optional(),
  privateKeyPassword: text.optional(),
  password: text.optional(),
  agentSocketPath: text.optional(),
  dialErrorLimit: integer(-1, 1_000_000).optional(),
  perDialTimeout: integer(0, 86_400).optional(),
};

const jumpHost = z.strictObject(endpoint);

/** A connection, and the jump host in front of it. */
export const connectionSchema = z.strictObject({ ...endpoint, proxy: jumpHost.optional() });
export type Connection = z.output<typeof connectionSchema>;
