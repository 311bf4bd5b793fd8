import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProxyInput, proxySchema } from "../../../config/proxy.ts";
import { startOnlyChanges } from "../../../proxy/core/start-only.ts";

const proxyWith = (more: Partial<ProxyInput>) => proxySchema.parse({ proxy: "lb1", listeners: {}, ...more });

test("what a reload can't put in force is said, and nothing else", () => {
  const started = proxyWith({ workers: 2 });
  assert.deepEqual(startOnlyChanges(started, proxyWith({ workers: 2, log: { level: "debug" } })), []);
  assert.deepEqual(startOnlyChanges(started, proxyWith({ timeouts: { tlsHandshakeMs: 1 } })), [
    "workers: the default from the next start on, 2 until then",
  ]);
});
