import { type AppInput, appSchema } from "../../../config/app.ts";
import { parseValue } from "../../../config/document.ts";
import { type PassthroughInput, passthroughSchema, servedAs } from "../../../config/passthrough.ts";
import { type ProxyInput, proxySchema } from "../../../config/proxy.ts";
import type { AccessRecord } from "../../../proxy/core/access-log.ts";
import { type Leaving, NOBODY_LEAVES } from "../../../proxy/core/leaving.ts";
import { buildErrorResponse } from "../../../proxy/core/local-response.ts";
import type { PassageRecord } from "../../../proxy/core/passage-log.ts";
import { newTraffic } from "../../../proxy/core/traffic.ts";
import type { Certificate } from "../../../proxy/shell/certificates.ts";
import type { Configuration } from "../../../proxy/shell/config-dir.ts";
import { DownstreamConnection } from "../../../proxy/shell/downstream.ts";
import { Worker } from "../../../proxy/shell/worker.ts";
import { RawClient } from "./raw-client.ts";
import { socketPair } from "./socket-pair.ts";

/** A worker on loopback ports that the system chooses, without checks and without a directory. */
export class TestProxy {
  readonly records: AccessRecord[] = [];
  /** Connections that were carried as they are. */
  readonly passages: PassageRecord[] = [];
  /** Names of backends that have failed too many requests in a row. */
  readonly troubles: string[] = [];
  /** Why sessions are resumed by this one alone. */
  readonly loneTickets: string[] = [];
  readonly worker: Worker;
  #onRecord: (() => void) | undefined;

  private constructor() {
    const write = (record: AccessRecord) => {
      this.records.push(record);
      this.#onRecord?.();
    };
    const writePassage = (record: PassageRecord) => {
      this.passages.push(record);
      this.#onRecord?.();
    };
    this.worker = new Worker({
      accessLog: { isOn: true, write, writePassage },
      onTrouble: (_, backend) => this.troubles.push(backend.name),
      onLoneTickets: (listenerName, because) => this.loneTickets.push(`${listenerName}: ${because}`),
      answerStats: () => Promise.resolve(buildErrorResponse(404)),
    });
  }

  static async start(setup: Setup): Promise<TestProxy> {
    const proxy = new TestProxy();
    await proxy.apply(setup);
    return proxy;
  }

  async apply(setup: Setup): Promise<void> {
    await this.worker.apply(configurationOf(setup));
  }

  /** Port of the listener in clear. */
  get port(): number {
    return this.worker.ports["http"] ?? 0;
  }

  get tlsPort(): number {
    return this.worker.ports["https"] ?? 0;
  }

  get redirectPort(): number {
    return this.worker.ports["redirect"] ?? 0;
  }

  /** A client whose every write is one read of the proxy. */
  openPair(): RawClient {
    const [near, far] = socketPair();
    const peer = {
      address: "127.0.0.1",
      port: 1,
      isTrusted: false,
      subject: undefined,
      certificateLines: "",
      last: undefined,
    };
    const service = { kind: "apps", scheme: "http" } as const;
    const origin = { listenerName: "pair", service, traffic: newTraffic() };
    new DownstreamConnection(this.worker, far, peer, origin, () => undefined);
    return new RawClient(near);
  }

  /** Resolves when that many exchanges have been logged. */
  async logged(count: number): Promise<void> {
    while (this.records.length < count) {
      await new Promise<void>((resolve) => {
        this.#onRecord = () => resolve();
      });
    }
  }

  /** The same for connections that were carried as they are. */
  async passed(count: number): Promise<void> {
    while (this.passages.length < count) {
      await new Promise<void>((resolve) => {
        this.#onRecord = () => resolve();
      });
    }
  }

  stop(): Promise<void> {
    return this.worker.drain(0, "prompt");
  }
}

export type Setup = {
  readonly apps: readonly AppInput[];
  readonly passthroughs?: readonly PassthroughInput[];
  readonly proxy?: Partial<ProxyInput>;
  /** Networks from which every listener is told who the client is. */
  readonly proxyProtocol?: string[];
  readonly leaving?: Leaving;
  readonly certificates?: readonly Certificate[];
  /** Chains and keys for backends that ask for them, by app. */
  readonly clientPems?: Readonly<Record<string, string>>;
};

/** One app at /app1/ with backends b0, b1, … and a short cookie name. */
export function app1(addresses: readonly string[], more: Partial<AppInput> = {}): AppInput {
  return {
    app: "app1",
    path: "/app1/",
    check: { kind: "none" },
    backends: Object.fromEntries(addresses.map((address, index) => [`b${index}`, { address }])),
    ...more,
  };
}

function configurationOf(setup: Setup): Configuration {
  const {
    apps,
    passthroughs = [],
    proxy,
    proxyProtocol,
    leaving = NOBODY_LEAVES,
    certificates = [],
    clientPems = {},
  } = setup;
  const parsed = must(
    parseValue(proxySchema, {
      proxy: "test",
      ...proxy,
      listeners: {
        // Different addresses, because port 0 would make them one place.
        http: { kind: "http", port: 1, address: "127.0.0.1" },
        redirect: { kind: "redirect", port: 1, address: "0.0.0.0" },
        ...(certificates.length > 0 ? { https: { kind: "https", port: 1, address: "127.0.0.1" } } : {}),
      },
      certificates: Object.fromEntries(certificates.map(({ name, hostnames }) => [name, { hostnames }])),
    }),
  );
  const anyPort = Object.entries(parsed.listeners).map(([name, listener]) => [
    name,
    { ...listener, port: 0, proxyProtocol },
  ]);
  return {
    proxy: { ...parsed, listeners: Object.fromEntries(anyPort) },
    apps: [
      ...apps.map((app) => {
        const clientPem = clientPems[app.app];
        return { ...must(parseValue(appSchema, app)), ...(clientPem === undefined ? {} : { clientPem }) };
      }),
      ...passthroughs.map((app) => servedAs(must(parseValue(passthroughSchema, app)))),
    ],
    leaving,
    certificates,
    statsPassword: undefined,
    hashes: {},
  };
}

function must<T>(parsed: { ok: true; value: T } | { ok: false; problems: unknown }): T {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
