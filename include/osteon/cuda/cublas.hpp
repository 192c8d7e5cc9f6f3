// The one door to cuBLAS.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/float16.hpp>
#include <osteon/core/shape.hpp>
#include <osteon/cuda/stream.hpp>
#include <osteon/cuda/tf32.hpp>

#include <cublas_v2.h>

#include <type_traits>

namespace osteon::gpu {

inline void check_cublas(cublasStatus_t status, const char* what) {
  require(status == CUBLAS_STATUS_SUCCESS, "cuBLAS: ", what,
          " failed: ", cublasGetStatusString(status),
          status == CUBLAS_STATUS_ARCH_MISMATCH
              ? "; the GPU cannot multiply numbers of this type: use float"
          : status == CUBLAS_STATUS_NOT_INITIALIZED || status == CUBLAS_STATUS_ALLOC_FAILED
              ? "; the GPU's memory may be used up: use a smaller batch or image size"
              : advice(cudaErrorUnknown));
}

/// The calling thread's handle.
inline cublasHandle_t cublas_handle() {
  // Never destroyed: at exit the driver may be gone before it.
  thread_local const cublasHandle_t handle = [] {
    const cudaStream_t all_work = stream();  // without a GPU this says so
    cublasHandle_t created = nullptr;
    check_cublas(cublasCreate(&created), "creating a handle");
    check_cublas(cublasSetStream(created, all_work), "setting the stream");
    return created;
  }();
  return handle;
}

template <class T>
[[nodiscard]] constexpr cudaDataType_t cuda_type() {
  if constexpr (std::is_same_v<T, double>) {
    return CUDA_R_64F;
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return CUDA_R_16BF;
  } else if constexpr (std::is_same_v<T, Float16>) {
    return CUDA_R_16F;
  } else {
    static_assert(std::is_same_v<T, float>, "osteon: cuBLAS multiplies floating-point numbers");
    return CUDA_R_32F;
  }
}

/// c (m, n) = a (m, k) b (k, n), or c += with `add`; a and b as they are or transposed, all of them
/// row-major. C is T, or what T is computed in.
template <class T, class C>
void multiply_by_cublas(Index m, Index n, Index k, const T* a, bool a_transposed, const T* b,
                        bool b_transposed, bool add, C* c) {
  using P = ComputeType<T>;
  if (m == 0 || n == 0) return;
  const auto transpose = [](bool yes) { return yes ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const P one = 1, beta = add ? P(1) : P(0);
  const cublasComputeType_t compute = std::is_same_v<P, double> ? CUBLAS_COMPUTE_64F
                                      : std::is_same_v<T, float> && tf32()
                                          ? CUBLAS_COMPUTE_32F_FAST_TF32
                                          : CUBLAS_COMPUTE_32F;
  // cuBLAS is column-major, where row-major matrices are their transposes: c' = b' a'.
  const Index ldb = b_transposed ? k : n, lda = a_transposed ? m : k;
  check_cublas(cublasGemmEx_64(cublas_handle(), transpose(b_transposed), transpose(a_transposed), n,
                               m, k, &one, b, cuda_type<T>(), ldb, a, cuda_type<T>(), lda, &beta, c,
                               cuda_type<C>(), n, compute, CUBLAS_GEMM_DEFAULT),
               "a matrix product");
}

}  // namespace osteon::gpu
