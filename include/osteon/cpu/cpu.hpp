// The CPU backend.
#pragma once

#include <osteon/cpu/batch_norm.hpp>
#include <osteon/cpu/batch_norm_pool.hpp>
#include <osteon/cpu/conv2d.hpp>
#include <osteon/cpu/cross_entropy.hpp>
#include <osteon/cpu/dropout.hpp>
#include <osteon/cpu/elementwise.hpp>
#include <osteon/cpu/evaluate.hpp>
#include <osteon/cpu/linear.hpp>
#include <osteon/cpu/pool2d.hpp>
#include <osteon/cpu/ranking.hpp>
#include <osteon/cpu/transpose.hpp>
