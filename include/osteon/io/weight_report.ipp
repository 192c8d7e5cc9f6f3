// Definitions of weight_report.hpp.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/inline.hpp>
#include <osteon/io/dtype.hpp>
#include <osteon/io/weight_report.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::io {

namespace detail {

OSTEON_INLINE std::vector<std::string> by_layer(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::vector<std::string>>> layers;
  for (const std::string& name : names) {
    const std::size_t dot = name.rfind('.');
    const std::string layer = dot == std::string::npos ? "" : name.substr(0, dot);
    if (layers.empty() || layers.back().first != layer || layer.empty())
      layers.push_back({layer, {}});
    layers.back().second.push_back(dot == std::string::npos ? name : name.substr(dot + 1));
  }
  std::vector<std::string> texts;
  for (const auto& [layer, parts] : layers) {
    std::string text;
    for (const std::string& part : parts) text += concat(text.empty() ? "" : ", ", part);
    texts.push_back(layer.empty()       ? text
                    : parts.size() == 1 ? concat(layer, '.', text)
                                        : concat(layer, ".{", text, '}'));
  }
  return texts;
}

/// A row of the table: what, how many, and which, over as many lines as that takes.
OSTEON_INLINE void append_row(std::string& table, std::string_view what, std::size_t count,
                              const std::vector<std::string>& items) {
  constexpr std::size_t indent = 20, width = 100;
  if (count == 0) return;
  std::string line = concat("  ", what);
  line.resize(12, ' ');
  const std::string number = std::to_string(count);
  line += concat(std::string(5 - std::min<std::size_t>(5, number.size()), ' '), number, "   ");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? ", " : "");
    if (line.size() > indent && line.size() + item.size() > width) {
      table += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
      line.assign(indent, ' ');
    }
    line += item;
  }
  table += line + '\n';
}

}  // namespace detail

OSTEON_INLINE std::string to_string(const WeightReport& report) {
  std::vector<std::string> reshaped, folded;
  for (const ReshapedTensor& tensor : report.reshaped)
    reshaped.push_back(concat(tensor.name, ' ', shape_text(tensor.in_file), " in the file, ",
                              shape_text(tensor.in_network), " in the network"));
  for (const auto& [convolution, bias] : report.folded_biases) folded.push_back(convolution);
  std::string table = report.complete() ? "complete: every tensor of the network was loaded\n"
                                        : "partial: what is missing or reshaped keeps its "
                                          "initial values\n";
  detail::append_row(table, "loaded", report.loaded.size(), detail::by_layer(report.loaded));
  detail::append_row(table, "missing", report.missing.size(), detail::by_layer(report.missing));
  detail::append_row(table, "reshaped", reshaped.size(), reshaped);
  detail::append_row(table, "folded", folded.size(), folded);
  if (!folded.empty())
    table += std::string(20, ' ') + "(with their batch normalisation, which is to be restored)\n";
  detail::append_row(table, "unexpected", report.unexpected.size(),
                     detail::by_layer(report.unexpected));
  return table;
}

}  // namespace osteon::io
