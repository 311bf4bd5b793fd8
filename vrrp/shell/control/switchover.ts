import type { InstanceStatus, SwitchoverResult } from "../../../config/status.ts";
import { switchoverResultSchema } from "../../../config/status.ts";
import type { VrrpConfig } from "../../../config/vrrp.ts";
import { type StandbyFacts, switchoverProblems } from "../../core/standby.ts";
import type { Control } from "./control.ts";
import { endLingerWhenIdle } from "./idle.ts";
import type { PeerLinkTools } from "./peer-link.ts";
import type { PeerAnswer, PeerRequest } from "./words.ts";

type Instances = Readonly<Record<string, InstanceStatus>>;

/** What a switchover needs to know, as it is at the moment. */
export type SwitchoverView = {
  readonly config: () => VrrpConfig;
  readonly control: () => Control | undefined;
  readonly instances: () => Promise<Instances>;
  readonly facts: (name: string, own: InstanceStatus) => StandbyFacts;
};

/** Planned switchovers: started on either host, led by the one that is Active. */
export class Switchover {
  readonly #tools: PeerLinkTools;
  readonly #view: SwitchoverView;
  #isUnderWay = false;

  constructor(tools: PeerLinkTools, view: SwitchoverView) {
    this.#tools = tools;
    this.#view = view;
  }

  /** @param instance  undefined: all that this host is Active for; if it is for none, all that the other one is */
  async start(instance: string | undefined): Promise<SwitchoverResult> {
    if (this.#view.control() === undefined) return refused("no control channel is configured");
    if (this.#isUnderWay) return refused("a switchover is under way");
    this.#isUnderWay = true;
    try {
      return await this.#lead(instance);
    } finally {
      this.#isUnderWay = false;
    }
  }

  /** What the peer asks. */
  async answer(request: PeerRequest): Promise<PeerAnswer> {
    if (request.ask === "takeOver") return this.#follow(request.instance, request.from);
    const body = await this.start(request.instance);
    return { isOk: true, problems: [], body };
  }

  async #lead(instance: string | undefined): Promise<SwitchoverResult> {
    const instances = await this.#view.instances();
    const known = Object.entries(instances).filter(([name]) => instance === undefined || name === instance);
    if (known.length === 0)
      return refused(`instance: got ${JSON.stringify(instance)}, want one of ${Object.keys(instances).join(" ")}`);
    const active = known.filter(([, { state }]) => state === "Active");
    if (active.length === 0) return this.#askPeer(instance, known);
    const results: SwitchoverResult[] = [];
    for (const [name, own] of active) results.push(await this.#handOver(name, own));
    return {
      isOk: results.every(({ isOk }) => isOk),
      moved: results.flatMap(({ moved }) => moved),
      problems: results.flatMap(({ problems }) => problems),
    };
  }

  /** The Active leads; a host that is Backup hands the wish on. */
  async #askPeer(
    instance: string | undefined,
    known: readonly (readonly [string, InstanceStatus])[],
  ): Promise<SwitchoverResult> {
    const control = this.#view.control();
    const states = control?.peer?.word.instances ?? {};
    if (!known.some(([name]) => states[name]?.state === "Active")) return refused("neither host is Active");
    const answer = await control?.ask({ ask: "switchover", instance });
    const parsed = switchoverResultSchema.safeParse(answer?.body);
    return parsed.success ? parsed.data : refused(...(answer?.problems ?? []));
  }

  async #handOver(name: string, own: InstanceStatus): Promise<SwitchoverResult> {
    const { engine, nowMs, log } = this.#tools;
    const control = this.#view.control();
    const facts = this.#view.facts(name, own);
    const { peer } = facts;
    const host = control?.peer?.word;
    const problems = switchoverProblems(facts).map((problem) => `${name}: ${problem}`);
    const source = host?.instances[name]?.source;
    if (problems.length > 0 || peer === undefined || source === undefined || control === undefined)
      return refused(...problems);
    const startMs = nowMs();
    engine.tellPeerEvent(name, { kind: "handOver", to: source });
    const answer = await control.ask({ ask: "takeOver", instance: name, from: own.source });
    if (!answer.isOk) {
      engine.tellPeerEvent(name, { kind: "handOver", to: null });
      return refused(...answer.problems.map((problem) => `${name}: ${host?.name}: ${problem}`));
    }
    const { advertIntervalMs: intervalMs = 0 } = this.#view.config().instances[name] ?? {};
    engine.tellPeerEvent(name, { kind: "succeeded", by: { source, priority: peer.priority, intervalMs } });
    const after = (await this.#view.instances())[name]?.state;
    if (after === "Active") return refused(`${name}: this host is still Active`);
    endLingerWhenIdle(name, own.addresses, this.#view.config().control?.lingerMs ?? 0, engine);
    const tookMs = Math.round(nowMs() - startMs);
    const moved = { instance: name, from: this.#view.config().vrrp, to: host?.name ?? "", tookMs };
    log.info({ event: "switchover", ...moved });
    return { isOk: true, moved: [moved], problems: [] };
  }

  /** The standby's part: it looks at itself once more, for the leader's picture of it is a moment old. */
  async #follow(name: string, from: string): Promise<PeerAnswer> {
    const before = (await this.#view.instances())[name];
    if (before?.state !== "Backup")
      return { isOk: false, problems: [`is ${before?.state ?? "without this instance"}`] };
    if (before.activeAddress !== from)
      return { isOk: false, problems: [`follows ${before.activeAddress ?? "nobody"}, not ${from}`] };
    this.#tools.engine.tellPeerEvent(name, { kind: "takeOver", from });
    const after = (await this.#view.instances())[name];
    return after?.state === "Active"
      ? { isOk: true, problems: [] }
      : { isOk: false, problems: [`is ${after?.state}: ${after?.because}`] };
  }
}

function refused(...problems: readonly string[]): SwitchoverResult {
  return { isOk: false, moved: [], problems: [...problems] };
}
