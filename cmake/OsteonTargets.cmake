# osteon::osteon, the header-only library, its optional parts, osteon::compiled, and osteon_options:
# how this project compiles its own programs.
include(GNUInstallDirs)
include(CheckCXXCompilerFlag)

add_library(osteon INTERFACE)
add_library(osteon::osteon ALIAS osteon)
target_compile_features(osteon INTERFACE cxx_std_20)
target_include_directories(osteon INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(osteon INTERFACE Eigen3::Eigen Threads::Threads)

# AUTO: where its library is found. ON: a missing library is an error. OFF: left out.
if(OSTEON_TOP_LEVEL)
  set(component_default ON)
else()
  set(component_default AUTO)
endif()
set(OSTEON_STB ${component_default} CACHE STRING "osteon::image, through stb: ON, OFF or AUTO")
set(OSTEON_JSON ${component_default} CACHE STRING "osteon::json, through nlohmann-json: ON, OFF or AUTO")
set(OSTEON_CLI11 ${component_default} CACHE STRING "osteon::cli, through CLI11: ON, OFF or AUTO")
# None of this project's programs needs it.
set(OSTEON_XTENSOR AUTO CACHE STRING "osteon::xtensor, through xtensor: ON, OFF or AUTO")
set_property(CACHE OSTEON_STB OSTEON_JSON OSTEON_CLI11 OSTEON_XTENSOR PROPERTY STRINGS ON OFF AUTO)

foreach(pair IN ITEMS image/OSTEON_STB json/OSTEON_JSON cli/OSTEON_CLI11 xtensor/OSTEON_XTENSOR)
  string(REPLACE / ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 option)
  if(${option} STREQUAL "AUTO" OR ${option})
    osteon_find_component(${component})
    if(NOT TARGET osteon::${component} AND NOT ${option} STREQUAL "AUTO")
      message(FATAL_ERROR "${OSTEON_MISSING_${component}}, or do without it: -D${option}=OFF")
    endif()
  endif()
endforeach()

add_library(osteon_flags INTERFACE)
target_compile_options(osteon_flags INTERFACE -Wall -Wextra -Wpedantic)
if(OSTEON_WERROR)
  target_compile_options(osteon_flags INTERFACE -Werror)
endif()
if(OSTEON_NATIVE)
  check_cxx_compiler_flag(-march=native OSTEON_HAS_MARCH_NATIVE)
  # GCC and clang use half-width vectors on AVX-512 machines unless told otherwise.
  check_cxx_compiler_flag(-mprefer-vector-width=512 OSTEON_HAS_VECTOR_WIDTH)
  target_compile_options(osteon_flags INTERFACE
    $<$<BOOL:${OSTEON_HAS_MARCH_NATIVE}>:-march=native>
    $<$<BOOL:${OSTEON_HAS_VECTOR_WIDTH}>:-mprefer-vector-width=512>)
endif()
if(OSTEON_SANITIZE)
  if(OSTEON_SANITIZE STREQUAL thread)
    set(sanitizers thread)
  else()
    set(sanitizers address,undefined)
  endif()
  target_compile_options(osteon_flags INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(osteon_flags INTERFACE -fsanitize=${sanitizers})
endif()

# osteon::compiled: what is no template, compiled once. In another project it is compiled with that
# project's flags: what both compile must be for the same processor.
set(OSTEON_COMPILED AUTO CACHE STRING
  "osteon::compiled, and this project's programs with it: ON, OFF or AUTO (where image and json are)")
set_property(CACHE OSTEON_COMPILED PROPERTY STRINGS ON OFF AUTO)
set(OSTEON_LIBRARY osteon::osteon)
if(OSTEON_COMPILED STREQUAL "AUTO" OR OSTEON_COMPILED)
  if(TARGET osteon::image AND TARGET osteon::json)
    add_library(osteon_compiled STATIC EXCLUDE_FROM_ALL
      src/data.cpp src/io.cpp src/prune.cpp src/train.cpp)
    add_library(osteon::compiled ALIAS osteon_compiled)
    target_link_libraries(osteon_compiled PUBLIC osteon::osteon osteon::image osteon::json)
    target_compile_definitions(osteon_compiled PUBLIC OSTEON_COMPILED)
    if(OSTEON_TOP_LEVEL)
      target_link_libraries(osteon_compiled PRIVATE osteon_flags)
    endif()
    if(TARGET osteon::cli)
      target_sources(osteon_compiled PRIVATE src/cli.cpp)
      target_link_libraries(osteon_compiled PUBLIC osteon::cli)
    endif()
    set(OSTEON_LIBRARY osteon::compiled)
  elseif(OSTEON_COMPILED STREQUAL "AUTO")
    message(STATUS "skipped: osteon::compiled (needs osteon::image and osteon::json)")
  else()
    message(FATAL_ERROR "osteon::compiled needs osteon::image and osteon::json: see OSTEON_STB and "
                        "OSTEON_JSON, or do without it: -DOSTEON_COMPILED=OFF")
  endif()
endif()

add_library(osteon_options INTERFACE)
target_link_libraries(osteon_options INTERFACE osteon_flags ${OSTEON_LIBRARY})
