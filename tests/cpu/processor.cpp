#include <osteon/cpu/processor.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace osteon;

TEST_CASE("move_away: the thread goes on, and may run where it might before") {
  std::atomic<bool> stop{false};
  std::atomic<long> steps{0};
  std::thread thread([&] {
    while (!stop) ++steps;
  });
#if defined(__linux__)
  cpu_set_t before, after;
  REQUIRE(pthread_getaffinity_np(thread.native_handle(), sizeof before, &before) == 0);
  for (int i = 0; i < 100; ++i) cpu::move_away(thread);
  REQUIRE(pthread_getaffinity_np(thread.native_handle(), sizeof after, &after) == 0);
  CHECK(CPU_EQUAL(&before, &after));
#else
  cpu::move_away(thread);
#endif
  for (const long done = steps; steps == done;) std::this_thread::yield();
  stop = true;
  thread.join();
}
