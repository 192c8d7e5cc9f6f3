#include "both.hpp"

#include <vector>

namespace osteon {
namespace {

using test::Device;
using test::drawn;

ON_BOTH("cuda: cross-entropy", 1e-14) {
  constexpr Index batch = 17, classes = 5;
  const auto logits = drawn<double>(batch * classes, 1);
  std::vector<int> labels;
  for (int n = 0; n < batch; ++n) labels.push_back(n * 3 % classes);
  for (const double smoothing : {0.0, 0.1}) {
    auto dlogits = drawn<double>(batch * classes, 2);
    record.add("loss", {cross_entropy(Device{}, batch, classes, logits.data(), labels, smoothing,
                                      dlogits.data())});
    record.add("gradient", dlogits);
    record.add("loss alone", {cross_entropy(Device{}, batch, classes, logits.data(), labels,
                                            smoothing, static_cast<double*>(nullptr))});
  }
}

// exp would overflow without the largest logit taken out.
ON_BOTH("cuda: cross-entropy of large logits", 1e-6) {
  auto logits = drawn<float>(6, 1);
  HostMirror mirror(Device{}, logits.data(), 6);
  for (float& value : mirror.span()) value *= 2000;
  mirror.write_back();
  auto dlogits = drawn<float>(6, 2);
  const std::vector<int> labels{0, 2};
  record.add("loss", {cross_entropy(Device{}, 2, 3, static_cast<const float*>(logits.data()),
                                    labels, 0.0, dlogits.data())});
  record.add("gradient", dlogits);
}

}  // namespace
}  // namespace osteon
