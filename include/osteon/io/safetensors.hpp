// The safetensors format: named tensors in one file that holds no code.
//
//   8 bytes   length of the header, little-endian
//   header    JSON: {"__metadata__": {"key": "text"},
//                    "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}
//   data      the tensors, row-major, little-endian, back to back; offsets count from here
//
// Specification: https://github.com/huggingface/safetensors, section "Format".
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/io/atomic_file.hpp>
#include <osteon/io/dtype.hpp>
#include <osteon/io/foreign_format.hpp>
#include <osteon/io/json.hpp>
#include <osteon/io/model_state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace osteon::io {

/// What a safetensors header says about one tensor.
struct TensorInfo {
  std::string name;
  std::string dtype;                ///< "F32", "I64", ...
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::size_t begin = 0;            ///< its bytes: [begin, end) from the start of the data
  std::size_t end = 0;

  [[nodiscard]] std::size_t byte_count() const { return end - begin; }
  /// The number of elements; the shape of a tensor in a SafetensorsFile is known not to overflow.
  [[nodiscard]] std::size_t element_count() const {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    return count;
  }
};

namespace detail {

/// The format's limit on the header; a longer one is taken for damage.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

/// The bytes a tensor takes, or nothing if that overflows, a size is negative or the dtype is
/// unknown.
inline std::optional<std::size_t> tensor_bytes(std::string_view dtype,
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

/// A safetensors file in memory, checked: every tensor's bytes are there, as many as its dtype and
/// shape ask for, and no byte of the data belongs to none or to two of them.
class SafetensorsFile {
 public:
  /// Reads the whole file. Throws Error naming the file, the place and the damage.
  [[nodiscard]] static SafetensorsFile read(const std::filesystem::path& path) {
    return SafetensorsFile(read_file(path), path.string());
  }
  /// Parses the content of a file; `where` opens the error messages.
  [[nodiscard]] static SafetensorsFile parse(std::string content, std::string where) {
    return SafetensorsFile(std::move(content), std::move(where));
  }

  /// The path, as error messages give it.
  [[nodiscard]] const std::string& where() const { return where_; }
  /// In the order of the header.
  [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return tensors_; }
  [[nodiscard]] const Metadata& metadata() const { return metadata_; }

  /// nullptr if there is no such tensor.
  [[nodiscard]] const TensorInfo* find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &tensors_[found->second];
  }
  /// The tensor of that name, or Error.
  [[nodiscard]] const TensorInfo& at(std::string_view name) const {
    const TensorInfo* info = find(name);
    require(info != nullptr, where_, ": there is no tensor \"", name, "\" among its ",
            tensors_.size(), "; is it a file of another network?");
    return *info;
  }

  /// The stored bytes, possibly unaligned. Valid as long as this object.
  [[nodiscard]] std::span<const std::byte> bytes(const TensorInfo& info) const {
    return std::as_bytes(std::span(content_)).subspan(data_begin_ + info.begin, info.byte_count());
  }
  [[nodiscard]] std::span<const std::byte> bytes(std::string_view name) const {
    return bytes(at(name));
  }

  /// The elements as T, row-major (see convert_elements for what converts to what).
  template <class T>
  [[nodiscard]] std::vector<T> read_as(std::string_view name) const {
    const TensorInfo& info = at(name);
    return convert_elements<T>(info.dtype, bytes(info), concat(where_, ": tensor \"", name, '"'));
  }

 private:
  SafetensorsFile(std::string content, std::string where)
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

  [[nodiscard]] Json parse_header() {
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

  void read_metadata(const Json& entry) {
    require(entry.is_object(), where_, ": __metadata__ must be an object of texts");
    for (const auto& [key, value] : entry.items()) {
      require(value.is_string(), where_, ": __metadata__ \"", key,
              "\" must be a text; the format allows nothing else there");
      metadata_.emplace(key, value.get<std::string>());
    }
  }

  [[nodiscard]] TensorInfo read_tensor(const std::string& name, const Json& entry) const {
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
            shape_text(info.shape), " takes ",
            expected ? concat(*expected) : std::string("too many"), " bytes, but data_offsets [",
            info.begin, ", ", info.end, "] hold ", info.byte_count(), "; the header is damaged");
    return info;
  }

  /// Sorted by offset, the tensors must follow one another without a hole up to the last byte.
  void check_coverage() const {
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

  std::string content_;
  std::string where_;
  std::size_t data_begin_ = 0;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  Metadata metadata_;
};

/// A tensor to be written; `bytes` are its elements, row-major.
struct TensorToWrite {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Names `values` for writing, with the dtype of their type. They must outlive the writing.
template <class T>
[[nodiscard]] TensorToWrite tensor_to_write(std::string name, std::vector<std::int64_t> shape,
                                            std::span<const T> values) {
  return {std::move(name), std::string(dtype_of<T>()), std::move(shape), std::as_bytes(values)};
}

namespace detail {

/// What a safetensors file begins with, and its tensors in the order of their data.
struct SafetensorsLayout {
  std::string head;
  std::vector<const TensorToWrite*> order;
};

/// The header is padded with spaces to a multiple of 8 and wider elements come first (stable), so
/// that every tensor in the file is aligned.
inline SafetensorsLayout lay_out_safetensors(const std::filesystem::path& path,
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

/// Writes a safetensors file atomically.
inline void write_safetensors(const std::filesystem::path& path,
                              std::span<const TensorToWrite> tensors,
                              const Metadata& metadata = {}) {
  const detail::SafetensorsLayout layout = detail::lay_out_safetensors(path, tensors, metadata);
  AtomicFile file(path);
  file.write(layout.head);
  for (const TensorToWrite* tensor : layout.order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace osteon::io
