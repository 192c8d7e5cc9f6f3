// Convolution on the CPU, as matrix products over channels-last memory.
//
// x is (N, H, W, C); the weight is (O, kernel, kernel, C): PyTorch's (O, C, kernel, kernel) in
// channels_last; y is (N, OH, OW, O). An output pixel is a row, a weight's filter is a row, and the
// convolution is one product: rows of patches (im2col) times transposed filters. Work is cut into
// tiles that no two threads share, with boundaries that do not depend on the number of threads.
#pragma once

#include <osteon/core/device.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/gemm.hpp>
#include <osteon/cpu/parallel.hpp>

#include <algorithm>
#include <cstring>

namespace osteon {

namespace cpu {

/// The output pixel of a row, and where its patch begins in the input (may be outside).
struct PatchOrigin {
  Index sample, top, left;

  PatchOrigin(const Conv2dGeometry& g, Index row)
      : sample(row / (g.out_height * g.out_width)),
        top((row / g.out_width) % g.out_height * g.stride - g.padding),
        left(row % g.out_width * g.stride - g.padding) {}
};

/// Copies the taps [first_tap, last_tap) of the patches of rows [begin, end) into `patches`,
/// (end - begin) x (taps * in_channels); zeros where a tap lies in the padding.
template <class T>
void gather_patches(const Conv2dGeometry& g, const T* x, Index begin, Index end, Index first_tap,
                    Index last_tap, T* patches) {
  const auto bytes = static_cast<std::size_t>(g.in_channels) * sizeof(T);
  for (Index row = begin; row < end; ++row) {
    const PatchOrigin origin(g, row);
    const T* sample = x + origin.sample * g.in_height * g.in_width * g.in_channels;
    for (Index tap = first_tap; tap < last_tap; ++tap, patches += g.in_channels) {
      const Index h = origin.top + tap / g.kernel;
      const Index w = origin.left + tap % g.kernel;
      if (h >= 0 && h < g.in_height && w >= 0 && w < g.in_width) {
        std::memcpy(patches, sample + (h * g.in_width + w) * g.in_channels, bytes);
      } else {
        std::memset(patches, 0, bytes);
      }
    }
  }
}

/// A 1x1 convolution of stride 1 reads its input as it lies.
inline bool is_pointwise(const Conv2dGeometry& g) {
  return g.kernel == 1 && g.stride == 1 && g.padding == 0;
}

/// Rows of a tile: patches that fit the cache, and enough rows for the product to be efficient.
inline Index tile_rows(const Conv2dGeometry& g, Index columns) {
  return std::clamp<Index>((Index{1} << 18) / columns, 64, std::max<Index>(64, g.rows()));
}

}  // namespace cpu

/// y = conv(x, weight) + bias; bias may be null.
template <class T>
void conv2d_forward(Cpu, const Conv2dGeometry& g, const T* x, const T* weight, const T* bias,
                    T* y) {
  const Index rows = g.rows();
  const Index tile = cpu::tile_rows(g, g.patch());
  const Index row_tiles = (rows + tile - 1) / tile;
  // Few rows (small images, small batches): cut the filters as well.
  const Index filters = row_tiles < 8 ? std::min<Index>(g.out_channels, 64) : g.out_channels;
  const Index filter_tiles = (g.out_channels + filters - 1) / filters;
  cpu::parallel_for(row_tiles * filter_tiles, [&](Index i) {
    const Index begin = i / filter_tiles * tile;
    const Index end = std::min(rows, begin + tile);
    const Index first = i % filter_tiles * filters;
    const Index count = std::min(filters, g.out_channels - first);
    const T* patches = x + begin * g.in_channels;
    if (!cpu::is_pointwise(g)) {
      T* memory = cpu::scratch<T>(tile * g.patch());
      cpu::gather_patches(g, x, begin, end, 0, g.kernel * g.kernel, memory);
      patches = memory;
    }
    auto out = cpu::matrix(y + begin * g.out_channels + first, end - begin, count, g.out_channels);
    out.noalias() = cpu::matrix(patches, end - begin, g.patch()) *
                    cpu::matrix(weight + first * g.patch(), count, g.patch()).transpose();
    if (bias != nullptr) out.rowwise() += cpu::matrix(bias + first, 1, count).row(0);
  });
}

/// dx = the gradient of x. Tap by tap: the gradient of the tap's inputs is one product, which is
/// added to where the tap reads.
template <class T>
void conv2d_backward_input(Cpu, const Conv2dGeometry& g, const T* dy, const T* weight, T* dx) {
  const Index pixels = g.out_height * g.out_width;
  const Index samples = std::clamp<Index>(1024 / pixels, 1, g.batch);
  const Index groups = (g.batch + samples - 1) / samples;
  // Few groups (small batches): cut the input channels as well, into blocks of whole vectors.
  const Index block =
      groups < 8 ? std::min(g.in_channels, std::max<Index>(16, g.in_channels * groups / 128 * 16))
                 : g.in_channels;
  const Index blocks = (g.in_channels + block - 1) / block;
  const Index in_pixels = g.in_height * g.in_width;
  cpu::parallel_for(groups * blocks, [&](Index i) {
    const Index first_sample = i / blocks * samples;
    const Index last_sample = std::min(g.batch, first_sample + samples);
    const Index begin = first_sample * pixels;
    const Index end = last_sample * pixels;
    const Index first = i % blocks * block;
    const Index count = std::min(block, g.in_channels - first);
    cpu::matrix(dx + first_sample * in_pixels * g.in_channels + first,
                (last_sample - first_sample) * in_pixels, count, g.in_channels)
        .setZero();
    T* gradient = cpu::scratch<T>((end - begin) * count);
    for (Index tap = 0; tap < g.kernel * g.kernel; ++tap) {
      cpu::matrix(gradient, end - begin, count).noalias() =
          cpu::matrix(dy + begin * g.out_channels, end - begin, g.out_channels) *
          cpu::matrix(weight + tap * g.in_channels + first, g.out_channels, count, g.patch());
      for (Index row = begin; row < end; ++row) {
        const cpu::PatchOrigin origin(g, row);
        const Index h = origin.top + tap / g.kernel;
        const Index w = origin.left + tap % g.kernel;
        if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) continue;
        T* target =
            dx + ((origin.sample * g.in_height + h) * g.in_width + w) * g.in_channels + first;
        cpu::matrix(target, 1, count) += cpu::matrix(gradient + (row - begin) * count, 1, count);
      }
    }
  });
}

