// Definitions of safetensors.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/foreign_format.hpp>
#include <osteon/io/safetensors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::io {

OSTEON_INLINE std::size_t TensorInfo::element_count() const {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

namespace detail {

/// The format's limit on the header; a longer one is taken for damage.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

/// The bytes a tensor takes, or nothing if that overflows, a size is negative or the dtype is
/// unknown.
OSTEON_INLINE std::optional<std::size_t> tensor_bytes(std::string_view dtype,
                                                      std::span<const std::int64_t> shape) {
  const auto element = dtype_size(dtype);
  if (!element || std::ranges::any_of(shape, [](auto size) { return size < 0; })) return {};
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  std::size_t bytes = *element;
  for (const std::int64_t size : shape) {
    const auto factor = static_cast<std::size_t>(size);
    if (bytes > std::numeric_limits<std::size_t>::max() / factor) return {};
    bytes *= factor;
  }
  return bytes;
}

}  // namespace detail

OSTEON_INLINE const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

OSTEON_INLINE const TensorInfo& SafetensorsFile::at(std::string_view name) const {
  const TensorInfo* info = find(name);
  require(info != nullptr, where_, ": there is no tensor \"", name, "\" among its ",
          tensors_.size(), "; is it a file of another network?");
  return *info;
}

OSTEON_INLINE SafetensorsFile::SafetensorsFile(std::string content, std::string where)
    : content_(std::move(content)), where_(std::move(where)) {
  const Json header = parse_header();
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      read_metadata(entry);
    } else {
      tensors_.push_back(read_tensor(name, entry));
      index_.emplace(name, tensors_.size() - 1);
    }
  }
  check_coverage();
}

OSTEON_INLINE Json SafetensorsFile::parse_header() {
  constexpr std::string_view advice = "; the file is damaged or not a safetensors file";
  require(content_.size() >= 8, where_, ": ", content_.size(),
          " bytes are too few for a safetensors file, which starts with 8 bytes of header length",
          advice);
  std::uint64_t length = 0;
  std::memcpy(&length, content_.data(), sizeof length);
  const std::string foreign =
      length <= detail::max_safetensors_header ? std::string() : foreign_format(content_);
  require(foreign.empty(), where_, " ", foreign);
  require(length <= detail::max_safetensors_header, where_, ": byte 0: a header of ", length,
          " bytes is longer than the format's limit of ", detail::max_safetensors_header, advice);
  require(length <= content_.size() - 8, where_, ": byte 0: a header of ", length,
          " bytes doesn't fit a file of ", content_.size(),
          "; the file is cut short: copy or download it again");
  require(length >= 2 && content_[8] == '{', where_,
          ": byte 8: expected the header, a JSON object starting with '{'", advice);
  data_begin_ = 8 + static_cast<std::size_t>(length);
  Json header = parse_json(std::string_view(content_).substr(8, static_cast<std::size_t>(length)),
                           concat(where_, ": header (bytes 8 to ", data_begin_, ")"));
  return header;
}

OSTEON_INLINE void SafetensorsFile::read_metadata(const Json& entry) {
  require(entry.is_object(), where_, ": __metadata__ must be an object of texts");
  for (const auto& [key, value] : entry.items()) {
    require(value.is_string(), where_, ": __metadata__ \"", key,
            "\" must be a text; the format allows nothing else there");
    metadata_.emplace(key, value.get<std::string>());
  }
}

