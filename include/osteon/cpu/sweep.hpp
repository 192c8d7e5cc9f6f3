// Direct convolution on the CPU, forward and to the input's gradient, over channels-last memory.
//
// A row is one output pixel. A register tile sums a few rows times two vectors of outputs over all
// taps and channels: each step broadcasts one channel of each row against two vectors of weights.
// Rows find their inputs through pointers, and a tap in the padding points at zeros, so there are
// no copies of patches and no special cases at borders. conv2d_sweep.hpp says what is swept for a
// convolution and its gradient.
//
// Work is cut into tiles that no two threads share, with boundaries that do not depend on the
// number of threads, so neither do the results.
#pragma once

#include <osteon/core/epilogue.hpp>
#include <osteon/core/geometry.hpp>
#include <osteon/cpu/parallel.hpp>
#include <osteon/cpu/scratch.hpp>
#include <osteon/cpu/simd.hpp>

#include <algorithm>
#include <array>

namespace osteon::cpu {

/// Rows on a grid that read pixels of a source and write pixels of a target.
struct Sweep {
  Index batch;
  Index grid_height, grid_width;  // rows of a sample
  Index source_height, source_width, source_channels;
  Index source_step;  // source pixels from one row to the next
  Index target_height, target_width, target_channels;
  Index target_step, target_top, target_left;  // where on the target the grid lies
  // Tap (i, j) reads the source pixel (down + i tap_step, right + j tap_step) from its row's
  // origin: `depth` consecutive numbers.
  Index tap_rows, tap_columns;
  Index down, right, tap_step;
  Index depth;

  [[nodiscard]] Index rows() const { return batch * grid_height * grid_width; }
  [[nodiscard]] Index taps() const { return tap_rows * tap_columns; }
  /// Elements of the source.
  [[nodiscard]] Index source() const {
    return batch * source_height * source_width * source_channels;
  }
  /// Weights of one output.
  [[nodiscard]] Index weights() const { return taps() * depth; }
  /// How far from the first tap's pixel tap (i, j) reads.
  [[nodiscard]] Index offset(Index i, Index j) const {
    return (i * source_width + j) * tap_step * source_channels;
  }
};

/// A row's place on the grid.
struct GridPoint {
  Index sample, top, left;
  GridPoint(const Sweep& s, Index row)
      : sample(row / (s.grid_height * s.grid_width)),
        top(row / s.grid_width % s.grid_height),
        left(row % s.grid_width) {}

  void advance(const Sweep& s) {
    if (++left < s.grid_width) return;
    left = 0;
    if (++top < s.grid_height) return;
    top = 0;
    ++sample;
  }

  /// Its first element on the target.
  [[nodiscard]] Index target(const Sweep& s) const {
    const Index h = top * s.target_step + s.target_top;
    const Index w = left * s.target_step + s.target_left;
    return ((sample * s.target_height + h) * s.target_width + w) * s.target_channels;
  }

  /// Where its first tap reads: a place to count from, even if it lies outside.
  template <class T>
  [[nodiscard]] const T* origin(const Sweep& s, const T* source) const {
    const Index h = top * s.source_step + s.down, w = left * s.source_step + s.right;
    return source + ((sample * s.source_height + h) * s.source_width + w) * s.source_channels;
  }
  /// Whether no tap reads outside.
  [[nodiscard]] bool inside(const Sweep& s) const {
    return contains(s.source_height, top * s.source_step + s.down, s.tap_rows, s.tap_step) &&
           contains(s.source_width, left * s.source_step + s.right, s.tap_columns, s.tap_step);
  }
  /// pixels[tap * distance] = where each tap reads, or `zeros` outside.
  template <class T>
  void find_pixels(const Sweep& s, const T* source, const T* zeros, Index distance,
                   const T** pixels) const {
    const T* const first = origin(s, source);
    for (Index i = 0; i < s.tap_rows; ++i) {
      const Index h = top * s.source_step + s.down + i * s.tap_step;
      for (Index j = 0; j < s.tap_columns; ++j, pixels += distance) {
        const Index w = left * s.source_step + s.right + j * s.tap_step;
        const bool read = contains(s.source_height, h) && contains(s.source_width, w);
        *pixels = read ? first + s.offset(i, j) : zeros;
      }
    }
  }

 private:
  /// Whether `count` coordinates from `first` on, `step` (1 or -1) apart, are below `size`.
  static bool contains(Index size, Index first, Index count = 1, Index step = 1) {
    const Index last = first + (count - 1) * step;
    return std::min(first, last) >= 0 && std::max(first, last) < size;
  }
};

/// Rows that are summed together, and where they read and write.
template <class T>
struct RowTile {
  Index count;                              // of the tile_rows
  bool inside;                              // no tap of any row reads outside
  std::array<const T*, tile_rows> origins;  // GridPoint::origin
  std::array<Index, tile_rows> targets;     // first elements
  const T** pixels;                         // tile_rows for each tap, if not inside
  const T* zeros;                           // what lies outside, depth elements

