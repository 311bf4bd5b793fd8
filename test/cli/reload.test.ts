import assert from "node:assert/strict";
import { test } from "node:test";
import { reloadDaemons } from "../../cli/daemons.ts";

test("a reload asks both daemons, shows what waits for a start, and fails with what is wrong", async () => {
  const shown: string[] = [];
  const notices = ["workers: 3 from the next start on, 2 until then"];
  const well = { reload: () => Promise.resolve({ isOk: true, problems: [], notices }) };
  assert.deepEqual(await reloadDaemons(well, (text) => shown.push(text)), { ok: true });
  assert.deepEqual(shown, [`${notices[0]}\n`, `${notices[0]}\n`]);
  const bad = {
    reload: (daemon: string) =>
      Promise.resolve({ isOk: daemon === "vrrp", problems: daemon === "vrrp" ? [] : ["bad"] }),
  };
  assert.deepEqual(await reloadDaemons(bad, () => undefined), { ok: false, reasons: ["bad"] });
});
