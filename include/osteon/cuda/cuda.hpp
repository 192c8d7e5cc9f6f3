// The GPU backend.
#pragma once

#include <osteon/cuda/batch_norm.hpp>
#include <osteon/cuda/batch_norm_pool.hpp>
#include <osteon/cuda/channel_moments.hpp>
#include <osteon/cuda/conv2d.hpp>
#include <osteon/cuda/cross_entropy.hpp>
#include <osteon/cuda/dropout.hpp>
#include <osteon/cuda/elementwise.hpp>
#include <osteon/cuda/evaluate.hpp>
#include <osteon/cuda/linear.hpp>
#include <osteon/cuda/normalize.hpp>
#include <osteon/cuda/pool2d.hpp>
#include <osteon/cuda/ranking.hpp>
#include <osteon/cuda/replay.hpp>
#include <osteon/cuda/transpose.hpp>
#include <osteon/cuda/upload.hpp>
