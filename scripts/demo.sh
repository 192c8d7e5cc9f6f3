#!/usr/bin/env bash
# The main job, from nothing: installs what is missing, builds fracture_train, prunes and trains a
# ResNet-18 on drawn radiographs and writes its report into out/demo. Arguments are handed on to
# fracture_train: scripts/demo.sh --epochs 3, scripts/demo.sh --data DIR.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/install_dependencies.sh
say "building fracture_train (build/demo)"
cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=Release -DOSTEON_TESTS=OFF -DOSTEON_EXAMPLES=ON
cmake --build build/demo -j "$(parallel_jobs)" --target fracture_train
[[ " $* " == *" --resume "* ]] || set -- --overwrite "$@"
say "running fracture_train --out out/demo $*"
build/demo/examples/fracture_train --out out/demo "$@"
