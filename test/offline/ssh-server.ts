import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import ssh2, { type AuthContext, type Connection, type Server, type Session } from "ssh2";
import { makeKeyPair } from "./key-pair.ts";

/** How a login was tried and let in. */
export type Login = { method: string; user: string };

/** An ssh server in this process: the protocol is real, its commands only say what they were asked. */
export type SshServer = {
  readonly port: number;
  readonly hostKey: string;
  /** Logins that were let in, in order. */
  readonly logins: Login[];
  /** Connections that are open now. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
};

export type SshServerOptions = {
  /** Methods that are offered; every other is refused. */
  readonly accept: (context: AuthContext) => boolean;
};

/** Answers nearly every command with its text and its stdin, and exit status 0. Forwards connections as a jump host does. */
export async function openSshServer({ accept }: SshServerOptions): Promise<SshServer> {
  const pair = makeKeyPair();
  const logins: Login[] = [];
  const connections = new Set<Connection>();
  const server: Server = new ssh2.Server({ hostKeys: [pair.private] }, (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => undefined); // a client that hangs up in the middle of a handshake
    connection.on("authentication", (context) => logIn(context, accept, logins));
    connection.on("session", (admit) => answerCommands(admit(), () => connection.end()));
    connection.on("tcpip", (admit, _refuse, { destIP, destPort }) => {
      const [channel, socket] = [admit(), connect(destPort, destIP)];
      channel.pipe(socket).pipe(channel);
      socket.on("error", () => channel.end());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: pair.public,
    logins,
    open: () => connections.size,
    close: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function logIn(context: AuthContext, accept: (context: AuthContext) => boolean, logins: Login[]): void {
  const letIn = () => {
    logins.push({ method: context.method, user: context.username });
    context.accept();
  };
  const isAccepted = accept(context);
  if (!isAccepted) context.reject(["password", "publickey", "keyboard-interactive"]);
  else if (context.method === "keyboard-interactive") {
    context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) =>
      answer === PASSWORD ? letIn() : context.reject(),
    );
  } else if (context.method === "publickey" && context.signature === undefined) {
    context.accept(); // only the question whether this key would do
  } else letIn();
}

/** A command that the servers of tests do not run. */
export const REFUSED = "refuse";
/** A command at which they close the connection. */
export const HANG_UP = "hang up";

/** What the servers of tests want to hear. */
export const PASSWORD = "correct horse";

function answerCommands(session: Session, hangUp: () => void): void {
  session.on("env", (admit, refuse, { key }) => (key.startsWith("LC_") ? admit?.() : refuse?.()));
  session.on("exec", (admit, refuse, { command }) => {
    if (command === REFUSED) return refuse?.();
    if (command === HANG_UP) return hangUp();
    const channel = admit();
    channel.write(`${command}\n`);
    channel.on("data", (chunk: Buffer) => channel.write(chunk));
    channel.on("end", () => {
      channel.exit(0);
      channel.end();
    });
  });
}
