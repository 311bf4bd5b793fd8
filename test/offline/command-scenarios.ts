import { secret, type Value, type Values } from "../../lab/offline/grpc/values.ts";
import { COMMAND, COPY, LOCAL, outcome, printed, type Stage, UNKNOWN, withSight } from "./scenario-stage.ts";

/** Plays one scenario and returns the plugin's answer. */
export type Scenario = (stage: Stage) => Promise<unknown>;

/** A host key that is none of anybody's. */
const FOREIGN_HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

const check =
  (type: string, news: (stage: Stage) => Values): Scenario =>
  (stage) =>
    stage.plugin.check(type, news(stage));

/** Creates a command and keeps what it printed. */
const prints =
  (inputs: Values): Scenario =>
  async (stage) =>
    printed(await stage.plugin.create(COMMAND, { connection: stage.connection(), ...inputs }));

/** Creates a command and keeps the whole answer. */
const creates =
  (inputs: Values, change: Values = {}, isPreview = false): Scenario =>
  (stage) =>
    stage.plugin.create(COMMAND, { connection: stage.connection(change), ...inputs }, { isPreview });

const checks: Record<string, Scenario> = {
  "check: defaults are filled in": check(COMMAND, ({ target }) => ({
    connection: { host: target.host, privateKey: target.privateKey },
    create: "true",
  })),
  "check: secret values stay, plain key becomes secret": check(COMMAND, ({ connection }) => ({
    connection: secret(connection()),
    create: "true",
    stdin: secret("s"),
  })),
  "check: connection missing": check(COMMAND, () => ({ create: "true" })),
  "check: host missing": check(COMMAND, () => ({ connection: { user: "root" }, create: "true" })),
  "check: unknown property": check(COMMAND, ({ connection }) => ({
    connection: connection(),
    create: "true",
    bogus: 1,
  })),
  "check: wrong type": check(COMMAND, ({ connection }) => ({ connection: connection(), create: 5 })),
  "check: copy without source": check(COPY, ({ connection }) => ({ connection: connection(), remotePath: "/tmp/x" })),
};

const creations: Record<string, Scenario> = {
  "create: stdout and stderr lose one trailing newline": prints({ create: "printf 'a\\n\\n'; printf 'e\\n' >&2" }),
  "create: all outputs": creates({ create: "echo hi", triggers: ["t", { a: 1 }], logging: "none" }),
  "create: stdin reaches the command and ends": prints({ create: "wc -c; echo end", stdin: "x".repeat(100_000) }),
  "create: without create nothing runs": prints({}),
  "create: exit status becomes an error": creates({ create: "echo to-err >&2; exit 3" }),
  "create: killed by a signal": creates({ create: "kill -TERM $$" }),
  "create: environment that sshd refuses": prints({
    create: "echo [$LBX_NOT_ACCEPTED]",
    environment: { LBX_NOT_ACCEPTED: "v" },
  }),
  "create: environment that sshd accepts": prints({ create: "echo [$LC_LBX]", environment: { LC_LBX: "v w" } }),
  "create: no terminal, home directory": prints({ create: "tty; pwd; echo $0" }),
  "create: preview": creates({ create: "echo hi" }, {}, true),
  "create: preview with unknown input": creates({ create: UNKNOWN }, {}, true),
  "create: output in UTF-8": prints({ create: "printf 'h\\303\\251 \\342\\202\\254'" }),
  "create: large output": async (stage) => {
    const all = await stage.see("seq 1 200000");
    return { length: all.length, end: all.slice(-6) };
  },
  "connect: host key differs": creates({ create: "true" }, { hostKey: FOREIGN_HOST_KEY }),
  "connect: key refused": creates({ create: "true" }, { user: "nobody" }),
  "connect: port closed": creates({ create: "true" }, { port: 9 }),
  "connect: bad private key": creates({ create: "true" }, { privateKey: "not a key" }),
};

const commandInputs = ({ connection }: Stage): Values => ({
  connection: connection(),
  create: "echo one",
  update: "echo upd-[$PULUMI_COMMAND_STDOUT]-[$PULUMI_COMMAND_STDERR]",
  delete: "true",
  triggers: ["a"],
  stdin: "s",
});

/** Compares the usual inputs with changed ones. */
const differs =
  (change: (stage: Stage) => Values): Scenario =>
  (stage) => {
    const inputs = commandInputs(stage);
    return stage.plugin.diff(COMMAND, { ...inputs, stdout: "one", stderr: "err" }, { ...inputs, ...change(stage) });
  };

