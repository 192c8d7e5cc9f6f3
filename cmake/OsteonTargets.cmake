# osteon::osteon, the header-only library, and osteon_options, how this project compiles its own
# programs.
include(GNUInstallDirs)

add_library(osteon INTERFACE)
add_library(osteon::osteon ALIAS osteon)
target_compile_features(osteon INTERFACE cxx_std_20)
target_include_directories(osteon INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(osteon INTERFACE Eigen3::Eigen Threads::Threads)

add_library(osteon_options INTERFACE)
target_link_libraries(osteon_options INTERFACE osteon::osteon)
target_compile_options(osteon_options INTERFACE -Wall -Wextra -Wpedantic)
if(OSTEON_WERROR)
  target_compile_options(osteon_options INTERFACE -Werror)
endif()
if(OSTEON_NATIVE)
  # GCC and clang use half-width vectors on AVX-512 machines unless told otherwise.
  target_compile_options(osteon_options INTERFACE -march=native -mprefer-vector-width=512)
endif()
if(OSTEON_SANITIZE)
  target_compile_options(osteon_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(osteon_options INTERFACE -fsanitize=address,undefined)
endif()
