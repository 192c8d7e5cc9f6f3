#!/usr/bin/env bash
# Builds and tests Osteon on a Debian or Ubuntu machine: installs what is missing, builds and runs
# every test with CMake, then builds and tests once with Meson. No arguments.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
jobs=$(parallel_jobs)

stage "Dependencies" scripts/install_dependencies.sh
stage "CMake: configure" cmake --preset ci
stage "CMake: build" cmake --build --preset ci -j "$jobs"
stage "CMake: test" ctest --preset ci -j "$jobs"

# A second opinion on the same sources: header-only, where CMake's build uses osteon::compiled; less
# optimisation, so that it builds faster; on x86-64 for any processor with AVX2, where CMake's build
# may be for AVX-512.
meson=(meson setup build/meson -Dwerror=true -Doptimization=1 -Dcompiled=disabled)
[[ $(uname -m) == x86_64 ]] && meson+=(-Dnative=false -Dcpp_args=-march=x86-64-v3)
[[ -f build/meson/build.ninja ]] && meson+=(--reconfigure)
stage "Meson: configure" "${meson[@]}"
stage "Meson: build" meson compile -C build/meson -j "$jobs"
# The tests of the house look at the sources, which are the same; but Meson's own consumer is new.
# Of the programs, one run shows that Meson built them right.
tests=(meson test -C build/meson --no-rebuild --print-errorlogs --num-processes "$jobs")
stage "Meson: test" "${tests[@]}" --no-suite house --no-suite example
stage "Meson: consumer, program" "${tests[@]}" consumer.meson fracture_train

stage_times
say "every test passed"