  /// Takes the rows from `at` on, of which `left` are left.
  void move_to(const Sweep& s, const GridPoint& at, Index left, const T* source) {
    count = std::min<Index>(tile_rows, left);
    inside = true;
    GridPoint row = at;
    for (std::size_t r = 0; r < tile_rows; ++r) {
      origins[r] = row.origin(s, source);
      targets[r] = row.target(s);
      inside = inside && row.inside(s);
      if (static_cast<Index>(r) + 1 < count) row.advance(s);  // surplus rows repeat the last one
    }
    if (inside) return;
    row = at;
    for (Index r = 0; r < tile_rows; ++r) {
      row.find_pixels(s, source, zeros, tile_rows, pixels + r);
      if (r + 1 < count) row.advance(s);
    }
  }
};

/// One tile: its rows times one block of outputs [first, first + tile_width). `weights` is the
/// block's, (taps, depth, tile_width).
template <class T>
void sweep_tile(const Sweep& s, const RowTile<T>& rows, const T* weights,
                const Epilogue<T>& epilogue, Index first, T* target) {
  constexpr Index half = Simd<T>::width;
  constexpr Index width = 2 * half;
  for (Index r = 0; r < rows.count; ++r) {
    // Written long after: the memory is on its way by then.
    const T* const to = target + rows.targets[static_cast<std::size_t>(r)] + first;
    __builtin_prefetch(to, 1);
    __builtin_prefetch(to + half, 1);
  }
  Tile<T, tile_rows> tile;
  const T* const* pixels = rows.pixels;
  for (Index i = 0; i < s.tap_rows; ++i) {
    for (Index j = 0; j < s.tap_columns; ++j, pixels += tile_rows) {
      std::array<const T*, tile_rows> row;
      const Index offset = rows.inside ? s.offset(i, j) : 0;
      const T* const* from = rows.inside ? rows.origins.data() : pixels;
      for (std::size_t r = 0; r < tile_rows; ++r) row[r] = from[r] + offset;
      for (Index c = 0; c < s.depth; ++c, weights += width) {
        tile.add(load(weights), load(weights + half),
                 [&](int r) { return row[static_cast<std::size_t>(r)][c]; });
      }
    }
  }
  const Index columns = std::min(width, s.target_channels - first);
  for (Index r = 0; r < rows.count; ++r) {
    const Index at = rows.targets[static_cast<std::size_t>(r)] + first;
    if (columns == width) {
      for (Index k = 0; k < width; k += half) {
        Vector<T> value = tile.sums[r][k / half];
        if (epilogue.bias != nullptr) value += load(epilogue.bias + first + k);
        if (epilogue.addend != nullptr) value += load(epilogue.addend + at + k);
        store(target + at + k, epilogue.relu ? relu(value) : value);
      }
      continue;
    }
    std::array<T, static_cast<std::size_t>(width)> sums;
    store(sums.data(), tile.sums[r][0]);
    store(sums.data() + half, tile.sums[r][1]);
    for (Index k = 0; k < columns; ++k) {
      T value = sums[static_cast<std::size_t>(k)];
      if (epilogue.bias != nullptr) value += epilogue.bias[first + k];
      if (epilogue.addend != nullptr) value += epilogue.addend[at + k];
      target[at + k] = epilogue.relu ? relu(value) : value;
    }
  }
}

/// Elements of the packed weights of a sweep: whole blocks of outputs.
template <class T>
Index packed_size(const Sweep& s) {
  return (s.target_channels + tile_width<T> - 1) / tile_width<T> * tile_width<T> * s.weights();
}

/// Runs all rows. `packed` holds the weights as (blocks of outputs, taps, depth, width).
template <class T>
void sweep(const Sweep& s, const T* source, const T* packed, const Epilogue<T>& epilogue,
           T* target) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (s.target_channels + width - 1) / width;
  const Index block_size = s.weights() * width;
  // A task's weights should stay in the caches while its rows pass: in the nearest ones where there
  // are more weights than source, which is read once for each group of blocks; otherwise in those
  // that still hold them all, or much of them.
  const Index cache = Index{1} << (blocks * block_size > s.source() ? 16 : 18);
  const Index cached = std::clamp<Index>(cache / std::max<Index>(block_size, 1), 1, blocks);
  const Index groups = (blocks + cached - 1) / cached;
  const Index rows = s.rows();
  const Index chunk =
      std::clamp<Index>((rows * groups / 16 + tile_rows - 1) / tile_rows, 1, 20) * tile_rows;
  const Index chunks = (rows + chunk - 1) / chunk;
  const ThreadScratch<const T*> pixels(s.taps() * tile_rows);
  const T* const zeros = zero_row<T>(s.depth);
  parallel_for(chunks * groups, [&](Index i) {
    const Index first_block = i / chunks * cached;
    const Index last_block = std::min(blocks, first_block + cached);
    const Index begin = i % chunks * chunk;
    const Index end = std::min(rows, begin + chunk);
    RowTile<T> tile{};
    tile.pixels = pixels.mine();
    tile.zeros = zeros;
    for (Index row = begin; row < end; row += tile_rows) {
      tile.move_to(s, GridPoint(s, row), end - row, source);
      for (Index block = first_block; block < last_block; ++block) {
        sweep_tile(s, tile, packed + block * block_size, epilogue, block * width, target);
      }
    }
  });
}

}  // namespace osteon::cpu
