# The optional parts of Osteon. Each is one target over one third-party library, and exists only
# where that library is. Read by this project's own build and, installed, by find_package(osteon).
#
#   osteon::image   stb_image          Debian: libstb-dev
#   osteon::json    nlohmann-json      Debian: nlohmann-json3-dev
#   osteon::cli     CLI11              Debian: libcli11-dev
#   osteon::xtensor xtensor            Debian: libxtensor-dev

set(OSTEON_COMPONENTS image json cli xtensor)

# osteon_find_header(<name> <header> <package>): the imported target osteon_dep::<name>, with
# <header>'s folder among its includes; without the header no target. What to install stands in
# OSTEON_MISSING_<name>.
function(osteon_find_header name header package)
  if(TARGET osteon_dep::${name})
    return()
  endif()
  find_path(OSTEON_${name}_INCLUDE_DIR ${header} PATH_SUFFIXES stb)
  mark_as_advanced(OSTEON_${name}_INCLUDE_DIR)
  if(NOT OSTEON_${name}_INCLUDE_DIR)
    set(OSTEON_MISSING_${name}
        "${name}: ${header} was not found; on Debian and Ubuntu: apt-get install ${package}"
        PARENT_SCOPE)
    return()
  endif()
  add_library(osteon_dep::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(osteon_dep::${name} SYSTEM INTERFACE ${OSTEON_${name}_INCLUDE_DIR})
endfunction()

# osteon_find_component(<component>): the target osteon::<component>, or none.
macro(osteon_find_component component)
  if("${component}" STREQUAL "image")
    osteon_find_header(image stb_image.h libstb-dev)
  elseif("${component}" STREQUAL "json")
    osteon_find_header(json nlohmann/json.hpp nlohmann-json3-dev)
  elseif("${component}" STREQUAL "cli")
    osteon_find_header(cli CLI/CLI.hpp libcli11-dev)
  elseif("${component}" STREQUAL "xtensor")
    osteon_find_header(xtensor xtensor/xadapt.hpp libxtensor-dev)
  else()
    set(OSTEON_MISSING_${component}
        "Osteon has no component '${component}'; it has: ${OSTEON_COMPONENTS}")
  endif()
  if(TARGET osteon_dep::${component} AND NOT TARGET osteon::${component})
    add_library(osteon::${component} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(osteon::${component} INTERFACE osteon::osteon osteon_dep::${component})
  endif()
endmacro()
