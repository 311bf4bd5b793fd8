import type { Children } from "./children.ts";

/** What the language host has to run programs with. */
export type Host = {
  /** Address of the engine that started it. */
  readonly engine: string;
  /** Its own environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly children: Children;
};
