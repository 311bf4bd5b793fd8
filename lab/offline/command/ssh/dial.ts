import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, {
  type AnyAuthMethod,
  type Client,
  type ClientChannel,
  type ConnectConfig,
  type KeyboardInteractiveAuthMethod,
} from "ssh2";
import { type PinnedHostKey, readHostKey } from "../../../../components/remote/ssh/host-key.ts";
import { readPrivateKey } from "../../../../components/remote/ssh/private-key.ts";
import type { Context } from "../../grpc/provider.ts";
import type { Connection, Hop } from "../inputs.ts";
import { retrying } from "./retry.ts";

/** sshd's own LoginGraceTime: a host that accepts and then says nothing has been given up by itself by then. */
const HANDSHAKE_MS_MAX = 120_000;
/** As the official plugin has it (Go's net.Dialer): so a host that lost its power is noticed when it is back. */
const KEEP_ALIVE_MS = 15_000;

/**
 * Opens an ssh connection, through a jump host if there is one, trying again as the connection says.
 *
 * @throws Error with the reason of the last attempt
 */
export async function dial(connection: Connection, context: Context): Promise<Client> {
  const login = loginOf(connection);
  const { proxy, dialErrorLimit } = connection;
  if (proxy === undefined) {
    return retrying("Dial", dialErrorLimit, context, () => logIn(login, () => openTcp(connection, context.signal)));
  }
  const proxyLogin = inProxy(() => loginOf(proxy));
  const jump = await retrying("Dial proxy", proxy.dialErrorLimit, context, () =>
    logIn(proxyLogin, () => openTcp(proxy, context.signal)),
  ).catch(throwInProxy);
  return retrying("Dial from proxy", dialErrorLimit, context, () =>
    logIn(login, () => openThrough(jump, connection)),
  ).catch((error: unknown) => {
    jump.end();
    throwInProxy(error);
  });
}

/** Everything that can be wrong before a packet is sent is found here, once. */
function loginOf(hop: Hop): ConnectConfig {
  const hostKey = hop.hostKey === undefined ? undefined : readHostKey(hop.hostKey);
  return {
    username: hop.user,
    readyTimeout: HANDSHAKE_MS_MAX,
    ...(hostKey === undefined ? {} : verification(hostKey)),
    authHandler: authMethods(hop),
  };
}

function verification({ algorithms, isMatch }: PinnedHostKey): ConnectConfig {
  return { algorithms: { serverHostKey: [...algorithms] }, hostVerifier: (blob: Buffer) => isMatch(blob) };
}

/** In the official plugin's order; sshd counts every failed one (MaxAuthTries). */
function authMethods({
  user: username,
  privateKey,
  privateKeyPassword,
  password,
  agentSocketPath,
}: Hop): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: readPrivateKey(privateKey, privateKeyPassword) });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    // Every question is answered with the password, as PAM asks for it in its own words.
    const prompt: KeyboardInteractiveAuthMethod["prompt"] = (_name, _text, _language, questions, finish) =>
      finish(questions.map(() => password));
    methods.push({ type: "keyboard-interactive", username, prompt });
  }
  if (agentSocketPath !== undefined) methods.push({ type: "agent", username, agent: agentSocketPath });
  return methods;
}

function openTcp(hop: Hop, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
    const socket = connectTcp({ host: hop.host, port: hop.port, noDelay: true, ...keepAlive });
    const limit = hop.perDialTimeout > 0 ? [AbortSignal.timeout(hop.perDialTimeout * 1000)] : [];
    const ended = AbortSignal.any([signal, ...limit]);
    const where = `dial tcp ${hop.host}:${hop.port}`;
    const onEnded = () => {
      socket.destroy();
      reject(new Error(`${where}: ${signal.aborted ? "cancelled" : "i/o timeout"}`));
    };
    ended.addEventListener("abort", onEnded, { once: true });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      ended.removeEventListener("abort", onEnded);
      reject(new Error(`${where}: ${error.code === "ECONNREFUSED" ? "connect: connection refused" : error.message}`));
    });
    socket.once("connect", () => {
      ended.removeEventListener("abort", onEnded);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function openThrough(jump: Client, hop: Hop): Promise<Duplex> {
  return new Promise<ClientChannel>((resolve, reject) => {
    jump.forwardOut("127.0.0.1", 0, hop.host, hop.port, (error, channel) =>
      error === undefined ? resolve(channel) : reject(new Error(`ssh: rejected: ${error.message}`)),
    );
  });
}

async function logIn(login: ConnectConfig, openSocket: () => Promise<Duplex>): Promise<Client> {
  const sock = await openSocket();
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const fail = (error: Error) => {
      sock.destroy();
      reject(new Error(`ssh: handshake failed: ${reasonOf(error)}`));
    };
    // Stays for the life of the connection: ssh2 may report a broken one several times, and
    // an error that nobody hears ends the process. Its channels tell what became of them.
    client.on("error", fail);
    client.once("close", () => fail(new Error("connection closed by the host")));
    client.once("ready", () => resolve(client));
    client.connect({ ...login, sock: sock as NonNullable<ConnectConfig["sock"]> });
  });
}

function reasonOf(error: Error): string {
  if (/verification failed/i.test(error.message)) return "ssh: host key mismatch";
  if (/authentication methods failed/i.test(error.message))
    return "ssh: unable to authenticate, no method was accepted";
  return error.message;
}

function inProxy<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throwInProxy(error);
  }
}

function throwInProxy(error: unknown): never {
  throw new Error(`proxy: ${error instanceof Error ? error.message : error}`);
}
