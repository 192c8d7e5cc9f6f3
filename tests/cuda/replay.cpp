// Work that is recorded and replayed does what it would have done.
#include <osteon/core/buffer.hpp>
#include <osteon/core/replay.hpp>
#include <osteon/cuda/cuda.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace osteon {
namespace {

constexpr Index size = 1000;

std::vector<float> values(const Buffer<float, Cuda>& buffer) {
  std::vector<float> result(buffer.size());
  copy_to_host(Cuda{}, static_cast<Index>(buffer.size()), buffer.data(), result.data());
  return result;
}

/// to[i] += 2 (i + 1), by way of temporary memory.
void add_up(Buffer<float, Cuda>& to) {
  const gpu::Scratch<float> numbers(size);
  float* const number = numbers.data();
  gpu::transform(size, number, [] OSTEON_KERNEL(Index i) { return static_cast<float>(i); });
  float* const sum = to.data();
  gpu::for_each_index(size, [=] OSTEON_KERNEL(Index i) { sum[i] += 2 * (number[i] + 1); });
}

bool is_times(const std::vector<float>& sums, float times) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] != times * 2 * static_cast<float>(i + 1)) return false;
  }
  return true;
}

TEST_CASE("cuda: replayed work is done each time") {
  Replay<Cuda> replay;
  Buffer<float, Cuda> sums(size);
  for (int times = 1; times <= 5; ++times) {
    replay.run({"test", 1, 0, {sums.data()}}, [&] { add_up(sums); });
    CHECK(is_times(values(sums), static_cast<float>(times)));
  }
}

// Nothing else shows it: work that cannot be recorded is done all the same.
TEST_CASE("cuda: what repeats is recorded on a GPU, once") {
  Replay<Cuda> replay;
  Buffer<float, Cuda> sums(size);
  const gpu::ReplayCounts before = gpu::replay_counts();
  for (int i = 0; i < 5; ++i) {
    replay.run({"test", 1, 0, {sums.data()}}, [&] { add_up(sums); });
  }
  const gpu::ReplayCounts after = gpu::replay_counts();
  CAPTURE(after.reason);
  CHECK(after.recorded - before.recorded == (gpu::on_gpu ? 1 : 0));
  CHECK(after.replayed - before.replayed == (gpu::on_gpu ? 4 : 0));
  CHECK(after.failed == before.failed);
}

TEST_CASE("cuda: work that cannot be recorded is done") {
  Replay<Cuda> replay;
  Buffer<float, Cuda> sums(size);
  std::vector<float> seen;
  const gpu::ReplayCounts before = gpu::replay_counts();
  for (int i = 0; i < 5; ++i) {
    replay.run({"test", 1, 0, {sums.data()}}, [&] {
      add_up(sums);
      seen = values(sums);  // the host waits for it, which no recording can
    });
  }
  CHECK(is_times(values(sums), 5));
  CHECK(is_times(seen, 5));
  const gpu::ReplayCounts after = gpu::replay_counts();
  CHECK(after.recorded == before.recorded);
  // It is tried twice, and not at every run.
  CHECK(after.failed - before.failed == (gpu::on_gpu ? 2 : 0));
  CHECK(after.reason.empty() != gpu::on_gpu);
}

TEST_CASE("cuda: switched off, nothing is recorded") {
  Replay<Cuda> replay;
  Buffer<float, Cuda> sums(size);
  const gpu::ReplayCounts before = gpu::replay_counts();
  gpu::set_graphs(false);
  for (int i = 0; i < 4; ++i) {
    replay.run({"test", 1, 0, {sums.data()}}, [&] { add_up(sums); });
  }
  gpu::set_graphs(true);
  CHECK(is_times(values(sums), 4));
  CHECK(gpu::replay_counts().recorded == before.recorded);
}

TEST_CASE("cuda: work is replayed over the memory of its key") {
  Replay<Cuda> replay;
  std::vector<Buffer<float, Cuda>> sums(20);  // more than are kept
  for (auto& buffer : sums) buffer = Buffer<float, Cuda>(size);
  for (int times = 1; times <= 4; ++times) {
    for (auto& buffer : sums) {
      replay.run({"test", 1, 0, {buffer.data()}}, [&] { add_up(buffer); });
    }
    for (int again = 0; again < 3; ++again) {
      replay.run({"test", 1, 1, {sums[0].data()}}, [&] { add_up(sums[0]); });
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      CHECK(is_times(values(sums[i]), static_cast<float>(i == 0 ? 4 * times : times)));
    }
  }
}

TEST_CASE("cuda: a recording's temporary memory is its own") {
  Replay<Cuda> replay;
  Buffer<float, Cuda> sums(size);
  const auto run = [&] { replay.run({"test", 1, 0, {sums.data()}}, [&] { add_up(sums); }); };
  for (int i = 0; i < 3; ++i) run();
  // Of the same size: from the cache, where what the recording gave back would lie.
  std::vector<Buffer<float, Cuda>> others(4);
  for (auto& other : others) {
    other = Buffer<float, Cuda>(size);
    gpu::fill(size, other.data(), 7.0F);
  }
  for (int i = 0; i < 3; ++i) run();
  CHECK(is_times(values(sums), 6));
  for (const auto& other : others) CHECK(values(other) == std::vector<float>(size, 7.0F));
}

TEST_CASE("cuda: a copy begins anew, and what is moved goes on") {
  Replay<Cuda> replay;
  Buffer<float, Cuda> sums(size);
  const ReplayKey key{"test", 1, 0, {sums.data()}};
  for (int i = 0; i < 3; ++i) replay.run(key, [&] { add_up(sums); });
  Replay<Cuda> copy = replay;
  Replay<Cuda> moved = std::move(replay);
  for (int i = 0; i < 3; ++i) {
    copy.run(key, [&] { add_up(sums); });
    moved.run(key, [&] { add_up(sums); });
  }
  CHECK(is_times(values(sums), 9));
}

}  // namespace
}  // namespace osteon