const differences: Record<string, Scenario> = {
  "diff: nothing": differs(() => ({})),
  "diff: create": differs(() => ({ create: "echo two" })),
  "diff: update": differs(() => ({ update: "echo other" })),
  "diff: delete": differs(() => ({ delete: "false" })),
  "diff: stdin": differs(() => ({ stdin: "t" })),
  "diff: stdin unknown": differs(() => ({ stdin: UNKNOWN })),
  "diff: triggers value": differs(() => ({ triggers: ["b"] })),
  "diff: triggers added": differs(() => ({ triggers: ["a", "b"] })),
  "diff: triggers removed": differs(() => ({ triggers: null })),
  "diff: trigger unknown": differs(() => ({ triggers: [UNKNOWN] })),
  "diff: connection.host": differs(({ connection }) => ({ connection: connection({ host: "192.0.2.99" }) })),
  "diff: connection.privateKey": differs(({ connection }) => ({ connection: connection({ privateKey: "other" }) })),
  "diff: connection.port": differs(({ connection }) => ({ connection: connection({ port: 2222 }) })),
  "diff: environment added": differs(() => ({ environment: { A: "1" } })),
  "diff: logging": differs(() => ({ logging: "none" })),
  "diff: addPreviousOutputInEnv": differs(() => ({ addPreviousOutputInEnv: false })),
};

const updates: Record<string, Scenario> = {
  "update: update runs, earlier output in the environment (sshd refuses PULUMI_*)": updated({}),
  "update: addPreviousOutputInEnv off": updated({ addPreviousOutputInEnv: false }),
  "update: without update, create runs again": updated({ update: null, create: "echo two; cat", stdin: "in" }),
  "update: failure": updated({ update: "exit 4" }),
  "update: preview": (stage) => {
    const inputs = commandInputs(stage);
    return stage.plugin.update(
      COMMAND,
      { ...inputs, stdout: "one" },
      { ...inputs, create: "echo two" },
      { isPreview: true },
    );
  },
  "delete: runs delete": async (stage) => {
    await stage.see("rm -f /tmp/lbx-del");
    const answer = await stage.plugin.delete(COMMAND, { ...commandInputs(stage), delete: "cat > /tmp/lbx-del" });
    return { ...answer, seen: await stage.see("cat /tmp/lbx-del; rm -f /tmp/lbx-del") };
  },
  "delete: without delete": (stage) => stage.plugin.delete(COMMAND, { ...commandInputs(stage), delete: null }),
  "delete: failure": (stage) => stage.plugin.delete(COMMAND, { ...commandInputs(stage), delete: "exit 5" }),
};

function updated(change: Values): Scenario {
  return async (stage) => {
    const inputs = commandInputs(stage);
    return printed(
      await stage.plugin.update(COMMAND, { ...inputs, stdout: "one", stderr: "err" }, { ...inputs, ...change }),
    );
  };
}

