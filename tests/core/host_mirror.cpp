#include <osteon/core/host_mirror.hpp>
#include <osteon/core/tensor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>

namespace osteon {
namespace {

/// A device whose memory is kept negated, so that a copy that was left out shows.
struct Negated {};

template <class T>
void copy_to_host(Negated, Index size, const T* from, T* to) {
  std::transform(from, from + size, to, [](T value) { return -value; });
}
template <class T>
void copy_from_host(Negated, Index size, const T* from, T* to) {
  copy_to_host(Negated{}, size, from, to);
}

TEST_CASE("a mirror of host memory is that memory") {
  Tensor<float, Shape<3>> x{1, 2, 3};
  HostMirror mirror(x.view());
  static_assert(std::is_same_v<decltype(mirror), HostMirror<float, Cpu>>);
  CHECK(mirror.span().data() == x.data());
  mirror[1] = 7;
  CHECK(x(1) == 7);
}

TEST_CASE("a mirror of other memory is a copy until it is written back") {
  float memory[3] = {-1, -2, -3};
  const TensorView<float, Shape<3>, Contiguous, Negated> view(memory);
  HostMirror mirror(view);
  CHECK(mirror[0] == 1);
  CHECK(mirror.span().size() == 3);
  mirror[2] = 9;
  CHECK(memory[2] == -3);
  mirror.write_back();
  CHECK(memory[2] == -9);
  CHECK(memory[0] == -1);
}

TEST_CASE("a mirror of what is read-only is read-only") {
  const float memory[2] = {-1, -2};
  const TensorView<const float, Shape<2>, Contiguous, Negated> view(memory);
  HostMirror mirror(view);
  static_assert(std::is_same_v<decltype(mirror.span()), std::span<const float>>);
  CHECK(mirror.span()[1] == 2);
}

TEST_CASE("elements go from any device to any other") {
  const float here[2] = {1, 2};
  float there[2] = {}, elsewhere[2] = {}, back[2] = {};
  copy_across(Cpu{}, Negated{}, 2, here, there);
  CHECK(there[1] == -2);
  copy_across(Negated{}, Negated{}, 2, static_cast<const float*>(there), elsewhere);
  CHECK(elsewhere[1] == -2);
  copy_across(Negated{}, Cpu{}, 2, static_cast<const float*>(elsewhere), back);
  CHECK(back[1] == 2);
}

TEST_CASE("to_device copies a tensor") {
  const Tensor<float, Shape<dynamic, 2>> x(2, {1, 2, 3, 4});
  auto copy = to_device<Cpu>(x);
  copy(1, 1) = 9;
  CHECK(x(1, 1) == 4);
  CHECK(copy(0, 1) == 2);
  CHECK(copy.batch() == 2);
}

}  // namespace
}  // namespace osteon
