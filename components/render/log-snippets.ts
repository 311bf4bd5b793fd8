import type { WebServerName } from "./backend.ts";
import { APACHE_HEALTH_CHECK, NGINX_IS_LOGGED, type PairSeen, renderBackendLog } from "./backend-log.ts";

// What an administrator puts into a web server's configuration by hand. In all of them the pair's addresses decide
// who is believed about X-Forwarded-For, and a health check is one that comes from the pair itself: a request that the
// pair forwards bears its client's address.

/**
 * Text of the snippet, with a comment that says where it belongs.
 *
 * @param pair  its addresses are IPv4 or IPv6, its User-Agent has no quotes, backslashes and $
 */
export function renderLogSnippet(server: WebServerName, pair: PairSeen): string {
  return `${SNIPPETS[server](pair).join("\n").trimEnd()}\n`;
}

const SNIPPETS: Readonly<Record<WebServerName, (pair: PairSeen) => string[]>> = {
  apache: (pair) => [
    "# Apache: a file in conf-enabled, with mod_remoteip and mod_setenvif. Then write at the end of each CustomLog line:",
    `#   env=!${APACHE_HEALTH_CHECK}`,
    withoutMark(renderBackendLog("apache", pair)),
  ],
  nginx: (pair) => [
    "# nginx: a file in conf.d, that is, in the block http. Then write at the end of each access_log line that has a format:",
    `#   if=$${NGINX_IS_LOGGED}`,
    withoutMark(renderBackendLog("nginx", pair)),
  ],
  caddy: caddyLines,
  lighttpd: lighttpdLines,
  tomcat: tomcatLines,
  iis: iisLines,
};

function withoutMark(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}

function caddyLines({ addresses, userAgent }: PairSeen): string[] {
  const list = addresses.join(" ");
  return [
    "# Caddy 2.8 or newer. Into the global options, the block at the top of the Caddyfile:",
    "servers {",
    `\ttrusted_proxies static ${list}`,
    "\ttrusted_proxies_strict",
    "\tclient_ip_headers X-Forwarded-For",
    "}",
    "",
    "# Into the site's block; its log then has the client's address in client_ip:",
    "@lbpair_healthcheck {",
    `\tclient_ip ${list}`,
    `\theader User-Agent "${userAgent}"`,
    "}",
    "log_skip @lbpair_healthcheck",
  ];
}

function lighttpdLines({ addresses, userAgent }: PairSeen): string[] {
  return [
    "# lighttpd: a file in conf-enabled, after the one that loads mod_accesslog.",
    'server.modules += ( "mod_extforward" )',
    `extforward.forwarder = ( ${addresses.map((address) => `"${address}" => "trust"`).join(", ")} )`,
    'extforward.headers = ( "X-Forwarded-For" )',
    `$HTTP["useragent"] == "${userAgent}" {`,
    ...addresses.map((address) => `  $HTTP["remoteip"] == "${address}" { accesslog.filename = "" }`),
    "}",
  ];
}

function tomcatLines({ addresses, userAgent }: PairSeen): string[] {
  const proxies = addresses.map((address) => address.replaceAll(".", "\\.")).join("|");
  return [
    "<!-- Tomcat: into the Host of server.xml, in this order, instead of its AccessLogValve. -->",
    '<Valve className="org.apache.catalina.valves.rewrite.RewriteValve" />',
    '<Valve className="org.apache.catalina.valves.RemoteIpValve" remoteIpHeader="X-Forwarded-For"',
    `       protocolHeader="X-Forwarded-Proto" internalProxies="${proxies}" />`,
    '<Valve className="org.apache.catalina.valves.AccessLogValve" directory="logs" prefix="access" suffix=".log"',
    '       pattern="combined" requestAttributesEnabled="true" conditionUnless="lbpair_healthcheck" />',
    "",
    "<!-- And into conf/Catalina/localhost/rewrite.config: -->",
    `RewriteCond %{HTTP_USER_AGENT} ^${escapePattern(userAgent)}$`,
    `RewriteCond %{REMOTE_ADDR} ^(${proxies})$`,
    "RewriteCond %{HTTP:X-Forwarded-For} ^$",
    "RewriteRule .* - [E=lbpair_healthcheck:1]", // a pattern must match the whole path
  ];
}

function iisLines({ addresses, userAgent }: PairSeen): string[] {
  const pair = addresses.map((address) => address.replaceAll(".", "\\.")).join("|");
  const setVariable = (name: string, value: string) => [
    "      <serverVariables>",
    `        <set name="${name}" value="${value}" />`,
    "      </serverVariables>",
    '      <action type="None" />',
    "    </rule>",
  ];
  return [
    "<!-- IIS with the URL Rewrite module. It can't leave requests out of its log: x-lbpair-healthcheck is 1 in the lines",
    "     to ignore, and x-lbpair-client is the client's address. Into system.webServer of applicationHost.config: -->",
    "<rewrite>",
    "  <allowedServerVariables>",
    '    <add name="LBPAIR_CLIENT" />',
    '    <add name="LBPAIR_HEALTHCHECK" />',
    "  </allowedServerVariables>",
    "  <globalRules>",
    '    <rule name="lbpair client">',
    '      <match url=".*" />',
    "      <conditions>",
    `        <add input="{REMOTE_ADDR}" pattern="^(${pair})$" />`,
    // The last one is what the pair itself wrote.
    '        <add input="{HTTP_X_FORWARDED_FOR}" pattern="([^, ]+)$" />',
    "      </conditions>",
    ...setVariable("LBPAIR_CLIENT", "{C:1}"),
    '    <rule name="lbpair health check">',
    '      <match url=".*" />',
    "      <conditions>",
    `        <add input="{REMOTE_ADDR}" pattern="^(${pair})$" />`,
    '        <add input="{HTTP_X_FORWARDED_FOR}" pattern="^$" />',
    `        <add input="{HTTP_USER_AGENT}" pattern="^${escapeXml(escapePattern(userAgent))}$" />`,
    "      </conditions>",
    ...setVariable("LBPAIR_HEALTHCHECK", "1"),
    "  </globalRules>",
    "</rewrite>",
    "",
    "<!-- Into the logFile of the site: -->",
    "<customFields>",
    '  <add logFieldName="x-lbpair-client" sourceName="LBPAIR_CLIENT" sourceType="ServerVariable" />',
    '  <add logFieldName="x-lbpair-healthcheck" sourceName="LBPAIR_HEALTHCHECK" sourceType="ServerVariable" />',
    "</customFields>",
  ];
}

/** A text that a regular expression finds as it is. */
function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
