// Pruning: masks, criteria, reports.
#pragma once

#include <osteon/prune/magnitude.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/report.hpp>
#include <osteon/prune/schedule.hpp>
#include <osteon/prune/select.hpp>
#include <osteon/prune/synflow.hpp>
