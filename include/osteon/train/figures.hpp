// The figures of a training run.
#pragma once

#include <osteon/train/figures/class_distribution.hpp>
#include <osteon/train/figures/confusion_matrix.hpp>
#include <osteon/train/figures/curves.hpp>
#include <osteon/train/figures/layer_density.hpp>
#include <osteon/train/figures/samples.hpp>
