import { join } from "node:path";

/** Where tables and figures of runs go unless told otherwise. */
export const RESULTS = join(import.meta.dirname, "../.cache/bench");
