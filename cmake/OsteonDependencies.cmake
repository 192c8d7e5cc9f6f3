# Finds what Osteon stands on. The core needs only Eigen; whatever else is missing is asked for by
# the name of its Debian package, and only where it is used.
include(OsteonComponents)

find_package(Threads REQUIRED)
find_package(Eigen3 3.4 NO_MODULE QUIET)
if(NOT TARGET Eigen3::Eigen)
  # A folder of headers does, without the files that Eigen installs for CMake.
  find_path(OSTEON_eigen_INCLUDE_DIR Eigen/Core PATH_SUFFIXES eigen3)
  mark_as_advanced(OSTEON_eigen_INCLUDE_DIR)
  if(OSTEON_eigen_INCLUDE_DIR)
    add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
    target_include_directories(Eigen3::Eigen SYSTEM INTERFACE ${OSTEON_eigen_INCLUDE_DIR})
  endif()
endif()
if(NOT TARGET Eigen3::Eigen)
  message(FATAL_ERROR "Osteon needs Eigen 3.4 or later: apt-get install libeigen3-dev")
endif()

# osteon_require_header(<name> <header> <package>): osteon_dep::<name>, or an error that names the
# package.
function(osteon_require_header name header package)
  osteon_find_header(${name} ${header} ${package})
  if(NOT TARGET osteon_dep::${name})
    message(FATAL_ERROR "${OSTEON_MISSING_${name}}")
  endif()
endfunction()
