// The one door to cuBLAS.
#pragma once

#include <osteon/core/error.hpp>
#include <osteon/core/shape.hpp>

#include <cublas_v2.h>

#include <type_traits>

namespace osteon::gpu {

inline void check_cublas(cublasStatus_t status, const char* what) {
  require(status == CUBLAS_STATUS_SUCCESS, "cuBLAS: ", what,
          " failed: ", cublasGetStatusString(status));
}

/// The calling thread's handle, which works in the default stream as Thrust does.
inline cublasHandle_t cublas_handle() {
  // Never destroyed: at exit the driver may be gone before it.
  thread_local const cublasHandle_t handle = [] {
    cublasHandle_t created = nullptr;
    check_cublas(cublasCreate(&created), "creating a handle");
    return created;
  }();
  return handle;
}

/// c (m, n) = a (m, k) b (k, n), or c += with `add`; a and b as they are or transposed, all of them
/// row-major. In full precision: float stays float, not TF32.
template <class T>
void multiply_by_cublas(Index m, Index n, Index k, const T* a, bool a_transposed, const T* b,
                        bool b_transposed, bool add, T* c) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "osteon: cuBLAS multiplies float and double");
  if (m == 0 || n == 0) return;
  const auto transpose = [](bool yes) { return yes ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const T one = 1, beta = add ? T(1) : T(0);
  // cuBLAS is column-major, where row-major matrices are their transposes: c' = b' a'.
  const Index ldb = b_transposed ? k : n, lda = a_transposed ? m : k;
  cublasStatus_t status{};
  if constexpr (std::is_same_v<T, float>) {
    status = cublasSgemm_64(cublas_handle(), transpose(b_transposed), transpose(a_transposed), n, m,
                            k, &one, b, ldb, a, lda, &beta, c, n);
  } else {
    status = cublasDgemm_64(cublas_handle(), transpose(b_transposed), transpose(a_transposed), n, m,
                            k, &one, b, ldb, a, lda, &beta, c, n);
  }
  check_cublas(status, "a matrix product");
}

}  // namespace osteon::gpu
