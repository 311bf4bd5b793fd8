import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import type { AnyAuthMethod, Client, ConnectConfig, KeyboardInteractiveAuthMethod } from "ssh2";
import type { Connection } from "../../render/connection.ts";
import { readHostKey } from "./host-key.ts";
import { readPrivateKey } from "./private-key.ts";

// Pulumi's command provider reaches a host only in order to change it. Which host is Active, and what a host runs,
// has to be known before: these are questions, asked over the same connection by the program itself.

/** An answer is short; a host that says more is not asked further. */
const ANSWER_LENGTH_MAX = 4_000_000;

type Hop = Omit<Connection, "proxy">;

/**
 * What a script prints on a host. It must change nothing.
 *
 * @param waitMs  for everything together
 * @throws Error with the reason, without a secret
 */
export async function askHost(connection: Connection, script: string, waitMs: number): Promise<string> {
  // Loaded where it is needed: most previews ask nobody.
  const { default: ssh2 } = await import("ssh2");
  // Ends whatever was opened, however far it got: a socket that stays open keeps the program from ending, and with it
  // the update.
  const over = new AbortController();
  const open = async (hop: Hop, through: Client | undefined) => {
    const socket = await openSocket(hop, through, over.signal);
    return logIn(new ssh2.Client(), hop, socket);
  };
  const answer = async () => {
    const jump = connection.proxy === undefined ? undefined : await open(connection.proxy, undefined);
    return runOn(await open(connection, jump), script);
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${waitMs} ms`)), waitMs);
  });
  try {
    return await Promise.race([answer(), late]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** A stream that `over` ends. */
function openSocket(hop: Hop, through: Client | undefined, over: AbortSignal): Promise<Duplex> {
  const port = hop.port ?? 22;
  return new Promise((resolve, reject) => {
    if (through === undefined) {
      const socket = connectTcp({ host: hop.host, port, noDelay: true, signal: over });
      socket.once("error", reject);
      socket.once("connect", () => resolve(socket));
    } else {
      through.forwardOut("127.0.0.1", 0, hop.host, port, (error, channel) =>
        error === undefined ? resolve(channel) : reject(error),
      );
    }
  });
}

async function logIn(client: Client, hop: Hop, sock: Duplex): Promise<Client> {
  const hostKey = readHostKey(hop.hostKey);
  const login: ConnectConfig = {
    username: hop.user ?? "root",
    algorithms: { serverHostKey: [...hostKey.algorithms] },
    hostVerifier: (blob: Buffer) => hostKey.isMatch(blob),
    authHandler: authMethods(hop),
    sock: sock as NonNullable<ConnectConfig["sock"]>,
  };
  return new Promise((resolve, reject) => {
    // Stays for the life of the connection: a broken one is reported several times, and an error that nobody hears
    // ends the process.
    client.on("error", reject);
    client.once("close", () => reject(new Error("the host hung up")));
    client.once("ready", () => resolve(client));
    client.connect(login);
  });
}

/** As the command provider logs in. */
function authMethods(hop: Hop): AnyAuthMethod[] {
  const { user: username = "root", privateKey, privateKeyPassword, password } = hop;
  // The provider takes the agent of its own environment where none is given, and it has the program's.
  const agent = hop.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (privateKey !== undefined)
    methods.push({ type: "publickey", username, key: readPrivateKey(privateKey, privateKeyPassword) });
  if (password !== undefined) {
    const prompt: KeyboardInteractiveAuthMethod["prompt"] = (_name, _text, _language, questions, finish) =>
      finish(questions.map(() => password));
    methods.push({ type: "password", username, password }, { type: "keyboard-interactive", username, prompt });
  }
  if (agent !== undefined && agent !== "") methods.push({ type: "agent", username, agent });
  return methods;
}

function runOn(client: Client, script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(script, (error, channel) => {
      if (error !== undefined) return reject(error);
      let [stdout, stderr] = ["", ""];
      channel.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (stdout.length > ANSWER_LENGTH_MAX) reject(new Error("a longer answer than any"));
      });
      channel.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr = (stderr + text).slice(0, 1_000);
      });
      channel.once("close", (status: number | null) => {
        if (status === 0) resolve(stdout);
        else reject(new Error(stderr.trim().split("\n").at(-1) || `it ended with status ${status ?? "none"}`));
      });
      channel.end();
    });
  });
}
