// Definitions of model_file.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/model_file.hpp>

#include <string>
#include <vector>

namespace osteon::io {
namespace detail {

OSTEON_INLINE std::string mismatch(const SafetensorsFile& file,
                                   const std::vector<nn::LayerInfo>& layers) {
  std::vector<std::string> problems;
  std::size_t matched = 0, others = 0;
  const auto check = [&](const std::string& name, const std::vector<Index>& extents) {
    const TensorInfo* info = file.find(name);
    if (info == nullptr) {
      problems.push_back(concat("missing ", name));
      return;
    }
    ++matched;
    if (info->shape != extents) {
      problems.push_back(concat(name, " is ", shape_text(info->shape), " in the file and ",
                                shape_text(extents), " in the network"));
    }
  };
  for (const nn::LayerInfo& layer : layers) {
    for (const nn::Parameter& p : layer.parameters) check(p.name, p.extents);
    for (const nn::NamedBuffer& b : layer.buffers) check(b.name, {b.size});
  }
  for (const TensorInfo& info : file.tensors()) {
    if (info.name.ends_with(batches_name)) ++others;
  }
  if (const std::size_t rest = file.tensors().size() - matched - others; rest > 0) {
    problems.push_back(concat(rest, " tensors that the network does not have"));
  }
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < 5; ++i) {
    text += concat(i == 0 ? "" : "; ", problems[i]);
  }
  if (problems.size() > 5) text += concat("; and ", problems.size() - 5, " more");
  return text;
}

}  // namespace detail

}  // namespace osteon::io
