import type { Client, ClientChannel } from "ssh2";

/** How a remote process ended; neither is set when the connection broke first. */
export type RemoteExit = { readonly status?: number; readonly signal?: string; readonly reason?: string };

/** What a command is given, and who hears it. */
export type Streams = {
  readonly stdin: string;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
};

/** A session channel, on which one command can be run. */
export type Session = {
  /** Whether sshd took the variable (AcceptEnv). */
  readonly setEnvironment: (name: string, value: string) => Promise<boolean>;
  /** Resolves when the command has ended and all of its output was heard. */
  readonly run: (command: string, streams: Streams) => Promise<RemoteExit>;
};

// ssh2 sends environment variables without asking whether they were taken, and in one
// breath with the command. The official plugin asks, one after the other: a variable
// that sshd refuses ends the command before it starts. These are the parts of ssh2 that
// `Client.exec` is made of; the pin in package.json keeps them, test/offline would notice.
type Internals = {
  readonly _chanMgr: { readonly add: (onOpen: OnOpen & { type: string }) => number };
  readonly _protocol: {
    readonly session: (channel: number, windowBytes: number, packetBytes: number) => void;
    readonly env: (channel: number, name: string, value: string, wantsReply: boolean) => void;
    readonly exec: (channel: number, command: string, wantsReply: boolean) => void;
  };
};
type OnOpen = (error: Error | undefined, channel: ClientChannel & ChannelInternals) => void;
type ChannelInternals = {
  readonly outgoing: { readonly id: number };
  readonly _callbacks: ((isRefused: boolean) => void)[];
  subtype: string;
};

const WINDOW_BYTES = 2 * 1024 * 1024;
const PACKET_BYTES = 32 * 1024;

/** Opens a session on a connection. */
export async function openSession(client: Client): Promise<Session> {
  const { _chanMgr, _protocol } = client as unknown as Internals;
  const channel = await new Promise<ClientChannel & ChannelInternals>((resolve, reject) => {
    const onOpen: OnOpen = (error, opened) => (error === undefined ? resolve(opened) : reject(error));
    const id = _chanMgr.add(Object.assign(onOpen, { type: "session" }));
    if (id < 0) reject(new Error("ssh: no channel left on this connection"));
    else _protocol.session(id, WINDOW_BYTES, PACKET_BYTES);
  });
  const reply = () => new Promise<boolean>((resolve) => channel._callbacks.push((isRefused) => resolve(!isRefused)));
  return {
    setEnvironment: (name, value) => {
      const taken = reply();
      _protocol.env(channel.outgoing.id, name, value, true);
      return taken;
    },
    run: async (command, { stdin, onStdout, onStderr }) => {
      // Before the command is sent: a short one may have ended in the packet that says it began.
      const ended = untilExit(channel);
      channel.on("data", onStdout);
      channel.stderr.on("data", onStderr);
      channel.on("error", () => undefined); // a broken connection shows as an exit without status
      const started = reply();
      _protocol.exec(channel.outgoing.id, command, true);
      if (!(await started)) throw new Error("ssh: command failed: the host refused it or hung up");
      channel.subtype = "exec";
      channel.end(stdin);
      return ended;
    },
  };
}

function untilExit(channel: ClientChannel): Promise<RemoteExit> {
  return new Promise((resolve) => {
    let exit: RemoteExit = {};
    channel.on("exit", (code: number | null, signal?: string, _isDumped?: boolean, reason?: string) => {
      exit =
        code === null
          ? { ...(signal === undefined ? {} : { signal }), ...(reason ? { reason } : {}) }
          : { status: code };
    });
    channel.on("close", () => resolve(exit));
  });
}
