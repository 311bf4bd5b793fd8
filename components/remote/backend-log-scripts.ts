import type { ManagedServerName } from "../render/backend.ts";
import { APACHE_HEALTH_CHECK, NGINX_IS_LOGGED } from "../render/backend-log.ts";

// These scripts work on files of a machine's administrator, so they change little and can take it back exactly:
// a file of ours (its text comes on standard input), links to make, and a suffix of the lines that name a log.
// The server's own check judges the result before it is asked to reload; otherwise every file is put back.

type Words = {
  /** Shell: `server`, `ours` (our file), `links` (lines: target, link), `logs` (prints files with log lines), `check`. */
  readonly define: string;
  /** sed -E: puts the suffix on log lines that have no condition yet. */
  readonly mark: string;
  /** sed -E: the inverse. */
  readonly unmark: string;
};

const APACHE: Words = {
  define: `server=apache2 ours=/etc/apache2/conf-available/lbpair.conf
links='../conf-available/lbpair.conf /etc/apache2/conf-enabled/lbpair.conf
../mods-available/remoteip.load /etc/apache2/mods-enabled/remoteip.load'
logs() { real /etc/apache2/apache2.conf /etc/apache2/sites-enabled/* /etc/apache2/conf-enabled/*; }
check() { apache2ctl configtest; }`,
  // A line that goes on in the next one is left alone.
  mark: String.raw`/^[[:space:]]*CustomLog[[:space:]].*[^\]$/I { /[[:space:]](env|expr)=/! s/$/ env=!${APACHE_HEALTH_CHECK}/ }`,
  unmark: `s/ env=!${APACHE_HEALTH_CHECK}$//`,
};

const NGINX: Words = {
  define: `server=nginx ours=/etc/nginx/conf.d/lbpair.conf links=
logs() { real /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*; }
check() { nginx -t; }`,
  // nginx takes a condition only after a format, and no format of ours, because it is not defined yet where Debian
  // names the log. Two spaces tell a format that we put from one that was there.
  mark: String.raw`/^[[:space:]]*access_log[[:space:]]+off/! { /[[:space:]]if=/! {
s/^([[:space:]]*access_log[[:space:]]+[^[:space:];]+)([[:space:]]*;)/\1 combined  if=$${NGINX_IS_LOGGED}\2/; t
s/^([[:space:]]*access_log[[:space:]]+[^;]*[^[:space:];])([[:space:]]*;)/\1 if=$${NGINX_IS_LOGGED}\2/
} }`,
  unmark: String.raw`s/( combined )? if=[$]${NGINX_IS_LOGGED}([[:space:]]*;)/\2/`,
};

// keep remembers files before they are changed, back puts them back (the files alone, no directory's mode or owner);
// a script that fails after keep ends with back.
// "$made" lists the links that we made: one that was there before us stays when we go.
const FUNCTIONS = `work=$(mktemp -d) armed=
trap 'failed=$?; [ "$failed" = 0 ] || [ -z "$armed" ] || back; rm -rf "$work"' EXIT
made=$(dirname "$ours")/lbpair.links
say() { echo "$server: $*" >&2; }
real() { for file in "$@"; do [ ! -e "$file" ] || readlink -f "$file"; done; }
keep() {
  for file in "$@"; do
    if [ -e "$file" ] || [ -L "$file" ]; then echo "$file" >>"$work/kept"; else echo "$file" >>"$work/new"; fi
  done
  tar -cPf "$work/kept.tar" --no-recursion -T "$work/kept"
  armed=yes
}
back() {
  [ ! -e "$work/new" ] || xargs -r rm -f <"$work/new"
  tar -xPf "$work/kept.tar"
}
change() {
  sed -E "$1" "$2" >"$work/text"
  cmp -s "$work/text" "$2" || { cat "$work/text" >"$2"; touch "$work/changed"; }
}
in_force() {
  check >"$work/out" 2>&1 || { say "refuses the configuration:"; cat "$work/out" >&2; exit 1; }
  systemctl is-active --quiet "$server" || return 0
  systemctl reload "$server" >"$work/out" 2>&1 && return 0
  say "does not reload:"
  cat "$work/out" >&2
  back
  systemctl reload "$server" || :
  exit 1
}
`;

const APPLY = `apply() {
  cat >"$work/ours"
  [ -d "/etc/$server" ] || { say "is not installed on this machine"; exit 1; }
  check >"$work/out" 2>&1 || { say "has a broken configuration already:"; cat "$work/out" >&2; exit 1; }
  keep "$ours" "$made" $(logs) $(echo "$links" | cut -d " " -f 2)
  cmp -s "$work/ours" "$ours" || { cat "$work/ours" >"$ours"; touch "$work/changed"; }
  echo "$links" | while read -r to link; do
    [ -z "$link" ] || [ -L "$link" ] || { ln -s "$to" "$link"; echo "$link" >>"$made"; touch "$work/changed"; }
  done
  for file in $(logs); do [ "$file" = "$ours" ] || change "$mark" "$file"; done
  [ ! -e "$work/changed" ] || in_force
}
`;

const REMOVE = `remove() {
  [ -d "/etc/$server" ] || return 0
  keep "$ours" "$made" $(logs) $(cat "$made" 2>/dev/null || :)
  for file in $(logs); do [ "$file" = "$ours" ] || change "$unmark" "$file"; done
  [ ! -e "$made" ] || xargs -r rm -f <"$made"
  rm -f "$ours" "$made"
  in_force
}
`;

/** What sets a web server's log up (`apply <server>`, text of our file on standard input) or takes it back (`remove <server>`). */
export const BACKEND_LOG_SCRIPT = `# Written by lbpair.
set -eu
cd /
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
case "$2" in
${caseOf("apache", APACHE)}${caseOf("nginx", NGINX)}esac
${FUNCTIONS}${APPLY}${REMOVE}"$1"
`;

function caseOf(server: ManagedServerName, { define, mark, unmark }: Words): string {
  return `${server})\n${define}\nmark='${mark}'\nunmark='${unmark}' ;;\n`;
}
