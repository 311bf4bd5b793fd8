/** What a row sends to a peer for a while. */
export type Load = (target: Target, seconds: number) => Promise<LoadResult>;

export type Target = {
  readonly port: number;
  readonly isTls: boolean;
  /** Directory for the load's own files. */
  readonly dir: string;
  readonly appCount: number;
};

export type LoadResult = {
  readonly requests: number;
  /** Requests that were not answered with 2xx; a run with any says nothing. */
  readonly errors: number;
  readonly seconds: number;
  /** 99th percentile of the latency, ms; where the load measures it. */
  readonly p99Ms?: number;
};

/** Fields as a browser sends them. */
export const BROWSER_FIELDS: readonly (readonly [string, string])[] = [
  ["Host", "example.com"],
  ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
  ["Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
  ["Accept-Language", "en-US,en;q=0.5"],
  ["Accept-Encoding", "gzip, deflate, br, zstd"],
  ["Referer", "https://example.com/app1/overview"],
];

/** Cookies of a browser that is bound to a backend. */
export function cookiesOf(appName: string, backendName: string): string {
  return `theme=dark; SRVID_${appName}=${backendName}; id=3f2a9c1d7e`;
}
