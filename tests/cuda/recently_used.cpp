#include <osteon/cuda/recently_used.hpp>

#include <doctest/doctest.h>

#include <memory>

namespace osteon {
namespace {

TEST_CASE("cuda: what was used last is kept, whenever it came") {
  gpu::RecentlyUsed<int, int> values(2);
  values.use(1) = 10;
  values.use(2) = 20;
  CHECK(values.use(1) == 10);
  CHECK(values.use(3) == 0);  // in the place of 2, though 1 came before it
  CHECK(values.size() == 2);
  CHECK(values.use(1) == 10);
  CHECK(values.use(2) == 0);  // in the place of 3
  CHECK(values.use(1) == 10);
  CHECK(values.size() == 2);
}

TEST_CASE("cuda: a value is destroyed when another takes its place") {
  gpu::RecentlyUsed<int, std::shared_ptr<int>> values(1);
  const auto shared = std::make_shared<int>(7);
  values.use(1) = shared;
  CHECK(shared.use_count() == 2);
  CHECK(values.use(2) == nullptr);
  CHECK(shared.use_count() == 1);
}

}  // namespace
}  // namespace osteon
