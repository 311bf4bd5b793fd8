import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A configuration directory and a run directory of its own, below the system's temporary one. */
export class ConfigDirectory {
  readonly root = mkdtempSync(join(tmpdir(), "lbpair-test-"));
  readonly path = join(this.root, "etc");
  readonly runPath = join(this.root, "run");

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(this.runPath);
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  delete(path: string): void {
    rmSync(join(this.path, path));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Lines of a document. */
export function lines(...values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
