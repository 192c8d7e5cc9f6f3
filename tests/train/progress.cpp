#include <osteon/train/progress.hpp>

#include <doctest/doctest.h>

using namespace osteon;
using train::format_duration;
using train::Progress;
using train::ProgressOutput;

namespace {

/// A clock and a screen that the test holds.
struct FakeOutput {
  double now = 100;
  std::string text;

  ProgressOutput make(bool terminal, std::size_t columns = 80) {
    return {.seconds = [this] { return now; },
            .write = [this](std::string_view part) { text += part; },
            .terminal = terminal,
            .columns = columns};
  }
};

}  // namespace

TEST_CASE("durations read as on a clock") {
  CHECK(format_duration(-1) == "0 s");
  CHECK(format_duration(41.7) == "42 s");
  CHECK(format_duration(59.6) == "1:00");
  CHECK(format_duration(187) == "3:07");
  CHECK(format_duration(3725) == "1:02:05");
}

TEST_CASE("a file gets a line every ten seconds and one at the end") {
  FakeOutput fake;
  {
    Progress progress("epoch 1/3", 1000, "images", fake.make(false));
    for (int i = 1; i <= 25; ++i) {
      ++fake.now;
      progress.update(40 * i, "loss 0.5");
    }
    CHECK(progress.rate() == 40);
    progress.finish("loss 0.4");
    progress.finish("again");
  }
  CHECK(fake.text ==
        "epoch 1/3  400/1000 images  40%  40.0 images/s  10 s, 15 s left  loss 0.5\n"
        "epoch 1/3  800/1000 images  80%  40.0 images/s  20 s, 5 s left  loss 0.5\n"
        "epoch 1/3  1000/1000 images  100%  40.0 images/s  25 s  loss 0.4\n");
}

TEST_CASE("a terminal's line is rewritten and what is left of a longer one cleared") {
  FakeOutput fake;
  {
    Progress progress("a", 4, "images", fake.make(true));
    fake.now += 0.01;
    progress.update(1);  // too early to be shown
    CHECK(fake.text.empty());
    fake.now += 0.99;
    progress.update(2);
    ++fake.now;
    progress.finish();
  }
  CHECK(fake.text ==
        "\ra  2/4 images  50%  2.0 images/s  1 s, 1 s left"
        "\ra  2/4 images  50%  1.0 images/s  2 s          \n");
}

TEST_CASE("a line never wraps") {
  FakeOutput fake;
  Progress progress("a long label", 4, "images", fake.make(true, 20));
  ++fake.now;
  progress.finish("and more");
  CHECK(fake.text == "\ra long label  0/4 i\n");
}

TEST_CASE("an error on the way ends the terminal's line") {
  FakeOutput fake;
  {
    Progress progress("a", 4, "images", fake.make(true));
    ++fake.now;
    progress.update(1);
  }
  CHECK(fake.text.ends_with("left\n"));
}

TEST_CASE("nothing to do, and no time gone, divide nothing by zero") {
  FakeOutput fake;
  Progress progress("a", 0, "images", fake.make(false));
  progress.finish();
  CHECK(fake.text == "a  0/0 images  0.0 images/s  0 s\n");
}

TEST_CASE("what was done before does not count in the rate") {
  FakeOutput fake;
  Progress progress("epoch 2/3", 1000, "images", fake.make(false));
  progress.start_at(600);
  fake.now += 10;
  progress.update(700);
  CHECK(progress.rate() == 10);
  CHECK(fake.text == "epoch 2/3  700/1000 images  70%  10.0 images/s  10 s, 30 s left\n");
}
