// Everything that needs only Eigen. Image files, data sets and other devices are included by those
// who use them: osteon/io/, osteon/data/, osteon/train/, osteon/cuda/.
#pragma once

#include <osteon/cpu/cpu.hpp>
#include <osteon/models/mlp.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/prune.hpp>
