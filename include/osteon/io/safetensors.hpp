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
#include <osteon/io/json.hpp>
#include <osteon/io/model_state.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
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
  [[nodiscard]] std::size_t element_count() const;
};

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
  [[nodiscard]] const TensorInfo* find(std::string_view name) const;
  /// The tensor of that name, or Error.
  [[nodiscard]] const TensorInfo& at(std::string_view name) const;

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
  SafetensorsFile(std::string content, std::string where);
  [[nodiscard]] Json parse_header();
  void read_metadata(const Json& entry);
  [[nodiscard]] TensorInfo read_tensor(const std::string& name, const Json& entry) const;

  /// Sorted by offset, the tensors must follow one another without a hole up to the last byte.
  void check_coverage() const;

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
SafetensorsLayout lay_out_safetensors(const std::filesystem::path& path,
                                      std::span<const TensorToWrite> tensors,
                                      const Metadata& metadata);

}  // namespace detail

/// Writes a safetensors file atomically.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                       const Metadata& metadata = {});

}  // namespace osteon::io

#if !defined(OSTEON_COMPILED)
#include <osteon/io/safetensors.ipp>
#endif
