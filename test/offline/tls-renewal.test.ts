import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Values } from "../../lab/offline/grpc/values.ts";
import { must, openPlugin, type Plugin, text } from "./plugin.ts";
import { authority, certificate, LOCALLY_SIGNED, makeChain, SELF_SIGNED } from "./tls-program.ts";

// Every plugin of this file has its own clock. Certificates are made at noon of the first
// day, valid for 24 hours, to be renewed 8 hours before: in the window from shortly after 04:00 on.

const MADE = "2030-01-01T12:00:00Z";

const plugins = new Map<string, Promise<Plugin>>();
after(async () => {
  for (const plugin of plugins.values()) await (await plugin).close();
});

let inputs: Values;
let state: Values;

before(async () => {
  await at(MADE, async (plugin) => {
    const { caKey, caCert, request } = await makeChain(plugin, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    inputs = certificate({ caPrivateKeyPem: caKey, caCertPem: caCert, certRequestPem: request });
    state = must(await plugin.create(LOCALLY_SIGNED, inputs)).out;
  });
});

/** Does something with a plugin whose clock began at a time. */
async function at<T>(time: string, act: (plugin: Plugin) => Promise<T>): Promise<T> {
  const plugin = plugins.get(time) ?? openPlugin("tls", { environment: { LBPAIR_TLS_NOW: time } });
  plugins.set(time, plugin);
  return act(await plugin);
}

const compareAt = (time: string, change: Values = {}, from: Values = state) =>
  at(time, async (plugin) => must(await plugin.diff(LOCALLY_SIGNED, from, { ...inputs, ...change })));

const NOTHING = { changes: "DIFF_NONE", replaces: [], deleteBeforeReplace: false, detail: {} };
const RENEWAL = {
  changes: "DIFF_SOME",
  replaces: ["readyForRenewal"],
  deleteBeforeReplace: false,
  detail: { readyForRenewal: "UPDATE_REPLACE" },
};

test("a certificate is made for the time of its making", () => {
  match(text(state, "validityStartTime"), /^2030-01-01T12:00:0\d/); // the clock goes on
  match(text(state, "validityEndTime"), /^2030-01-02T12:00:0\d/);
  strictEqual(state["readyForRenewal"], false);
});

test("before the early-renewal window nothing differs", async () => {
  deepStrictEqual(await compareAt("2030-01-02T03:59:00Z"), NOTHING);
});

test("inside the early-renewal window a comparison answers replace, without a changed input and without refresh", async () => {
  deepStrictEqual(await compareAt("2030-01-02T04:01:00Z"), RENEWAL);
});

test("an expired certificate is replaced", async () => {
  deepStrictEqual(await compareAt("2030-02-01T00:00:00Z"), RENEWAL);
});

test("a refresh says that the time has come, and no sooner", async () => {
  const refresh = (time: string) =>
    at(time, async (plugin) => must(await plugin.read(LOCALLY_SIGNED, state)).out["readyForRenewal"]);
  deepStrictEqual([await refresh("2030-01-02T03:59:00Z"), await refresh("2030-01-02T04:01:00Z")], [false, true]);
});

test("after a refresh that found it due, a comparison answers replace", async () => {
  deepStrictEqual(await compareAt("2030-01-02T03:59:00Z", {}, { ...state, readyForRenewal: true }), RENEWAL);
});

test("earlyRenewalHours changes in place: the certificate stays", async () => {
  const change = { earlyRenewalHours: 2 };
  deepStrictEqual(await compareAt("2030-01-01T13:00:00Z", change), {
    ...NOTHING,
    changes: "DIFF_SOME",
    detail: { earlyRenewalHours: "UPDATE" },
  });
  await at("2030-01-01T13:00:00Z", async (plugin) => {
    for (const isPreview of [true, false]) {
      const { out } = must(await plugin.update(LOCALLY_SIGNED, state, { ...inputs, ...change }, { isPreview }));
      deepStrictEqual(out, { ...state, ...change });
    }
  });
});

test("a longer early renewal counts at once", async () => {
  const { replaces } = await compareAt("2030-01-01T13:00:00Z", { earlyRenewalHours: 23 });
  deepStrictEqual(replaces, ["readyForRenewal"]);
});

const replacing: Values = {
  caPrivateKeyPem: "other",
  caCertPem: "other",
  certRequestPem: "other",
  validityPeriodHours: 25,
  isCaCertificate: true,
  maxPathLength: 1,
  setSubjectKeyId: true,
};
for (const [name, value] of Object.entries(replacing)) {
  test(`another ${name} replaces the certificate`, async () => {
    const { changes, replaces } = await compareAt("2030-01-01T13:00:00Z", { [name]: value });
    deepStrictEqual([changes, replaces], ["DIFF_SOME", [name]]);
  });
}

test("another use replaces the certificate", async () => {
  const { detail } = await compareAt("2030-01-01T13:00:00Z", { allowedUses: ["digital_signature", "client_auth"] });
  deepStrictEqual(detail, { "allowedUses[1]": "UPDATE_REPLACE" });
});

test("a default that is now written out is no change", async () => {
  const change = { isCaCertificate: false, maxPathLength: -1, setSubjectKeyId: false };
  deepStrictEqual(await compareAt("2030-01-01T13:00:00Z", change), NOTHING);
});

test("a CA's own certificate is renewed the same way", async () => {
  const made = await at(MADE, async (plugin) => {
    const { caKey } = await makeChain(plugin, { algorithm: "ED25519" });
    const own = authority(caKey, { earlyRenewalHours: 8 });
    return { own, out: must(await plugin.create(SELF_SIGNED, own)).out };
  });
  match(text(made.out, "validityEndTime"), /^2030-01-03T12:00:/);
  const compare = (time: string) =>
    at(time, async (plugin) => must(await plugin.diff(SELF_SIGNED, made.out, made.own)).replaces);
  deepStrictEqual(await compare("2030-01-03T03:59:00Z"), []);
  deepStrictEqual(await compare("2030-01-03T04:01:00Z"), ["readyForRenewal"]);
});
