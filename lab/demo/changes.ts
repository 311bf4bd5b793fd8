import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repoDir } from "../../bootstrap/places.mjs";
import { expectSuccess } from "../pulumi-stack.ts";
import { ARTICLE_DIR, DEMO_STATE_DIR, openArticle } from "./article.ts";
import { type Chapter, expect } from "./chapters.ts";

export const unchanged: Chapter = {
  title: "a second `pulumi up` finds nothing to do",
  tell: async ({ stack }) => {
    const { stdout } = await expectSuccess(stack.pulumi(["up", "--yes", "--skip-preview"], "kept"), "pulumi up");
    const summary = /Resources:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? stdout;
    expect(/^ +\d+ unchanged$/.test(summary), "nothing but unchanged resources", summary);
    return [summary.trim()];
  },
};

/** One more backend for app1, as a pull request would show it. */
const LINE_BEFORE = 'web3: backend("web3", "apache") }';
const LINE_AFTER = 'web3: backend("web3", "apache"), web9: { address: "203.0.113.29:80" } }';

export const previewed: Chapter = {
  title: "the preview of one added backend",
  tell: async ({ lab }) => {
    // Below the repository, so that the copy resolves the same packages.
    const programDir = join(repoDir, ".cache", "demo-one-more");
    await mkdir(programDir, { recursive: true });
    for (const file of ["package.json", "Pulumi.yaml"]) await cp(join(ARTICLE_DIR, file), join(programDir, file));
    const source = await readFile(join(ARTICLE_DIR, "index.ts"), "utf8");
    expect(source.includes(LINE_BEFORE), "the example has the line that the demo changes", LINE_BEFORE);
    await writeFile(join(programDir, "index.ts"), source.replace(LINE_BEFORE, LINE_AFTER));
    const stack = await openArticle(lab, DEMO_STATE_DIR, programDir);
    const { stdout } = await expectSuccess(stack.pulumi(["preview", "--diff"], "kept"), "pulumi preview");
    const added = stdout.split("\n").filter((line) => line.includes('{"backend":"web9"'));
    expect(added.length === 2, "one line added on each host", added);
    return stdout.trim().split("\n");
  },
};
