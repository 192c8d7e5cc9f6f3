// Definitions of foreign_format.hpp.
#pragma once

#include <osteon/core/inline.hpp>
#include <osteon/io/foreign_format.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace osteon::io {

OSTEON_INLINE std::string foreign_format(std::string_view content) {
  using namespace std::string_view_literals;
  constexpr std::string_view convert =
      "; convert it where PyTorch is: python3 -c \"import torch, safetensors.torch as s; "
      "d = torch.load('FILE.pth', map_location='cpu'); s.save_file({k: v.contiguous() for k, v in "
      "d.get('state_dict', d).items()}, 'FILE.safetensors')\"";
  struct Format {
    std::size_t at;
    std::string_view magic;
    std::string_view what;
    std::string_view advice;
  };
  static constexpr Format formats[] = {
      {0, "PK\x03\x04"sv, "is a zip archive, as torch.save() writes it (.pth, .pt)", convert},
      {257, "ustar"sv, "is a tar archive, as PyTorch before 0.1.10 wrote it (.pth)", convert},
      {0, "\x80\x02"sv, "is a Python pickle, as PyTorch before 1.6 wrote it (.pth, .th)", convert},
      {0, "\x80\x03"sv, "is a Python pickle", convert},
      {0, "\x80\x04"sv, "is a Python pickle", convert},
      {0, "\x80\x05"sv, "is a Python pickle", convert},
      {0, "\x89HDF\r\n"sv, "is an HDF5 file, as Keras writes it (.h5)",
       "; its weights must be exported under PyTorch's names and in its order"},
      {0, "version https://git-lfs"sv, "is a pointer of Git LFS, not the file itself",
       "; fetch it: git lfs pull"},
      {0, "<!DOCTYPE"sv, "is a web page", "; the download failed: check the address"},
      {0, "<html"sv, "is a web page", "; the download failed: check the address"},
  };
  for (const Format& format : formats) {
    if (content.size() >= format.at + format.magic.size() &&
        content.substr(format.at).starts_with(format.magic)) {
      return std::string(format.what) + ", not a safetensors file" + std::string(format.advice);
    }
  }
  return {};
}

}  // namespace osteon::io
