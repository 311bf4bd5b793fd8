import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageSchema } from "./schema.ts";

// Writes schema.json. Run it after a change of args: `node provider/build-schema.ts`.

const root = dirname(import.meta.dirname);
writeFileSync(join(root, "schema.json"), `${JSON.stringify(packageSchema(root), null, 2)}\n`);
