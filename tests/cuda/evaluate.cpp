#include <osteon/core/reduction.hpp>

#include "both.hpp"

#include <cstdint>

namespace osteon {
namespace {

using test::Device;
using test::draw;

template <class T, class S, class L = Contiguous>
using On = Tensor<T, S, L, Device>;
using Image = Shape<dynamic, 5, 4, 3>;

ON_BOTH("cuda: every elementwise operation", 1e-15) {
  On<double, Shape<257>> a, b;
  draw(a.view(), 1);
  draw(b.view(), 2);
  On<double, Shape<257>> y;
  const auto add = [&](const char* name, const auto& expression) {
    y = expression;
    record.add(name, y.view());
  };
  add("a + b", a + b);
  add("a - 2", a - 2);
  add("2 * a", 2 * a);
  add("a / b", a / (abs(b) + 0.1));
  add("minimum", minimum(a, b));
  add("maximum", maximum(a, 0.25));
  add("-a", -a);
  add("square", square(a));
  add("sign", sign(a));
  add("sqrt", sqrt(abs(a)));
  add("exp", exp(a));
  add("log", log(abs(a) + 0.1));
  add("tanh", tanh(a));
  add("sigmoid", sigmoid(a));
  add("relu", relu(a));
  add("where", where(a < b, a, 7));
  add("comparisons", cast<double>(a <= b) + cast<double>(a > b) * 2 + cast<double>(a >= 0.5) * 4 +
                         cast<double>(a == b) * 8 + cast<double>(a != 0) * 16);
  add("a number", y * 0 + 3);
  add("in place", y * a - y);
  y -= a * b;
  record.add("-=", y.view());
}

ON_BOTH("cuda: a float's expression is in float", 1e-6) {
  On<float, Shape<100>> m, v, w;
  draw(m.view(), 1);
  draw(v.view(), 2);
  draw(w.view(), 3);
  w -= 1e-3 * m / (sqrt(abs(v)) + 1e-8);
  record.add("w", w.view());
  On<std::uint8_t, Shape<100>> mask;
  mask = cast<std::uint8_t>(m > 0);
  w = where(mask != 0, w, 0);
  record.add("masked", w.view());
}

template <class L>
void channels(test::Record& record) {
  On<double, Image, L> x(2);
  draw(x.view(), 1);
  On<double, Shape<5>> scale, shift;
  draw(scale.view(), 2);
  draw(shift.view(), 3);
  On<double, Image, L> y(2);
  y = x * channel(scale) + channel(shift);
  record.add("channel", y.view());
  const auto sums = sum_per_channel(y);
  record.add("sum_per_channel", sums.view());
  const auto counts = sum_per_channel(y > 0);
  record.add("count per channel", counts.view());
  record.add("sum", {sum(x * channel(scale))});
  record.add("max", {max(x * channel(scale))});
}
ON_BOTH("cuda: channels of planes", 1e-14) { channels<Contiguous>(record); }
ON_BOTH("cuda: channels of pixels", 1e-14) { channels<ChannelsLast>(record); }

ON_BOTH("cuda: reductions", 1e-13) {
  On<double, Shape<dynamic, 7>> x(1001);
  draw(x.view(), 1);
  record.add("sum", {sum(x)});
  record.add("mean", {mean(square(x))});
  record.add("max", {max(x)});
  record.add("min", {min(x)});
  record.add("dot", {dot(x, x)});
  record.add("count", {static_cast<double>(sum(x > 0.5))});
  record.add("fraction", {mean(x > 0.5)});
  record.add("finite", {static_cast<double>(all_finite(x))});
  x = x / 0;
  record.add("not finite", {1.0 - static_cast<double>(all_finite(x))});
  const On<double, Shape<dynamic, 7>> none(0);
  record.add("of nothing", {1 + sum(none), max(none)});
  const auto sums = sum_per_channel(none);
  record.add("1 + sum_per_channel of nothing", {1 + sum(sums)});
}

ON_BOTH("cuda: layouts", 0) {
  On<float, Image> planes(3);
  draw(planes.view(), 1);
  const auto pixels = to_layout<ChannelsLast>(planes);
  record.add("channels_last", pixels.view());
  const auto back = to_layout<Contiguous>(pixels);
  record.add("contiguous", back.view());
}

ON_BOTH("cuda: a tensor of given values", 0) {
  const On<float, Shape<2, 1, 1, 3>, ChannelsLast> flat{1, 2, 3, 4, 5, 6};
  record.add("one channel", flat.view());
  const On<float, Shape<1, 2, 1, 3>, ChannelsLast> pixels{1, 2, 3, 4, 5, 6};
  record.add("two channels", pixels.view());
}

}  // namespace
}  // namespace osteon
