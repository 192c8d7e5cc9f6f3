// The one door to Thrust, and the loops that the GPU backend is made of: every operation is a
// functor over element numbers, run by an algorithm of Thrust.
//
// Thrust computes on a GPU where nvcc compiles, and on the host where THRUST_DEVICE_SYSTEM says so
// (THRUST_DEVICE_SYSTEM_CPP or _OMP): the same source with any C++20 compiler, so that the backend
// is tested without a GPU.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/host_device.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cuda/stream.hpp>

#if !defined(__CUDACC__) && !defined(THRUST_DEVICE_SYSTEM)
#error osteon: compile osteon/cuda/ with nvcc, or for the host with \
    -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP
#endif

#include <thrust/copy.h>
#include <thrust/device_malloc_allocator.h>
#include <thrust/device_ptr.h>
#include <thrust/execution_policy.h>
#include <thrust/fill.h>
#include <thrust/for_each.h>
#include <thrust/functional.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system_error.h>
#include <thrust/transform.h>
#include <thrust/transform_reduce.h>

#include <new>

/// After the captures of a lambda that is a kernel. Not __host__ __device__: nvcc copies such
/// lambdas on the host through pointers of which every object file has its own, in functions that
/// the linker merges, so that a program of several sources calls pointers that were never set.
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
#define OSTEON_KERNEL __device__
#else
#define OSTEON_KERNEL
#endif

// Named gpu, not cuda as the folder is: libcu++ has a ::cuda, and `using namespace osteon` must not
// hide it.
namespace osteon::gpu {

#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
inline constexpr bool on_gpu = true;
/// The host waits only where it reads a result.
inline auto policy() { return thrust::cuda::par_nosync.on(stream()); }
/// The same, with memory for partial results from an allocator.
template <class Allocator>
auto policy(Allocator& memory) {
  return thrust::cuda::par_nosync(memory).on(stream());
}
#else
inline constexpr bool on_gpu = false;
inline auto policy() { return thrust::device; }
template <class Allocator>
auto policy(Allocator& memory) {
  return thrust::device(memory);
}
#endif

/// action(), with Thrust's errors as osteon::Error.
template <class Action>
decltype(auto) reporting_errors(const char* what, const Action& action) {
  try {
    return action();
  } catch (const thrust::system_error& error) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
    check_cuda(static_cast<cudaError_t>(error.code().value()), what);
#endif
    fail("CUDA: ", what, " failed: ", error.what());
  }
}

inline thrust::counting_iterator<Index> first_index() {
  return thrust::counting_iterator<Index>(0);
}

/// body(i) for every i in [0, count), in any order.
template <class Body>
void for_each_index(Index count, const Body& body) {
  if (count == 0) return;
  reporting_errors("an operation",
                   [&] { thrust::for_each_n(policy(), first_index(), count, body); });
}

/// A functor with the type of its result, which the host cannot ask of a kernel's lambda.
template <class T, class Value>
struct Returning {
  Value value;
#if defined(__CUDACC__)
#pragma nv_exec_check_disable
#endif
  OSTEON_HOST_DEVICE T operator()(Index i) const { return static_cast<T>(value(i)); }
};

/// to[i] = value(i) for every i in [0, count).
template <class T, class Value>
void transform(Index count, T* to, const Value& value) {
  if (count == 0) return;
  reporting_errors("an operation", [&] {
    thrust::transform(policy(), first_index(), first_index() + count,
                      thrust::device_pointer_cast(to), Returning<T, Value>{value});
  });
}

/// to[i] = value for every i in [0, count).
template <class T>
void fill(Index count, T* to, T value) {
  if (count == 0) return;
  reporting_errors(
      "a fill", [&] { thrust::fill_n(policy(), thrust::device_pointer_cast(to), count, value); });
}

}  // namespace osteon::gpu
