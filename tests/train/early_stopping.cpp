#include <osteon/train/early_stopping.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace osteon;
using train::EarlyStopping;
using train::Goal;
using train::Verdict;

TEST_CASE("it stops after `patience` epochs in a row without improvement") {
  EarlyStopping stopping({.patience = 3});
  CHECK(stopping.best_epoch() == 0);
  CHECK(stopping.step(1.0) == Verdict::improved);
  CHECK(stopping.step(1.5) == Verdict::keep_going);
  CHECK(stopping.step(1.0) == Verdict::keep_going);  // as good is not better
  CHECK(stopping.step(0.9) == Verdict::improved);    // and patience starts anew
  CHECK(stopping.step(1.0) == Verdict::keep_going);
  CHECK(stopping.step(1.0) == Verdict::keep_going);
  CHECK(stopping.epochs_without_improvement() == 2);
  CHECK(stopping.step(0.95) == Verdict::stop);
  CHECK(stopping.best_epoch() == 4);
  CHECK(stopping.best_value() == 0.9);
  CHECK(stopping.epochs() == 7);
}

TEST_CASE("an accuracy improves upwards") {
  EarlyStopping stopping({.patience = 1, .goal = Goal::maximize});
  CHECK(stopping.step(0.5) == Verdict::improved);
  CHECK(stopping.step(0.6) == Verdict::improved);
  CHECK(stopping.step(0.55) == Verdict::stop);
  CHECK(stopping.best_epoch() == 2);
}

TEST_CASE("improvements up to min_delta don't count") {
  EarlyStopping stopping({.patience = 5, .min_delta = 0.125});
  CHECK(stopping.step(1.0) == Verdict::improved);
  CHECK(stopping.step(0.875) == Verdict::keep_going);
  CHECK(stopping.step(0.8) == Verdict::improved);
  EarlyStopping upwards({.patience = 5, .min_delta = 0.125, .goal = Goal::maximize});
  CHECK(upwards.step(0.5) == Verdict::improved);
  CHECK(upwards.step(0.625) == Verdict::keep_going);
  CHECK(upwards.step(0.75) == Verdict::improved);
}

TEST_CASE("NaN never improves, not even at first") {
  EarlyStopping stopping({.patience = 2});
  CHECK(stopping.step(NAN) == Verdict::keep_going);
  CHECK(stopping.best_epoch() == 0);
  CHECK(stopping.step(1.0) == Verdict::improved);
  CHECK(stopping.step(NAN) == Verdict::keep_going);
  CHECK(stopping.step(NAN) == Verdict::stop);
}
