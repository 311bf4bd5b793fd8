import type { Peer } from "./assignment.ts";
import { article } from "./peers/article.ts";
import { haproxy } from "./peers/haproxy.ts";
import { httpProxy } from "./peers/http-proxy.ts";
import { lbpair, lbpairOnNode } from "./peers/lbpair.ts";
import { nginx } from "./peers/nginx.ts";

const PEERS: readonly Peer[] = [haproxy, lbpair, lbpairOnNode, nginx, article, httpProxy];

/** @throws with the names that there are, when one is unknown */
export function peersNamed(names: readonly string[]): Peer[] {
  return names.map((name) => {
    const peer = PEERS.find((candidate) => candidate.name === name);
    if (peer === undefined)
      throw new Error(`peer: got ${JSON.stringify(name)}, want one of ${PEERS.map(({ name }) => name).join(" ")}`);
    return peer;
  });
}
