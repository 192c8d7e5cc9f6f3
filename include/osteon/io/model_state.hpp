// What files hold of a model: a view without the network's type.
#pragma once

#include <osteon/nn/description.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace osteon::io {

/// A file's free text, by name.
using Metadata = std::map<std::string, std::string>;

/// A network's table and numbers without its type, so that files are read and written by one
/// function per scalar. T may be const.
template <class T>
struct ModelState {
  const std::vector<nn::LayerInfo>& layers;
  std::span<T> parameters;
  std::span<T> buffers;
  /// Training batches behind it.
  std::int64_t batches_tracked = 0;
};
template <class Model>
[[nodiscard]] ModelState<const typename Model::value_type> state_of(const Model& model) {
  return {Model::layers(), model.parameters().span(), model.buffers(), model.batches_tracked()};
}
template <class Model>
[[nodiscard]] ModelState<typename Model::value_type> state_of(Model& model) {
  return {Model::layers(), model.parameters().span(), model.buffers(), model.batches_tracked()};
}

}  // namespace osteon::io
