// One source, two devices. Every test source here is compiled twice: as the reference, for the Cpu
// and by the host's compiler (OSTEON_TEST_REFERENCE), and for Cuda, by nvcc or for Thrust's host
// system. Its computations give rows of numbers; the reference's are expected of Cuda.
#pragma once

#if defined(OSTEON_TEST_REFERENCE)
#include <osteon/cpu/cpu.hpp>
#else
#include <osteon/cuda/cuda.hpp>
#endif
#include <osteon/core/host_mirror.hpp>
#include <osteon/core/tensor.hpp>

#include "../reference.hpp"
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace osteon::test {

/// What a computation gave: rows of numbers, with names for messages.
class Record {
 public:
  struct Row {
    std::string name;
    std::vector<double> values;
  };

  void add(std::string name, std::vector<double> values) {
    rows_.push_back({std::move(name), std::move(values)});
  }
  template <class T>
  void add(std::string name, std::span<T> values) {
    add(std::move(name), std::vector<double>(values.begin(), values.end()));
  }
  template <class T, class S, class L, class D>
  void add(std::string name, const TensorView<T, S, L, D>& view) {
    HostMirror mirror(view);
    add(std::move(name), mirror.span());
  }
  template <class T, class D>
  void add(std::string name, const Buffer<T, D>& buffer) {
    const auto size = static_cast<Index>(buffer.size());
    add(std::move(name), TensorView<const T, Shape<dynamic>, Contiguous, D>(buffer.data(), size));
  }

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

using Computation = void (*)(Record&);

/// The Cpu's computations, by their titles.
inline std::map<std::string, Computation>& references() {
  static std::map<std::string, Computation> all;
  return all;
}

/// Checks that a computation gives the reference's numbers: each row within `tolerance` of its
/// largest, exactly for 0.
inline void check_against_reference(const char* title, double tolerance, Computation computation) {
  REQUIRE(references().contains(title));
  Record expected, given;
  references().at(title)(expected);
  computation(given);
  REQUIRE(!expected.rows().empty());
  REQUIRE(given.rows().size() == expected.rows().size());
  for (std::size_t i = 0; i < given.rows().size(); ++i) {
    const std::string& row = expected.rows()[i].name;
    CAPTURE(row);
    CHECK(relative_error(given.rows()[i].values, expected.rows()[i].values) <= tolerance);
  }
}

// What depends on the device lies in a namespace of its own: both are linked into one program.
#if defined(OSTEON_TEST_REFERENCE)
inline namespace reference {
using Device = Cpu;
#else
inline namespace given {
using Device = Cuda;
#endif

/// Fills device memory with numbers in [-1, 1), a function of the stream.
template <class T>
void draw(T* data, Index size, std::uint64_t stream) {
  HostMirror mirror(Device{}, data, size);
  for (Index i = 0; i < size; ++i) mirror[i] = static_cast<T>(uniform(31, stream, i));
  mirror.write_back();
}
template <class T, class S, class L>
void draw(const TensorView<T, S, L, Device>& view, std::uint64_t stream) {
  draw(view.data(), view.size(), stream);
}
template <class T>
Buffer<T, Device> drawn(Index size, std::uint64_t stream) {
  Buffer<T, Device> buffer(static_cast<std::size_t>(size));
  draw(buffer.data(), size, stream);
  return buffer;
}

}  // namespace reference or given

}  // namespace osteon::test

/// ON_BOTH("title", tolerance) { record.add("y", ...); }: the test case that Cuda gives what the
/// Cpu gives. Titles are unique; what follows the tolerance are doctest's decorators.
#define ON_BOTH(title, ...) OSTEON_ON_BOTH(DOCTEST_ANONYMOUS(computation_), title, __VA_ARGS__)
#define OSTEON_ON_BOTH(computation, title, ...)          \
  static void computation(osteon::test::Record& record); \
  OSTEON_REGISTER(computation, title, __VA_ARGS__)       \
  static void computation(osteon::test::Record& record)
#if defined(OSTEON_TEST_REFERENCE)
#define OSTEON_REGISTER(computation, title, ...)              \
  [[maybe_unused]] static const bool computation##_is_there = \
      osteon::test::references().emplace(title, computation).second;
#else
#define OSTEON_REGISTER(computation, title, tolerance, ...)               \
  TEST_CASE(title __VA_OPT__(*) __VA_ARGS__) {                            \
    osteon::test::check_against_reference(title, tolerance, computation); \
  }
#endif
