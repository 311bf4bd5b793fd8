# Comes with a release and installs it. $1: folder of the archive's parts, $2: sha256 of all of them together,
# $3: architecture, $4: number of parts. Output is for the person who runs `pulumi up`.
set -eu
umask 022
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
releases=/opt/lbpair/releases
release=$(printf %.16s "$2")
unpacked=$releases/$release.new
folder=$1 parts=$4
archive() { for part in $(seq "$parts"); do cat "$folder/$part"; done; }
case $(uname -m) in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac
[ "$machine" = "$3" ] || { echo "$0: got a release for $3 on a host that is $machine: set the host's architecture" >&2; exit 1; }
if [ ! -e "$releases/$release/manifest.json" ]; then
  got=$(archive | sha256sum | cut -d " " -f 1)
  [ "$got" = "$2" ] || { echo "$0: got an archive with sha256 $got, want $2" >&2; exit 1; }
  trap 'rm -rf "$unpacked"' EXIT
  rm -rf "$unpacked"
  mkdir -p "$unpacked"
  archive | tar --extract --gzip --no-same-owner --directory "$unpacked"
  sync --file-system "$unpacked"
  mv "$unpacked" "$releases/$release"
fi
"$releases/$release/bin/lbctl" install "$release" || {
  failed=$?
  # One that was refused would only take room.
  [ "$(readlink /opt/lbpair/current)" = "releases/$release" ] || rm -rf "${releases:?}/$release"
  exit "$failed"
}
