// Definitions of checkpoint.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/checkpoint.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace osteon::io {
namespace detail {

OSTEON_INLINE std::string network_digest(const std::vector<nn::LayerInfo>& layers) {
  std::string text;
  for (const nn::LayerInfo& layer : layers) {
    for (const nn::Parameter& p : layer.parameters)
      text += concat(p.name, ' ', shape_text(p.extents), ' ', p.offset, '\n');
    for (const nn::NamedBuffer& b : layer.buffers)
      text += concat(b.name, ' ', b.size, ' ', b.offset, '\n');
  }
  return to_hex(sha256(text));
}

OSTEON_INLINE std::vector<std::uint8_t> pack_bits(std::span<const std::uint8_t> mask) {
  std::vector<std::uint8_t> bits((mask.size() + 7) / 8);
  for (std::size_t i = 0; i < mask.size(); ++i)
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (mask[i] != 0 ? 1U << (i % 8) : 0U));
  return bits;
}

}  // namespace detail

OSTEON_INLINE std::filesystem::path previous_checkpoint(std::filesystem::path path) {
  const std::string extension = path.extension().string();
  return path.replace_extension(".previous" + extension);
}

namespace detail {

OSTEON_INLINE void keep_previous(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  const std::filesystem::path previous = previous_checkpoint(path);
  std::filesystem::remove(previous, error);
  std::filesystem::create_hard_link(path, previous, error);
  // Not every file system has links. What goes wrong here too, the renaming in commit() reports.
  if (error) std::filesystem::rename(path, previous, error);
}

}  // namespace detail

OSTEON_INLINE SafetensorsFile read_checkpoint(const std::filesystem::path& path) {
  std::string content = read_file(path);
  const std::size_t size = content.size() - std::min(content.size(), sizeof(Digest));
  const Digest digest = sha256(std::string_view(content).substr(0, size));
  require(std::ranges::equal(std::as_bytes(std::span(content)).subspan(size),
                             std::as_bytes(std::span(digest))),
          path.string(), " is damaged or no checkpoint: its last 32 bytes are not the SHA-256 of ",
          "the ", size, " before them");
  return SafetensorsFile::parse(std::move(content), path.string());
}

OSTEON_INLINE std::optional<SafetensorsFile> read_latest_checkpoint(
    const std::filesystem::path& path, const std::function<void(const std::string&)>& warn) {
  std::string damage;
  for (const auto& candidate : {path, previous_checkpoint(path)}) {
    if (!std::filesystem::exists(candidate)) continue;
    try {
      SafetensorsFile file = read_checkpoint(candidate);
      if (!damage.empty())
        warn(concat(damage, "; going on from the one before, ", candidate.string()));
      return file;
    } catch (const Error& error) {
      damage += concat(damage.empty() ? "" : "; ", error.what());
    }
  }
  require(damage.empty(), damage, "; no whole checkpoint is left");
  return std::nullopt;
}

}  // namespace osteon::io
