# The GPU backend. osteon::cuda is what programs link that nvcc compiles; it exists with
# OSTEON_CUDA=ON. osteon_dep::thrust is Thrust without a GPU, for tests of the backend on the host.
option(OSTEON_CUDA "Build for NVIDIA GPUs: osteon::cuda, and the tests of the GPU backend with nvcc" OFF)
option(OSTEON_CUBLAS "Matrix products of the GPU backend by cuBLAS; OFF: by Thrust alone" ON)

if(OSTEON_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    message(FATAL_ERROR
      "OSTEON_CUDA=ON needs nvcc, which was not found: install NVIDIA's CUDA toolkit, 12.0 or later "
      "(developer.nvidia.com/cuda-downloads), and put nvcc on PATH or give "
      "-DCMAKE_CUDA_COMPILER=/usr/local/cuda/bin/nvcc; or do without: -DOSTEON_CUDA=OFF")
  endif()
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    # Code for Ampere and Hopper, and PTX for what comes after.
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90 CACHE STRING "GPUs to compile for" FORCE)
  endif()
  enable_language(CUDA)
  if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.0)
    message(FATAL_ERROR "Osteon needs nvcc 12.0 or later for C++20; this is ${CMAKE_CUDA_COMPILER_VERSION}")
  endif()
  add_library(osteon_cuda INTERFACE)
  add_library(osteon::cuda ALIAS osteon_cuda)
  target_link_libraries(osteon_cuda INTERFACE osteon::osteon)
  # Functors are lambdas, and constexpr functions run on both sides. The standard is named here, as
  # CMake does not always know what later versions of nvcc can.
  target_compile_options(osteon_cuda INTERFACE
    "$<$<COMPILE_LANGUAGE:CUDA>:-std=c++20;--expt-relaxed-constexpr;--extended-lambda>")
  if(OSTEON_CUBLAS)
    find_package(CUDAToolkit QUIET)
    if(NOT TARGET CUDA::cublas)
      message(FATAL_ERROR
        "cuBLAS was not found: install libcublas-dev of the CUDA toolkit, or do without: "
        "-DOSTEON_CUBLAS=OFF")
    endif()
    target_link_libraries(osteon_cuda INTERFACE CUDA::cublas)
    target_compile_definitions(osteon_cuda INTERFACE OSTEON_CUBLAS)
  endif()
endif()

# osteon_find_thrust(): osteon_dep::thrust from Debian's package or a CUDA toolkit, on the host; or
# what to install in OSTEON_MISSING_thrust.
macro(osteon_find_thrust)
  if(NOT TARGET osteon_dep::thrust)
    find_path(OSTEON_thrust_INCLUDE_DIR thrust/version.h
              HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda
              PATH_SUFFIXES include/cccl include)
    mark_as_advanced(OSTEON_thrust_INCLUDE_DIR)
    if(OSTEON_thrust_INCLUDE_DIR)
      add_library(osteon_dep::thrust INTERFACE IMPORTED GLOBAL)
      target_include_directories(osteon_dep::thrust SYSTEM INTERFACE ${OSTEON_thrust_INCLUDE_DIR})
      # Several threads find races; sanitizers do not know OpenMP's.
      if(NOT OSTEON_SANITIZE)
        find_package(OpenMP QUIET COMPONENTS CXX)
      endif()
      if(TARGET OpenMP::OpenMP_CXX)
        target_link_libraries(osteon_dep::thrust INTERFACE OpenMP::OpenMP_CXX)
        target_compile_definitions(osteon_dep::thrust INTERFACE
          THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP)
      else()
        target_compile_definitions(osteon_dep::thrust INTERFACE
          THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP)
      endif()
    else()
      set(OSTEON_MISSING_thrust
          "thrust/version.h was not found; on Debian and Ubuntu: apt-get install libthrust-dev")
    endif()
  endif()
endmacro()
