import type { Lab } from "../lab.ts";

/** A response as the client saw it. */
export type Reply = {
  readonly status: number;
  /** Fields in the order in which they came, names in lower case. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  /** First value of a field, or undefined. */
  readonly field: (name: string) => string | undefined;
};

export type BrowserOptions = {
  /** Name in the URL that stands for the virtual address. */
  readonly hostname: string;
  readonly address: string;
  /** File with the certificate of the authority that is trusted, and no other. */
  readonly caPath: string;
};

export type Browser = {
  /** One request on a connection of its own. Throws with curl's words when there is no response. */
  readonly get: (url: string, fields?: readonly string[]) => Promise<Reply>;
};

const WAIT_SECONDS_MAX = 10;

/** A client beyond the lab's switch: curl, which checks the certificate against one authority and the hostname. */
export function openBrowser(lab: Lab, options: BrowserOptions): Browser {
  const resolve = [443, 80, 8000].flatMap((port) => ["--resolve", `${options.hostname}:${port}:${options.address}`]);
  const get = async (url: string, fields: readonly string[] = []): Promise<Reply> => {
    const argv = ["curl", "--silent", "--show-error", "--include", "--cacert", options.caPath, ...resolve];
    const headers = fields.flatMap((field) => ["--header", field]);
    const { status, stdout, stderr } = await lab.run("client", [
      ...argv,
      ...["--max-time", String(WAIT_SECONDS_MAX), ...headers, url],
    ]);
    if (status !== 0) throw new Error(`${url}: ${stderr.trim()}`);
    return parseReply(stdout);
  };
  return { get };
}

/** Status, fields and body of a response as curl prints it. */
export function parseReply(text: string): Reply {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    fields,
    body: text.slice(end + 4),
    field: (name) => fields.find(([key]) => key === name)?.[1],
  };
}
