#include <osteon/cpu/evaluate.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <vector>

using namespace osteon;

TEST_CASE("evaluate: the same bits for every number of threads") {
  const int threads = cpu::num_threads();
  Tensor<float, Shape<dynamic, 3, 61, 53>, ChannelsLast> x(9);
  Tensor<float, Shape<3>> v;
  test::fill_uniform(x.view(), 1, 0);
  test::fill_uniform(v.view(), 1, 1);
  std::vector<std::vector<float>> results;
  for (const int n : {1, 2, 3, 7}) {
    cpu::set_num_threads(n);
    const Tensor<float, Shape<dynamic, 3, 61, 53>, ChannelsLast> y = exp(x) * channel(v) - 1;
    results.emplace_back(y.span().begin(), y.span().end());
  }
  cpu::set_num_threads(threads);
  for (const auto& result : results) CHECK(result == results.front());
}

TEST_CASE("Partition: chunks do not depend on the threads and cover all runs") {
  using Flat = cpu::Partition<cpu::Runs::flat>;
  const auto partition = Flat::of<Shape<dynamic, 100'000>>(3);
  std::vector<std::atomic<int>> seen(300'000);
  partition.for_each([&](const cpu::Run& run, Index chunk) {
    CHECK(run.begin / cpu::chunk_size == chunk);
    for (Index i = run.begin; i < run.begin + run.size; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  CHECK(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }));

  using Planes = cpu::Partition<cpu::Runs::planes>;
  const auto planes = Planes::of<Shape<dynamic, 3, 4, 5>>(2);
  CHECK(planes.runs() == 6);
  planes.for_each([&](const cpu::PlaneRun& run, Index) {
    CHECK(run.size == 20);
    CHECK(run.channel == run.begin / 20 % 3);
  });
}

TEST_CASE("change_layout: between scalars too") {
  Tensor<float, Shape<dynamic, 2, 2, 3>> x(2);
  test::fill_uniform(x.view(), 1, 0);
  Tensor<double, Shape<dynamic, 2, 2, 3>, ChannelsLast> y(2);
  change_layout(Cpu{}, std::as_const(x).view(), y.view());
  CHECK(y(1, 1, 0, 2) == x(1, 1, 0, 2));
  Tensor<double, Shape<dynamic, 2, 2, 3>> z(2);
  change_layout(Cpu{}, std::as_const(x).view(), z.view());
  CHECK(z(1, 1, 0, 2) == x(1, 1, 0, 2));
}
