// Kernels over rows of channels that read and write 16 bytes a thread, for what is bound by memory:
// batch normalisation. A thread keeps to its channels, so that what belongs to them is read once.
//
// Only nvcc's device side has them; elsewhere the same is done by Thrust (batch_norm.hpp).
#pragma once

#include <osteon/cuda/memory.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace osteon::gpu {

template <class T>
inline constexpr int vector_width = 16 / static_cast<int>(sizeof(T));

/// Neighbouring channels of a row, as a thread reads them.
template <class T>
struct alignas(16) ChannelVector {
  T values[vector_width<T>];

  OSTEON_HOST_DEVICE static ChannelVector of(const T* from) {
    return *reinterpret_cast<const ChannelVector*>(from);
  }
  OSTEON_HOST_DEVICE void write(T* to) const { *reinterpret_cast<ChannelVector*>(to) = *this; }
  [[nodiscard]] OSTEON_HOST_DEVICE float operator[](int k) const {
    return static_cast<float>(values[k]);
  }
  OSTEON_HOST_DEVICE void set(int k, float value) { values[k] = static_cast<T>(value); }
};

/// The threads of a block, and whether so many channels are spread evenly over them.
inline constexpr int block_threads = 256;
template <class T>
[[nodiscard]] bool has_channel_kernels([[maybe_unused]] Index channels) {
  if constexpr (!on_gpu || std::is_same_v<T, double>) {
    return false;
  } else {
    const Index lanes = channels / vector_width<T>;
    return channels % vector_width<T> == 0 && lanes > 0 && block_threads % lanes == 0;
  }
}

#if defined(__CUDACC__)

/// Blocks that fill the device a few times over, if there is work for so many.
inline unsigned blocks_for(Index items_per_block, Index items) {
  static const int processors = [] {
    int device = 0, count = 0;
    check_cuda(cudaGetDevice(&device), "asking for the device");
    check_cuda(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device),
               "asking for the processors");
    return count;
  }();
  const Index wanted = (items + items_per_block - 1) / items_per_block;
  return static_cast<unsigned>(std::clamp<Index>(wanted, 1, Index{8} * processors));
}

/// body(row, first channel, at(first channel)) for every row and every vector of its channels.
template <class T, class Body>
__global__ void __launch_bounds__(block_threads)
    for_each_vector_kernel(Index rows, int lanes, Body body) {
  const int c = static_cast<int>(threadIdx.x) % lanes * vector_width<T>;
  const int group = static_cast<int>(threadIdx.x) / lanes, groups = block_threads / lanes;
  const auto channels = body.prepare(c);
  for (Index row = Index{blockIdx.x} * groups + group; row < rows;
       row += Index{gridDim.x} * groups) {
    body(row, c, channels);
  }
}
template <class T, class Body>
void for_each_vector(Index rows, Index channels, const Body& body) {
  const int lanes = static_cast<int>(channels / vector_width<T>);
  const unsigned blocks = blocks_for(block_threads / lanes, rows);
  for_each_vector_kernel<T><<<blocks, block_threads, 0, stream()>>>(rows, lanes, body);
  check_cuda(cudaGetLastError(), "a kernel over channels");
}

/// Two sums a channel: body(row, first channel, prepared, sums[2][width]) adds a row's part.
template <class T, class Body>
__global__ void __launch_bounds__(block_threads)
    sum_vectors_kernel(Index rows, int lanes, Body body, float* partial) {
  constexpr int width = vector_width<T>;
  const int lane = static_cast<int>(threadIdx.x) % lanes, c = lane * width;
  const int group = static_cast<int>(threadIdx.x) / lanes, groups = block_threads / lanes;
  const auto channels = body.prepare(c);
  float sums[2][width] = {};
  for (Index row = Index{blockIdx.x} * groups + group; row < rows;
       row += Index{gridDim.x} * groups) {
    body(row, c, channels, sums);
  }
  // The groups' sums, in order.
  __shared__ float shared[2 * width * block_threads];
  const int all = lanes * width;
  for (int s = 0; s < 2; ++s) {
    for (int k = 0; k < width; ++k) shared[(group * 2 + s) * all + c + k] = sums[s][k];
  }
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < 2 * all; i += block_threads) {
    float sum = 0;
    for (int g = 0; g < groups; ++g) sum += shared[g * 2 * all + i];
    partial[Index{blockIdx.x} * 2 * all + i] = sum;
  }
}
/// result(channel, first sum, second sum): a warp a channel adds the blocks' parts, in double.
template <class Result>
__global__ void finish_sums_kernel(int blocks, Index channels, const float* partial,
                                   Result result) {
  const Index c = blockIdx.x;
  double first = 0, second = 0;
  for (int block = static_cast<int>(threadIdx.x); block < blocks; block += 32) {
    first += static_cast<double>(partial[block * 2 * channels + c]);
    second += static_cast<double>(partial[(block * 2 + 1) * channels + c]);
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    first += __shfl_down_sync(0xFFFFFFFFU, first, static_cast<unsigned>(distance));
    second += __shfl_down_sync(0xFFFFFFFFU, second, static_cast<unsigned>(distance));
  }
  if (threadIdx.x == 0) result(c, first, second);
}
template <class T, class Body, class Result>
void sum_vectors(Index rows, Index channels, const Body& body, const Result& result) {
  const int lanes = static_cast<int>(channels / vector_width<T>);
  const unsigned blocks = std::min(blocks_for(4 * block_threads / lanes, rows), 1024U);
  const Scratch<float> partial(Index{blocks} * 2 * channels);
  sum_vectors_kernel<T><<<blocks, block_threads, 0, stream()>>>(rows, lanes, body, partial.data());
  check_cuda(cudaGetLastError(), "sums over channels");
  finish_sums_kernel<<<static_cast<unsigned>(channels), 32, 0, stream()>>>(
      static_cast<int>(blocks), channels, partial.data(), result);
  check_cuda(cudaGetLastError(), "sums over channels");
}

#endif

}  // namespace osteon::gpu
