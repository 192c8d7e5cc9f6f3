# The GPU backend. osteon::cuda is what programs link that nvcc compiles; it exists with
# OSTEON_CUDA=ON. osteon_dep::thrust is Thrust without a GPU, for tests of the backend on the host.
option(OSTEON_CUDA "Build for NVIDIA GPUs: osteon::cuda, and the tests of the GPU backend with nvcc" OFF)
option(OSTEON_CUBLAS "Matrix products of the GPU backend by cuBLAS; OFF: by Thrust alone" ON)
set(OSTEON_CUDNN AUTO CACHE STRING
  "Convolutions of the GPU backend by cuDNN 9 or later: ON, OFF, or AUTO (where it is found)")
set_property(CACHE OSTEON_CUDNN PROPERTY STRINGS AUTO ON OFF)
set(OSTEON_CUDNN_ROOT "" CACHE PATH
  "Where cuDNN's include and lib are, such as site-packages/nvidia/cudnn of the wheel nvidia-cudnn-cu13")

# osteon_find_cudnn(): osteon_dep::cudnn from OSTEON_CUDNN_ROOT, the CUDA toolkit or the wheel of the
# Python on PATH; or what to install in OSTEON_MISSING_cudnn.
macro(osteon_find_cudnn)
  if(NOT OSTEON_CUDNN_ROOT AND NOT DEFINED OSTEON_CUDNN_WHEEL)
    find_package(Python3 QUIET COMPONENTS Interpreter)
    if(Python3_EXECUTABLE)
      execute_process(
        COMMAND ${Python3_EXECUTABLE} -c
          "import importlib.util as u; print(*(u.find_spec('nvidia') and u.find_spec('nvidia.cudnn') or u.find_spec('json')).submodule_search_locations)"
        OUTPUT_VARIABLE OSTEON_CUDNN_WHEEL OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
  endif()
  set(cudnn_places ${OSTEON_CUDNN_ROOT} ${OSTEON_CUDNN_WHEEL} ${CUDAToolkit_TARGET_DIR}
                   ${CUDAToolkit_LIBRARY_ROOT})
  find_path(OSTEON_cudnn_INCLUDE_DIR cudnn_graph.h HINTS ${cudnn_places} PATHS /usr/local/cuda
            PATH_SUFFIXES include)
  # The wheel has the library under its full name alone.
  find_library(OSTEON_cudnn_LIBRARY NAMES cudnn libcudnn.so.9 HINTS ${cudnn_places}
               PATHS /usr/local/cuda PATH_SUFFIXES lib lib64)
  mark_as_advanced(OSTEON_cudnn_INCLUDE_DIR OSTEON_cudnn_LIBRARY)
  if(OSTEON_cudnn_INCLUDE_DIR AND OSTEON_cudnn_LIBRARY)
    add_library(osteon_dep::cudnn INTERFACE IMPORTED GLOBAL)
    target_include_directories(osteon_dep::cudnn SYSTEM INTERFACE ${OSTEON_cudnn_INCLUDE_DIR})
    target_link_libraries(osteon_dep::cudnn INTERFACE ${OSTEON_cudnn_LIBRARY})
  else()
    set(OSTEON_MISSING_cudnn
        "cuDNN 9 was not found: install NVIDIA's package cudnn9-cuda-13 (or -12), or the Python wheel nvidia-cudnn-cu13 and give -DOSTEON_CUDNN_ROOT=<its folder nvidia/cudnn>")
  endif()
endmacro()

if(OSTEON_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    message(FATAL_ERROR
      "OSTEON_CUDA=ON needs nvcc, which was not found: install NVIDIA's CUDA toolkit, 12.0 or later "
      "(developer.nvidia.com/cuda-downloads), and put nvcc on PATH or give "
      "-DCMAKE_CUDA_COMPILER=/usr/local/cuda/bin/nvcc; or do without: -DOSTEON_CUDA=OFF")
  endif()
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    # Code for Ampere and Hopper, and PTX for what comes after.
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90 CACHE STRING "GPUs to compile for")
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
  if(OSTEON_CUDNN)
    osteon_find_cudnn()
    if(TARGET osteon_dep::cudnn)
      target_link_libraries(osteon_cuda INTERFACE osteon_dep::cudnn)
      target_compile_definitions(osteon_cuda INTERFACE OSTEON_CUDNN)
    elseif(OSTEON_CUDNN STREQUAL "AUTO")
      message(STATUS "skipped: convolutions by cuDNN (${OSTEON_MISSING_cudnn})")
    else()
      message(FATAL_ERROR "${OSTEON_MISSING_cudnn}; or do without: -DOSTEON_CUDNN=OFF")
    endif()
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