/// dweight += the gradient of the weight; dbias += that of the bias, if not null.
template <class T>
void conv2d_backward_weight(Cpu, const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  const Index rows = g.rows();
  const Index all_taps = g.kernel * g.kernel;
  // A tile is a few taps, so that threads write different columns of dweight.
  const Index taps = std::clamp<Index>(128 / g.in_channels, 1, all_taps);
  const Index tiles = (all_taps + taps - 1) / taps;
  const Index block = tiles < 4 ? std::min<Index>(g.out_channels, 64) : g.out_channels;
  const Index blocks = (g.out_channels + block - 1) / block;
  const Index tile = cpu::tile_rows(g, taps * g.in_channels);
  cpu::parallel_for(tiles * blocks, [&](Index i) {
    const Index first_tap = i / blocks * taps;
    const Index last_tap = std::min(all_taps, first_tap + taps);
    const Index columns = (last_tap - first_tap) * g.in_channels;
    const Index first = i % blocks * block;
    const Index count = std::min(block, g.out_channels - first);
    auto gradient = cpu::matrix(dweight + first * g.patch() + first_tap * g.in_channels, count,
                                columns, g.patch());
    for (Index begin = 0; begin < rows; begin += tile) {
      const Index end = std::min(rows, begin + tile);
      const T* patches = x + begin * g.in_channels;
      if (!cpu::is_pointwise(g)) {
        T* memory = cpu::scratch<T>(tile * columns);
        cpu::gather_patches(g, x, begin, end, first_tap, last_tap, memory);
        patches = memory;
      }
      gradient.noalias() +=
          cpu::matrix(dy + begin * g.out_channels + first, end - begin, count, g.out_channels)
              .transpose() *
          cpu::matrix(patches, end - begin, columns);
    }
  });
  if (dbias != nullptr) {
    cpu::matrix(dbias, 1, g.out_channels) += cpu::matrix(dy, rows, g.out_channels).colwise().sum();
  }
}

}  // namespace osteon
