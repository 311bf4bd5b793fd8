import assert from "node:assert/strict";
import { test } from "node:test";
import { type Backend, claimSession, releaseSession, shareState } from "../../../proxy/core/backend.ts";
import { Line } from "../../../proxy/core/line.ts";
import { SharedCounts, sharedBytes } from "../../../proxy/core/shared-counts.ts";
import { newTraffic } from "../../../proxy/core/traffic.ts";
import { appOf, backendOf } from "../lib/core-values.ts";

/** Two workers with one app, whose backends a and b have one session each; messages between them are kept. */
class TwoWorkers {
  readonly served: string[] = [];
  /** Workers that have passed a session on, with the backend's name. */
  readonly passed: string[] = [];
  readonly workers: readonly { readonly line: Line; readonly backends: Readonly<Record<string, Backend>> }[];

  constructor() {
    const memory = new ArrayBuffer(sharedBytes(2));
    this.workers = [0, 1].map((own) => {
      const counts = new SharedCounts(memory, 2, own);
      const backends = { a: { address: "10.0.0.1:80", sessionsMax: 1 }, b: { address: "10.0.0.2:80", sessionsMax: 1 } };
      const app = appOf("/app1/", { backends });
      const line = new Line(newTraffic());
      const [waiting, oldest] = counts.slot(0);
      const pass = ({ name }: Backend) => this.passed.push(`${own} ${name}`);
      line.share({ waiting, oldest, takeTicket: () => counts.takeTicket(), pass });
      const shared = ["a", "b"].map((name, index): [string, Backend] => {
        const backend = backendOf(app, name);
        const [sessions, oldest] = counts.slot(index + 1);
        shareState(backend.state, { sessions, oldest });
        return [name, backend];
      });
      return { line, backends: Object.fromEntries(shared) };
    });
  }

  /** Somebody comes to wait for a backend, or for any. */
  wait(who: string, worker: number, bound?: "a" | "b"): void {
    const { line } = this.#worker(worker);
    const waiter = {
      ticket: line.takeTicket(),
      bound: bound === undefined ? undefined : this.backend(worker, bound),
      resume: () => {
        const possible = bound === undefined ? ["a", "b"] : [bound];
        const taken = possible.map((name) => this.backend(worker, name)).find((each) => claimSession(each, 0));
        if (taken === undefined) line.join(waiter);
        else this.served.push(`${who} ${taken.name}`);
      },
    };
    line.join(waiter);
  }

  end(worker: number, name: string): void {
    releaseSession(this.backend(worker, name).state);
    this.turn(worker, name);
  }

  turn(worker: number, name: string): void {
    this.#worker(worker).line.serve(this.backend(worker, name), true);
  }

  backend(worker: number, name: string): Backend {
    const backend = this.#worker(worker).backends[name];
    if (backend === undefined) throw new Error(name);
    return backend;
  }

  #worker(index: number) {
    const worker = this.workers[index];
    if (worker === undefined) throw new Error(`${index}`);
    return worker;
  }
}

test("a session that ends goes to whoever has waited longest, in whatever worker", () => {
  const two = new TwoWorkers();
  claimSession(two.backend(0, "a"), 0);
  two.wait("first", 1, "a");
  two.wait("second", 0, "a");
  two.end(0, "a");
  assert.deepEqual([two.served, two.passed], [[], ["0 a"]]);
  two.turn(1, "a");
  assert.deepEqual(two.served, ["first a"]);
  two.end(1, "a");
  assert.deepEqual(two.passed, ["0 a", "1 a"]);
  two.turn(0, "a");
  assert.deepEqual(two.served, ["first a", "second a"]);
});

test("who waits for another backend alone keeps nobody waiting elsewhere", () => {
  const two = new TwoWorkers();
  claimSession(two.backend(0, "a"), 0);
  claimSession(two.backend(0, "b"), 0);
  two.wait("for b", 1, "b");
  two.wait("for a", 0, "a");
  two.end(0, "a");
  assert.deepEqual([two.served, two.passed], [["for a a"], []]);
});

test("a worker whose waiter has gone passes the session on", () => {
  const two = new TwoWorkers();
  claimSession(two.backend(0, "a"), 0);
  claimSession(two.backend(0, "b"), 0);
  two.wait("any", 0);
  two.turn(1, "a");
  assert.deepEqual(two.passed, []);
  releaseSession(two.backend(0, "a").state);
  two.turn(1, "a");
  assert.deepEqual([two.served, two.passed], [[], ["1 a"]]);
  two.turn(0, "a");
  assert.deepEqual(two.served, ["any a"]);
});

test("who comes while somebody waits elsewhere waits behind him; the lines are one for their limit too", () => {
  const two = new TwoWorkers();
  const [here, there] = two.workers;
  claimSession(two.backend(0, "a"), 0);
  two.wait("first", 1, "a");
  assert.deepEqual([here?.line.length, here?.line.totalLength, there?.line.totalLength], [0, 1, 1]);
  const isAwaited = (name: string) => here?.line.isAwaited(two.backend(0, name), true);
  assert.deepEqual([isAwaited("a"), isAwaited("b")], [true, false]);
  two.wait("any", 1);
  assert.equal(isAwaited("b"), true);
  assert.equal(here?.line.isAwaited(two.backend(0, "b"), false), false);
});
