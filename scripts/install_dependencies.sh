#!/usr/bin/env bash
# Installs what building, testing and the examples need and this machine lacks: Debian and Ubuntu
# packages. Further packages may be named: scripts/install_dependencies.sh clang
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# The one list. After a colon, the program that makes the package unnecessary where it is on PATH.
packages=(
  g++:g++ cmake:cmake ninja-build:ninja meson:meson pkg-config:pkg-config python3:python3
  libeigen3-dev doctest-dev libstb-dev nlohmann-json3-dev libcli11-dev libxtensor-dev
  gnuplot-nox:gnuplot
)
for package in "$@"; do packages+=("$package:$package"); done

is_there() {
  local package=${1%%:*} program=
  [[ $1 == *:* ]] && program=${1#*:}
  [[ -n $program ]] && command -v "$program" >/dev/null && return
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  say "no apt-get here; going on, but this must be installed (Debian's names): ${packages[*]%%:*}"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  is_there "$package" || missing+=("${package%%:*}")
done
if ((${#missing[@]} == 0)); then
  say "everything needed is installed"
  exit 0
fi

say "installing ${missing[*]}"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    die "not root and no sudo here; as root: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"; }
apt update || echo "the package lists could not be refreshed; trying with those that are here"
apt install --no-install-recommends "${missing[@]}" ||
  die "apt-get could not install ${missing[*]}"
