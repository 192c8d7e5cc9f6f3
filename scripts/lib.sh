# shellcheck shell=bash
# Shared by the scripts of this project; source it. Moves to the project's root.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

say() { printf '\n== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Compilers that fit side by side: one a processor, but no more than one per 1.5 GB of free memory.
parallel_jobs() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null)
  memory=${memory:-$processors}
  ((memory < 1)) && memory=1
  echo $((memory < processors ? memory : processors))
}

# stage NAME COMMAND...: runs the command, keeps the time it took for stage_times. The first failure
# ends the script.
stages=()
stage() {
  local name=$1 start=$SECONDS
  shift
  say "$name: $*"
  if ! "$@"; then
    stages+=("$(printf '%5d s  %s: FAILED' $((SECONDS - start)) "$name")")
    stage_times
    exit 1
  fi
  stages+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

stage_times() {
  say "what each stage took"
  printf '%s\n' "${stages[@]}"
}
