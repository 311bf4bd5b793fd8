import * as pulumi from "@pulumi/pulumi";

// `import { runMocked } from "pulumi-lbpair/testing"`: for your own unit tests of programs that use lbpair.

/** A resource as a program registered it. Secrets stand in clear. */
export type MockedResource = {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
};

/** One line of a document, as a host would get it. */
export type DocumentLine = Readonly<Record<string, unknown>>;

/** What a program would have made. */
export type MockedRun<T> = {
  /** What the program returned. */
  readonly result: T;
  readonly resources: readonly MockedResource[];
  /**
   * Documents that the hosts would get, by the name of their resource: `edge-lb1-proxy`, `edge-lb1-vrrp` and
   * `app1-lb1` for a pair `edge`, an app `app1` and a host `lb1`. Those of ProxiedApps have the app's name in each line.
   */
  readonly documents: Readonly<Record<string, readonly DocumentLine[]>>;
  /** What the user would have been told: `error: …`, `warning: …`. */
  readonly messages: readonly string[];
};

/** How a mocked run is set up. */
export type MockedRunOptions = {
  /** Whether it is a preview, in which mistakes are told and the program goes on. Default: false. */
  readonly isPreview?: boolean;
  /** Configuration. Example: `{ "project:hostname": "example.com" }`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Keys of the configuration that are secret. */
  readonly secretKeys?: readonly string[];
  /** Answers for resources that are not lbpair's. Default: each gets an id, and its inputs for outputs. */
  readonly mocks?: pulumi.runtime.Mocks;
  /** Default: `"project"`. */
  readonly project?: string;
  /** Default: `"stack"`. */
  readonly stack?: string;
};

/**
 * Runs a program without an engine, without plugins and without a host, and tells what it would have made.
 *
 * Each run is a new one; two at the same time in one process are not possible. Rejects with what the program throws.
 *
 * @param program  declares the resources each time it is called; a module does so only once
 */
export async function runMocked<T>(
  program: () => T | Promise<T>,
  options: MockedRunOptions = {},
): Promise<MockedRun<T>> {
  const { project = "project", stack = "stack", isPreview = false, config = {}, secretKeys = [] } = options;
  const resources: MockedResource[] = [];
  await pulumi.runtime.setMocks(recording(resources, options.mocks), project, stack, isPreview);
  pulumi.runtime.setAllConfig({ ...config }, [...secretKeys]);
  const { result, messages } = await listening(async () => {
    const returned = await program();
    await pulumi.runtime.disconnect(); // everything is registered
    await new Promise(setImmediate); // what was wrong with args that have no children
    return returned;
  });
  return { result, resources, documents: documentsIn(resources), messages };
}

/** Value of an output; of an unknown one there is none, and the promise stays pending. */
export function outputValue<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

const PEM = (kind: string, text: string) => `-----BEGIN ${kind}-----\n${text}\n-----END ${kind}-----\n`;

/**
 * What the providers of lbpair's children answer: enough for a program to go on.
 *
 * @internal
 */
export const ANSWERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tls:index/privateKey:PrivateKey": { privateKeyPem: PEM("PRIVATE KEY", "key") },
  "tls:index/certRequest:CertRequest": { certRequestPem: "request" },
  "tls:index/selfSignedCert:SelfSignedCert": { certPem: PEM("CERTIFICATE", "ca") },
  "tls:index/locallySignedCert:LocallySignedCert": {
    certPem: PEM("CERTIFICATE", "site"),
    validityEndTime: "2027-11-22T19:00:59Z",
  },
};

const OURS = /^(?:lbpair|tls|command):/;

function recording(resources: MockedResource[], own: pulumi.runtime.Mocks | undefined): pulumi.runtime.Mocks {
  return {
    newResource: (args) => {
      const { type, name } = args;
      const inputs = args.inputs as Record<string, unknown>;
      resources.push({ type, name, inputs: inClear(inputs) as Record<string, unknown> });
      if (own !== undefined && !OURS.test(type)) return own.newResource(args);
      return { id: `${name}-id`, state: { ...inputs, ...ANSWERS[type] } };
    },
    call: (args) => own?.call?.(args) ?? args.inputs,
  };
}

/** How the SDK writes secrets, wherever they go. */
const SECRET_FIELD = "4dabf18193072939515e22adb298388d";

function inClear(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inClear);
  if (SECRET_FIELD in value && "value" in value) return inClear(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, inClear(field)]));
}

const APPLIES_DOCUMENT = /\/lbctl apply (?:proxy|vrrp|apps?)(?: |$)/m;

function documentsIn(resources: readonly MockedResource[]): Record<string, DocumentLine[]> {
  const documents = resources.flatMap(({ name, inputs: { create, stdin } }) => {
    if (typeof create !== "string" || typeof stdin !== "string" || !APPLIES_DOCUMENT.test(create)) return [];
    const lines = stdin.split("\n").filter((line) => line !== "");
    return [[name, lines.map((line) => JSON.parse(line) as DocumentLine)] as const];
  });
  return Object.fromEntries(documents);
}

/**
 * Without an engine the SDK tells its messages to the console.
 *
 * @internal
 */
export async function listening<T>(run: () => Promise<T>): Promise<{ result: T; messages: string[] }> {
  const { error, warn } = console;
  const messages: string[] = [];
  const hear = (text: string) => void messages.push(text.replace("[runtime] ", ""));
  Object.assign(console, { error: hear, warn: hear });
  try {
    return { result: await run(), messages };
  } finally {
    Object.assign(console, { error, warn });
  }
}
