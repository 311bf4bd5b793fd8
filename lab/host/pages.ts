import type { HostPlan } from "../topology.ts";

/** Where Debian's Apache and nginx look for documents. */
const DOCUMENT_ROOT = "/var/www/html";

/**
 * Documents of a host that serves files: path → text.
 *
 * `/docs` without its slash makes both servers answer a redirect of their own, to `http://<Host>/docs/`.
 */
export function webPages(host: HostPlan): [string, string][] {
  if (host.role !== "apache" && host.role !== "nginx") return [];
  return [
    [`${DOCUMENT_ROOT}/index.html`, page(host.name, `<a href="/docs">/docs</a>`)],
    [`${DOCUMENT_ROOT}/docs/index.html`, page(host.name, `<a href="/">/</a>`)],
    [`${DOCUMENT_ROOT}/whoami.txt`, `${host.name}\n`],
  ];
}

function page(name: string, body: string): string {
  return `<!DOCTYPE html>\n<title>${name}</title>\n<h1>${name}</h1>\n<p>${body}</p>\n`;
}
