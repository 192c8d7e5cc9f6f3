// Everything that needs only Eigen. Image files, data sets and other devices are included by those
// who use them: osteon/io/, osteon/data/, osteon/train/, osteon/cuda/.
#pragma once

// nvcc's front end does not know the CPU backend's vectors.
#if !defined(__CUDACC__)
#include <osteon/cpu/cpu.hpp>
#endif
#include <osteon/models/mlp.hpp>
#include <osteon/models/resnet.hpp>
#include <osteon/nn/nn.hpp>
#include <osteon/optim/optim.hpp>
#include <osteon/prune/prune.hpp>
