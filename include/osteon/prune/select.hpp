// From scores to a mask: which of the weights that are still there go next.
//
// Weights are ordered by (score, layer, flat index), so equal scores never remove more than was
// asked for; what is removed is never revived. They are ranked where they lie: the scores do not
// leave their device.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/error.hpp>
#include <osteon/core/layout.hpp>
#include <osteon/core/ranking.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/core/tensor.hpp>
#include <osteon/nn/description.hpp>
#include <osteon/prune/mask.hpp>
#include <osteon/prune/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace osteon::prune {

enum class Scope {
  global,  // one ranking over all layers
  layer,   // every layer loses the same share
};

struct SelectionOptions {
  Scope scope = Scope::global;
  /// Leave the last layer dense; it then counts as not prunable.
  bool dense_classifier = false;
  /// At least this share of each layer is kept. SynFlow may remove a shortcut convolution entirely,
  /// because the block beside it still carries the flow; 0.01 prevents that.
  double layer_floor = 0;
};

/// The weight tensors that may lose weights, in network order.
[[nodiscard]] std::vector<nn::Parameter> prunable_parameters(
    const std::vector<nn::LayerInfo>& layers, const SelectionOptions& options);

template <class Model>
[[nodiscard]] std::vector<nn::Parameter> prunable_parameters(const SelectionOptions& options) {
  return prunable_parameters(Model::layers(), options);
}

/// The fewest weights of a tensor that a floor leaves, rounded up.
[[nodiscard]] inline Index floor_count(Index size, double floor) {
  return static_cast<Index>(std::ceil(floor * static_cast<double>(size)));
}

/// One value per parameter of a model, in memory of its device. Any view that converts to it will
/// do: as an argument it deduces nothing.
template <class Model>
using Scores = std::type_identity_t<TensorView<const double, Shape<Model::parameter_count>,
                                               Contiguous, typename Model::device_type>>;

namespace detail {

/// Weights that are ranked together, and how many of them go.
template <class Device>
struct Selection {
  Ranking<Device> ranking;
  Index surplus;
};

/// Chooses among the weights of some tensors, which messages call `where`; removes nothing yet.
template <class Device>
[[nodiscard]] Selection<Device> select(Device, std::span<const nn::Parameter> tensors,
                                       std::string_view where, const double* scores,
                                       std::uint8_t* mask, double share,
                                       const SelectionOptions& options) {
  const Index first = tensors.front().offset;
  const Index last = tensors.back().offset + tensors.back().size;
  Ranking<Device> ranking(scores + first, mask + first, last - first);
  Index total = 0, kept = 0, nonzero = 0, floors = 0;
  for (const nn::Parameter& tensor : tensors) {
    const Index begin = tensor.offset - first;
    const Census census = ranking.add(begin, begin + tensor.size);
    require(census.not_finite == Census::none, "the score of weight ", census.not_finite - begin,
            " of ", tensor.name,
            " is not finite; score in double (float overflows on deep networks), and check that "
            "the weights are finite");
    const Index floor = std::min(census.kept, floor_count(tensor.size, options.layer_floor));
    ranking.spare_highest(floor);
    total += tensor.size;
    kept += census.kept;
    nonzero += census.nonzero;
    floors += floor;
  }
  Index keep = kept_count(total, share);
  if (options.scope == Scope::layer) keep = std::max(keep, floors);
  require(floors <= keep, "the floor of ", options.layer_floor, " per layer keeps ", floors,
          " weights, but only ", keep, " are to be kept; lower the floor or the sparsity");
  // Some zeros are normal: they are the weights that no flow reaches, and go first. All zeros rank
  // nothing: a threshold would be 0, and as every score is >= 0, would remove nothing.
  const Index surplus = std::max<Index>(kept - keep, 0);
  require(surplus == 0 || nonzero > 0, "degenerate threshold: every weight left in ", where,
          " scores exactly 0, so there is no telling which to keep. The weights or gradients have "
          "collapsed, or the network is cut in two; check its weights, and prune in more "
          "iterations");
  return {std::move(ranking), surplus};
}

}  // namespace detail

/// Removes the lowest-scored weights until `share` of the prunable ones (see kept_count) are left.
/// Fails on a score that is not finite, on scores that are all zero, and where floors ask for more
/// than is to be kept; the mask is then as it was.
template <class Model>
void keep_best(Mask<Model>& mask, const Scores<Model>& scores, double share,
               const SelectionOptions& options = {}) {
  using Device = typename Model::device_type;
  const std::vector<nn::Parameter> tensors = prunable_parameters<Model>(options);
  std::vector<detail::Selection<Device>> selections;
  const auto add = [&](std::span<const nn::Parameter> together, std::string_view where) {
    selections.push_back(detail::select(Device{}, together, where, scores.data(),
                                        mask.view().data(), share, options));
  };
  if (options.scope == Scope::layer) {
    for (const nn::Parameter& tensor : tensors) add({&tensor, 1}, tensor.name);
  } else if (!tensors.empty()) {
    add(tensors, "the network");
  }
  for (auto& selection : selections) selection.ranking.remove_lowest(selection.surplus);
}

/// The same with scores in host memory, for models that lie there.
template <class Model>
requires is_host<typename Model::device_type>
void keep_best(Mask<Model>& mask, std::span<const double> scores, double share,
               const SelectionOptions& options = {}) {
  require(static_cast<Index>(scores.size()) == Model::parameter_count, "there are ", scores.size(),
          " scores for ", Model::parameter_count, " parameters; give each parameter one");
  keep_best(mask, Scores<Model>(scores.data()), share, options);
}

}  // namespace osteon::prune

#if !defined(OSTEON_COMPILED)
#include <osteon/prune/select.ipp>
#endif
