# Finds what Osteon stands on. The core needs only Eigen; whatever else is missing is asked for by
# the name of its Debian package, and only by those who use it.

find_package(Threads REQUIRED)
find_package(Eigen3 3.4 NO_MODULE)
if(NOT TARGET Eigen3::Eigen)
  message(FATAL_ERROR "Osteon needs Eigen 3.4 or later: apt-get install libeigen3-dev")
endif()

# osteon_find_header(<name> <header> <package>): an imported INTERFACE target osteon_dep::<name>, or
# an error that names the package.
function(osteon_find_header name header package)
  if(TARGET osteon_dep::${name})
    return()
  endif()
  find_path(OSTEON_${name}_INCLUDE_DIR ${header} PATH_SUFFIXES stb)
  mark_as_advanced(OSTEON_${name}_INCLUDE_DIR)
  if(NOT OSTEON_${name}_INCLUDE_DIR)
    message(FATAL_ERROR "${name} (${header}) was not found: apt-get install ${package}")
  endif()
  add_library(osteon_dep::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(osteon_dep::${name} SYSTEM INTERFACE ${OSTEON_${name}_INCLUDE_DIR})
endfunction()
