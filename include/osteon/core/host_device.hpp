// What also runs on a GPU. Functions that are constexpr need no mark: nvcc compiles them for both
// (--expt-relaxed-constexpr).
#pragma once

/// Before a function: compiled for the host and, by nvcc, for the device too. Not for lambdas
/// (OSTEON_KERNEL, cuda/thrust.hpp).
#if defined(__CUDACC__)
#define OSTEON_HOST_DEVICE __host__ __device__
#else
#define OSTEON_HOST_DEVICE
#endif
