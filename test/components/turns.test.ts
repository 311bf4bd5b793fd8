import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { takeTurns } from "../../components/turns.ts";
import { record } from "./lib/recorder.ts";

/** An app that is in change from when it has its turn until `end` is called. */
class FakeApp {
  isInChange = false;
  readonly #ended = Promise.withResolvers<string>();

  constructor(ready: pulumi.Output<unknown> = pulumi.output(1)) {
    takeTurns(ready, (turn) => {
      turn.apply(() => {
        this.isInChange = true;
      });
      return [{ urn: pulumi.output(this.#ended.promise) } as unknown as pulumi.Resource];
    });
  }

  end(): void {
    this.isInChange = false;
    this.#ended.resolve("urn");
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("of hundreds of apps only a few are in change at once, and each gets its turn", async () => {
  await record(async () => {
    const apps = Array.from({ length: 200 }, () => new FakeApp());
    const changed = new Set<FakeApp>();
    while (changed.size < apps.length) {
      await settled();
      const now = apps.filter(({ isInChange }) => isInChange);
      assert.ok(now.length > 0 && now.length <= 4, `${now.length} at once`);
      for (const app of now) changed.add(app);
      for (const app of now) app.end();
    }
  });
});

test("an app that waits for another one's result takes no turn from it", async () => {
  await record(async () => {
    const first = Promise.withResolvers<string>();
    const waiting = Array.from({ length: 8 }, () => new FakeApp(pulumi.output(first.promise)));
    const last = new FakeApp();
    await settled();
    assert.equal(last.isInChange, true);
    assert.ok(waiting.every(({ isInChange }) => !isInChange));
    last.end();
    first.resolve("url");
    await settled();
    assert.equal(waiting.filter(({ isInChange }) => isInChange).length, 4);
  });
});

test("a preview waits for nothing", async () => {
  const program = async () => {
    const apps = Array.from({ length: 200 }, () => new FakeApp());
    await settled();
    assert.ok(apps.every(({ isInChange }) => isInChange));
  };
  await record(program, { isPreview: true });
});
