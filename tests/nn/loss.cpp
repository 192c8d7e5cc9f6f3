#include <osteon/cpu/cpu.hpp>
#include <osteon/nn/loss.hpp>

#include "../reference.hpp"
#include "loss_reference.hpp"
#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace osteon;
using nn::CrossEntropyLoss;
namespace expected = osteon::test::loss;

namespace {

constexpr std::array labels{0, 3, 4, 1, 3, 2};
template <class T>
using Logits = Tensor<T, Shape<dynamic, 5>>;

template <class T>
void check(double smoothing, std::span<const double> value, std::span<const double> gradient,
           double tolerance) {
  Logits<T> logits(6), dlogits(6);
  test::fill_uniform(logits.view(), 4, 0, 8);
  const CrossEntropyLoss loss{smoothing};
  CHECK(loss(std::as_const(logits).view(), labels, dlogits.view()) ==
        doctest::Approx(value[0]).epsilon(tolerance));
  CHECK(loss(std::as_const(logits).view(), labels) == doctest::Approx(value[0]).epsilon(tolerance));
  CHECK(test::relative_error(dlogits.span(), gradient) < tolerance);
}

std::string message(const std::vector<int>& wrong) {
  Logits<float> logits(2);
  try {
    static_cast<void>(CrossEntropyLoss{}(std::as_const(logits).view(), wrong));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("CrossEntropyLoss is torch's, with and without label smoothing") {
  check<float>(0, expected::plain::value, expected::plain::gradient, 1e-6);
  check<double>(0, expected::plain::value, expected::plain::gradient, 1e-10);
  check<float>(0.1, expected::smooth::value, expected::smooth::gradient, 1e-6);
  check<double>(0.1, expected::smooth::value, expected::smooth::gradient, 1e-10);
}

TEST_CASE("CrossEntropyLoss: large logits neither overflow nor vanish") {
  const Logits<float> logits(1, {1000, -1000, 0, 999, 0});
  Logits<float> gradient(1);
  const double loss = CrossEntropyLoss{}(logits.view(), std::array{3}, gradient.view());
  CHECK(loss == doctest::Approx(1 + std::log1p(std::exp(-1.0))));
  CHECK(gradient(0, 0) == doctest::Approx(1 / (1 + std::exp(-1.0))));
}

TEST_CASE("CrossEntropyLoss refuses labels that do not fit") {
  CHECK(message({0, 5}) == "label 5 is not one of 5 classes (0 to 4)");
  CHECK(message({-1, 0}) == "label -1 is not one of 5 classes (0 to 4)");
  CHECK(message({0}) == "2 samples came with 1 labels");
}
