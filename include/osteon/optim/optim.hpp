// Optimizers and learning-rate schedules.
#pragma once

#include <osteon/optim/adam.hpp>
#include <osteon/optim/grad_scaler.hpp>
#include <osteon/optim/schedule.hpp>
#include <osteon/optim/sgd.hpp>
