import type { Random } from "../fuzz/random.ts";
import { lines } from "../lib/config-directory.ts";

/** A file of the configuration directory and its new text. */
export type Change = { readonly file: string; readonly text: string };

export type Ground = {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly tlsPort: number;
  /** A port that is listened at now and then. */
  readonly sparePort: number;
  /** Certificates that take turns. */
  readonly pems: readonly string[];
  readonly workers: number;
};

/** The files that a storm begins with. */
export function firstFiles(ground: Ground): Readonly<Record<string, string>> {
  return {
    "proxy.jsonl": proxyText(ground, false, 5_000),
    "apps.d/app1.jsonl": appText(ground.addresses.map((address, index) => ({ address, index, weight: 1 }))),
    "tls/default.pem": ground.pems[0] ?? "",
  };
}

/** Some change that an operator may make: backends in and out, their weights and limits, certificates, listeners, other apps. */
export function nextChange(ground: Ground, random: Random): Change {
  switch (random.below(5)) {
    case 0:
      return { file: "proxy.jsonl", text: proxyText(ground, random.once(2), 1_000 + random.below(5_000)) };
    case 1:
      return { file: "tls/default.pem", text: random.pick(ground.pems) };
    case 2: {
      const name = `other${random.below(5)}`;
      const [address = ""] = ground.addresses;
      const other = lines({ app: name, path: `/${name}/` }, { check: { kind: "none" } }, { backend: "b", address });
      return { file: `apps.d/${name}.jsonl`, text: other };
    }
    default: {
      const chosen = ground.addresses.map((address, index) => ({ address, index, weight: 1 + random.below(9) }));
      const staying = chosen.filter((_, index) => index === 0 || random.once(2));
      return { file: "apps.d/app1.jsonl", text: appText(staying, random.below(2)) };
    }
  }
}

function proxyText({ port, tlsPort, sparePort, workers }: Ground, hasSpare: boolean, limit: number): string {
  return lines(
    { proxy: "lb1", workers },
    { limits: { connectionsMax: limit } },
    { log: { access: "off" } },
    { timeouts: { httpKeepAliveMs: 30_000 + limit } },
    { listener: "http", kind: "http", address: "127.0.0.1", port },
    { listener: "https", kind: "https", address: "127.0.0.1", port: tlsPort },
    ...(hasSpare ? [{ listener: "spare", kind: "redirect", address: "127.0.0.1", port: sparePort }] : []),
    { certificate: "default", hostnames: ["a.example"] },
  );
}

type Staying = { readonly address: string; readonly index: number; readonly weight: number };

function appText(staying: readonly Staying[], variant = 0): string {
  return lines(
    { app: "app1", path: "/app1/" },
    { balance: { algorithm: variant === 0 ? "roundrobin" : "leastconn" } },
    { check: { kind: variant === 0 ? "none" : "tcp" } },
    ...staying.map(({ address, index, weight }) => ({ backend: `b${index}`, address, weight })),
  );
}
