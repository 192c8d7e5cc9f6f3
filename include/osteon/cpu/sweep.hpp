// Direct convolution on the CPU, forward and to the input's gradient, over channels-last memory.
//
// A row is one output pixel. A register tile sums a few rows times two vectors of outputs over all
// taps and channels: each step broadcasts one channel of each row against two vectors of weights.
// Rows find their inputs through pointers, and a tap in the padding points at zeros, so there are
// no copies of patches and no special cases at borders. The gradient of the input is the same
// computation over dy with the taps turned round.
//
// Few channels (an image's three) make a poor inner loop: then the image is copied into one with
// the padding in it, where a row of the window is consecutive memory and counts as one tap.
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
    const T* const zeros = zero_row<T>(s.depth);
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
  // A task's weights should stay in the second-level cache while its rows pass.
  const Index cached =
      std::clamp<Index>((Index{1} << 16) / std::max<Index>(block_size, 1), 1, blocks);
  const Index groups = (blocks + cached - 1) / cached;
  const Index rows = s.rows();
  const Index chunk =
      std::clamp<Index>((rows * groups / 16 + tile_rows - 1) / tile_rows, 1, 20) * tile_rows;
  const Index chunks = (rows + chunk - 1) / chunk;
  parallel_for(chunks * groups, [&](Index i) {
    const Index first_block = i / chunks * cached;
    const Index last_block = std::min(blocks, first_block + cached);
    const Index begin = i % chunks * chunk;
    const Index end = std::min(rows, begin + chunk);
    RowTile<T> tile{};
    tile.pixels = scratch<const T*>(s.taps() * tile_rows);
    for (Index row = begin; row < end; row += tile_rows) {
      tile.move_to(s, GridPoint(s, row), end - row, source);
      for (Index block = first_block; block < last_block; ++block) {
        sweep_tile(s, tile, packed + block * block_size, epilogue, block * width, target);
      }
    }
  });
}

/// Forward as a sweep: rows are output pixels.
inline Sweep forward_sweep(const Conv2dGeometry& g) {
  return {g.batch,
          g.out_height,
          g.out_width,
          g.in_height,
          g.in_width,
          g.in_channels,
          g.stride,
          g.out_height,
          g.out_width,
          g.out_channels,
          1,
          0,
          0,
          g.kernel,
          g.kernel,
          -g.padding,
          -g.padding,
          1,
          g.in_channels};
}

/// Whether rows of the window are taken together, over images with the padding in them.
template <class T>
bool sweeps_padded(const Conv2dGeometry& g) {
  return g.kernel > 1 && g.in_channels < Simd<T>::width;
}

/// The same over images with the padding in them: a row of the window is one tap.
inline Sweep padded_sweep(const Conv2dGeometry& g) {
  Sweep s = forward_sweep(g);
  s.source_height += 2 * g.padding;
  s.source_width += 2 * g.padding;
  s.down = s.right = 0;
  s.tap_columns = 1;
  s.depth = g.kernel * g.in_channels;
  return s;
}

/// Images [first, first + count) with zeros around them. A few numbers behind the last one may be
/// read.
template <class T>
const T* pad_images(const Conv2dGeometry& g, Index first, Index count, const T* x) {
  const Index height = g.in_height + 2 * g.padding;
  const Index line = (g.in_width + 2 * g.padding) * g.in_channels;
  const Index side = g.padding * g.in_channels;
  const Index inside = g.in_width * g.in_channels;
  T* const padded = shared_scratch<T, 1>(count * height * line + tile_rows);
  parallel_ranges(count * height, 64, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const Index h = row % height - g.padding;
      T* const to = padded + row * line;
      if (h < 0 || h >= g.in_height) {
        std::fill_n(to, line, T(0));
        continue;
      }
      std::fill_n(to, side, T(0));
      std::copy_n(x + ((first + row / height) * g.in_height + h) * inside, inside, to + side);
      std::fill_n(to + side + inside, side, T(0));
    }
  });
  return padded;
}

/// body(group's geometry, first sample, padded images) for groups of samples that fit into a few
/// megabytes.
template <class T, class Body>
void for_each_padded_group(const Conv2dGeometry& g, const T* x, const Body& body) {
  const Index size = g.in_channels * (g.in_height + 2 * g.padding) * (g.in_width + 2 * g.padding);
  const Index samples = std::clamp<Index>((Index{1} << 20) / size, 1, g.batch);
  for (Index first = 0; first < g.batch; first += samples) {
    Conv2dGeometry group = g;
    group.batch = std::min(samples, g.batch - first);
    body(group, first, pad_images(g, first, group.batch, x));
  }
}

/// The weight (O, taps, C) as (blocks of O, taps, C, width), zeros behind the last output.
template <class T>
void pack_forward(const Conv2dGeometry& g, const T* weight, T* packed) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (g.out_channels + width - 1) / width;
  constexpr Index strip = 64;  // of the depth: a strip of `width` filters stays in the cache
  const Index strips = (g.patch() + strip - 1) / strip;
  parallel_for(blocks * strips, [&](Index i) {
    const Index block = i / strips;
    const Index begin = i % strips * strip;
    const Index end = std::min(g.patch(), begin + strip);
    T* to = packed + (block * g.patch() + begin) * width;
    for (Index d = begin; d < end; ++d, to += width) {
      for (Index o = 0; o < width; ++o) {
        const Index filter = block * width + o;
        to[o] = filter < g.out_channels ? weight[filter * g.patch() + d] : T(0);
      }
    }
  });
}

/// The gradient of the inputs whose coordinates are (top, left) modulo the stride, as a sweep over
/// dy: exactly the taps that reach them.
inline Sweep backward_sweep(const Conv2dGeometry& g, Index top, Index left) {
  const auto grid = [&](Index size, Index at) { return (size - at + g.stride - 1) / g.stride; };
  const auto first_tap = [&](Index at) { return (at + g.padding) % g.stride; };
  const auto taps = [&](Index at) { return (g.kernel - first_tap(at) + g.stride - 1) / g.stride; };
  const auto origin = [&](Index at) { return (at + g.padding - first_tap(at)) / g.stride; };
  return {g.batch,
          grid(g.in_height, top),
          grid(g.in_width, left),
          g.out_height,
          g.out_width,
          g.out_channels,
          1,
          g.in_height,
          g.in_width,
          g.in_channels,
          g.stride,
          top,
          left,
          taps(top),
          taps(left),
          origin(top),
          origin(left),
          -1,
          g.out_channels};
}

/// The taps of that sweep, turned round, as (blocks of C, taps, O, width).
template <class T>
void pack_backward(const Conv2dGeometry& g, const Sweep& s, const T* weight, T* packed) {
  constexpr Index width = tile_width<T>;
  const Index blocks = (g.in_channels + width - 1) / width;
  const Index down = (s.target_top + g.padding) % g.stride;
  const Index right = (s.target_left + g.padding) % g.stride;
  parallel_for(blocks * s.taps(), [&](Index i) {
    const Index first = i / s.taps() * width;
    const Index columns = std::min(width, g.in_channels - first);
    const Index tap = i % s.taps();
    const Index kh = down + tap / s.tap_columns * g.stride;
    const Index kw = right + tap % s.tap_columns * g.stride;
    const T* from = weight + (kh * g.kernel + kw) * g.in_channels + first;
    T* to = packed + i * g.out_channels * width;
    for (Index o = 0; o < g.out_channels; ++o, to += width) {
      std::copy_n(from + o * g.patch(), columns, to);
      std::fill(to + columns, to + width, T(0));
    }
  });
}

}  // namespace osteon::cpu