const [HASH, OTHER_HASH] = ["1".repeat(64), "2".repeat(64)] as const;
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const asset = (part: Values, hash: string = HASH): Value => ({
  [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17",
  hash,
  ...part,
});
const archive = (path: string): Value => ({ [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7", hash: HASH, path });
const theFile = ({ folder }: Stage, hash?: string): Value => asset({ path: `${folder}/one.txt` }, hash);

/** Copies after some preparation on the host, and looks at the result. */
const copies =
  (plan: {
    before?: string;
    source: (stage: Stage) => Value;
    to: string;
    look: string;
    keep?: typeof outcome;
  }): Scenario =>
  async (stage) => {
    if (plan.before !== undefined) await stage.see(plan.before);
    const inputs = { connection: stage.connection(), source: plan.source(stage), remotePath: plan.to };
    const answer = await stage.plugin.create(COPY, inputs);
    const seen = await stage.see(plan.look);
    return plan.keep === undefined ? withSight(answer, seen) : plan.keep(answer, seen);
  };

const theCopy = (stage: Stage): Values => ({
  connection: stage.connection(),
  source: theFile(stage),
  remotePath: "/tmp/lbx/one.txt",
});
const copyDiffers =
  (change: (stage: Stage) => Values): Scenario =>
  (stage) =>
    stage.plugin.diff(COPY, theCopy(stage), { ...theCopy(stage), ...change(stage) });

const copying: Record<string, Scenario> = {
  "copy: a file": copies({
    before: "rm -rf /tmp/lbx; mkdir /tmp/lbx",
    source: theFile,
    to: "/tmp/lbx/one.txt",
    look: "cat /tmp/lbx/one.txt; stat -c '%a %U' /tmp/lbx/one.txt",
  }),
  "copy: a file onto an existing directory": copies({
    source: theFile,
    to: "/tmp/lbx",
    look: "find /tmp/lbx | sort",
    keep: outcome,
  }),
  "copy: a directory to a new path": copies({
    source: ({ folder }) => archive(`${folder}/d`),
    to: "/tmp/lbx/new",
    look: "cd /tmp/lbx; find . | sort; stat -c '%n %a' new/run.sh new/d/run.sh 2>/dev/null; true",
    keep: outcome,
  }),
  "copy: a directory to an existing path": copies({
    before: "mkdir /tmp/lbx/there",
    source: ({ folder }) => archive(`${folder}/d`),
    to: "/tmp/lbx/there",
    look: "cd /tmp/lbx/there; find . | sort",
    keep: outcome,
  }),
  "copy: a directory with trailing slash": copies({
    before: "mkdir /tmp/lbx/slash",
    source: ({ folder }) => archive(`${folder}/d/`),
    to: "/tmp/lbx/slash",
    look: "cd /tmp/lbx/slash; find . | sort",
    keep: outcome,
  }),
  "copy: text asset": copies({
    source: () => asset({ text: "hello" }),
    to: "/tmp/lbx/text",
    look: "cat /tmp/lbx/text 2>&1",
    keep: outcome,
  }),
  "copy: missing file": (stage) =>
    stage.plugin.create(COPY, { ...theCopy(stage), source: asset({ path: `${stage.folder}/none` }) }),
  "copy: remote folder missing": copies({
    source: theFile,
    to: "/tmp/lbx/no/such/one.txt",
    look: "find /tmp/lbx/no | sort; true",
    keep: outcome,
  }),
  "copy: over an existing file": copies({
    before: "echo old > /tmp/lbx/over; chmod 600 /tmp/lbx/over",
    source: theFile,
    to: "/tmp/lbx/over",
    look: "cat /tmp/lbx/over; stat -c %a /tmp/lbx/over",
    keep: outcome,
  }),
  "copy: preview": (stage) => stage.plugin.create(COPY, theCopy(stage), { isPreview: true }),
  "copy: update copies again": async (stage) => {
    await stage.see("rm -f /tmp/lbx/one.txt");
    const news = { ...theCopy(stage), source: theFile(stage, OTHER_HASH) };
    return outcome(await stage.plugin.update(COPY, theCopy(stage), news), await stage.see("cat /tmp/lbx/one.txt"));
  },
  "copy diff: nothing": copyDiffers(() => ({})),
  "copy diff: content": copyDiffers((stage) => ({ source: theFile(stage, OTHER_HASH) })),
  "copy diff: remotePath": copyDiffers(() => ({ remotePath: "/tmp/lbx/two.txt" })),
  "copy diff: triggers": copyDiffers(() => ({ triggers: ["x"] })),
  "copy diff: connection.host": copyDiffers(({ connection }) => ({ connection: connection({ host: "192.0.2.99" }) })),
  "copy: delete leaves the file": async (stage) => {
    const answer = await stage.plugin.delete(COPY, theCopy(stage));
    return { ...answer, seen: await stage.see("ls /tmp/lbx/one.txt; rm -rf /tmp/lbx") };
  },
};

const locals: Record<string, Scenario> = {
  "local: create": async ({ plugin, folder }) =>
    printed(await plugin.create(LOCAL, { create: "echo hi; pwd", dir: folder, environment: { A: "b" }, stdin: "x" })),
  "local: failure": ({ plugin, folder }) => plugin.create(LOCAL, { create: "echo no >&2; exit 7", dir: folder }),
  "local diff: triggers": ({ plugin }) =>
    plugin.diff(LOCAL, { create: "a", triggers: [1], stdout: "", stderr: "" }, { create: "a", triggers: [2] }),
  "local diff: create": ({ plugin }) => plugin.diff(LOCAL, { create: "a", stdout: "", stderr: "" }, { create: "b" }),
};

/** What the official plugin was asked when its answers were recorded, in an order that can be played. */
export const commandScenarios: Readonly<Record<string, Scenario>> = {
  ...checks,
  ...creations,
  ...differences,
  ...updates,
  ...copying,
  ...locals,
};
