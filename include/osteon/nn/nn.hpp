// Layers, models, initialisation.
#pragma once

#include <osteon/nn/activation.hpp>
#include <osteon/nn/batch_norm2d.hpp>
#include <osteon/nn/conv2d.hpp>
#include <osteon/nn/grad_cam.hpp>
#include <osteon/nn/inference.hpp>
#include <osteon/nn/init.hpp>
#include <osteon/nn/linear.hpp>
#include <osteon/nn/loss.hpp>
#include <osteon/nn/model.hpp>
#include <osteon/nn/pool2d.hpp>
#include <osteon/nn/residual.hpp>
#include <osteon/nn/restore_batch_norm.hpp>
#include <osteon/nn/sequential.hpp>
#include <osteon/nn/summary.hpp>