OSTEON_INLINE TensorInfo SafetensorsFile::read_tensor(const std::string& name,
                                                      const Json& entry) const {
  const std::string tensor = concat(where_, ": tensor \"", name, "\": ");
  const auto is_count = [](const Json& value) {
    return value.is_number_unsigned() &&
           value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
  };
  const auto counts = [&](const char* key) {
    const auto found = entry.find(key);
    require(found != entry.end() && found->is_array() && std::ranges::all_of(*found, is_count),
            tensor, key, " must be a list of whole numbers that aren't negative");
    return found->get<std::vector<std::int64_t>>();
  };

  require(entry.is_object(), tensor, "expected an object with dtype, shape and data_offsets");
  const auto dtype = entry.find("dtype");
  require(dtype != entry.end() && dtype->is_string(), tensor, "dtype is missing or not a text");
  TensorInfo info{.name = name, .dtype = dtype->get<std::string>(), .shape = counts("shape")};
  require(dtype_size(info.dtype).has_value(), tensor, "unknown dtype \"", info.dtype,
          "\"; known are F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64 to I8, U64 to U8 and BOOL");

  const std::vector<std::int64_t> offsets = counts("data_offsets");
  require(offsets.size() == 2, tensor, "data_offsets must be [begin, end]");
  info.begin = static_cast<std::size_t>(offsets[0]);
  info.end = static_cast<std::size_t>(offsets[1]);
  const std::size_t data_size = content_.size() - data_begin_;
  require(info.begin <= info.end, tensor, "data_offsets [", info.begin, ", ", info.end,
          "] run backwards; the header is damaged");
  require(info.end <= data_size, tensor, "data_offsets end at ", info.end, " but the data has ",
          data_size, " bytes; the file is cut short: copy or download it again");
  const auto expected = detail::tensor_bytes(info.dtype, info.shape);
  require(expected && *expected == info.byte_count(), tensor, info.dtype, " ",
          shape_text(info.shape), " takes ", expected ? concat(*expected) : std::string("too many"),
          " bytes, but data_offsets [", info.begin, ", ", info.end, "] hold ", info.byte_count(),
          "; the header is damaged");
  return info;
}

OSTEON_INLINE void SafetensorsFile::check_coverage() const {
  std::vector<const TensorInfo*> sorted;
  for (const TensorInfo& info : tensors_) sorted.push_back(&info);
  std::ranges::sort(sorted, {}, [](const TensorInfo* t) { return std::pair(t->begin, t->end); });
  std::size_t position = 0;
  for (const TensorInfo* info : sorted) {
    require(info->begin == position, where_, ": tensor \"", info->name, "\" starts at data byte ",
            info->begin, " but ", position, " was expected: ",
            info->begin < position ? "it overlaps another tensor" : "bytes before it are unused",
            "; the header is damaged");
    position = info->end;
  }
  require(data_begin_ + position == content_.size(), where_, ": the tensors end at data byte ",
          position, " but the file has ", content_.size() - data_begin_,
          " data bytes; it was written wrongly or something was appended");
}

namespace detail {

OSTEON_INLINE SafetensorsLayout lay_out_safetensors(const std::filesystem::path& path,
                                                    std::span<const TensorToWrite> tensors,
                                                    const Metadata& metadata) {
  SafetensorsLayout layout;
  for (const TensorToWrite& tensor : tensors) {
    const auto expected = tensor_bytes(tensor.dtype, tensor.shape);
    require(expected.has_value(), path.string(), ": tensor \"", tensor.name, "\": ", tensor.dtype,
            " ", shape_text(tensor.shape), " can't be stored: unknown dtype or bad shape");
    require(*expected == tensor.bytes.size(), path.string(), ": tensor \"", tensor.name,
            "\": ", tensor.dtype, " ", shape_text(tensor.shape), " takes ", *expected,
            " bytes but was given ", tensor.bytes.size());
    layout.order.push_back(&tensor);
  }
  std::ranges::stable_sort(layout.order, std::ranges::greater{},
                           [](const TensorToWrite* tensor) { return *dtype_size(tensor->dtype); });

  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t position = 0;
  for (const TensorToWrite* tensor : layout.order) {
    require(tensor->name != "__metadata__" && !header.contains(tensor->name), path.string(),
            ": the tensor name \"", tensor->name, "\" is reserved or given twice");
    header[tensor->name] = {{"dtype", tensor->dtype},
                            {"shape", tensor->shape},
                            {"data_offsets", {position, position + tensor->bytes.size()}}};
    position += tensor->bytes.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::exception& error) {
    fail(path.string(), ": a tensor name or a metadata text isn't UTF-8 (", error.what(), ")");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  require(length <= max_safetensors_header, path.string(), ": a header of ", length,
          " bytes is longer than the format's limit of ", max_safetensors_header);
  layout.head.resize(sizeof length);
  std::memcpy(layout.head.data(), &length, sizeof length);
  layout.head += text;
  return layout;
}

}  // namespace detail

OSTEON_INLINE void write_safetensors(const std::filesystem::path& path,
                                     std::span<const TensorToWrite> tensors,
                                     const Metadata& metadata) {
  const detail::SafetensorsLayout layout = detail::lay_out_safetensors(path, tensors, metadata);
  AtomicFile file(path);
  file.write(layout.head);
  for (const TensorToWrite* tensor : layout.order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace osteon::io
