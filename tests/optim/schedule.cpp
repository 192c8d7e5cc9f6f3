#include <osteon/optim/schedule.hpp>

#include "../reference.hpp"
#include "optim_reference.hpp"
#include <doctest/doctest.h>

#include <vector>

using namespace osteon::optim;
namespace expected = osteon::test::optim;

namespace {

template <class Schedule>
double error(const Schedule& schedule, std::span<const double> rates) {
  std::vector<double> given;
  for (std::size_t step = 0; step < rates.size(); ++step) given.push_back(schedule(step));
  return osteon::test::relative_error(given, rates);
}

}  // namespace

TEST_CASE("Schedules are torch's, step by step") {
  CHECK(ConstantSchedule{.learning_rate = 0.02}(17) == 0.02);
  CHECK(error(StepSchedule{.learning_rate = 0.02, .step_size = 7, .gamma = 0.5},
              expected::step_rates) < 1e-10);
  CHECK(error(CosineSchedule{.learning_rate = 0.02, .steps = 50, .minimum = 1e-4},
              expected::cosine_rates) < 1e-10);
  CHECK(error(OneCycleSchedule{.max_learning_rate = 0.1, .steps = 50}, expected::one_cycle_rates) <
        1e-10);
  CHECK(error(OneCycleSchedule{.max_learning_rate = 0.1,
                               .steps = 40,
                               .warmup = 0.25,
                               .div_factor = 10,
                               .final_div_factor = 100},
              expected::one_cycle_short_rates) < 1e-10);
}
