# find_package(osteon [COMPONENTS image json cli xtensor]): osteon::osteon, and of the optional parts those
# whose library is on this machine. A part asked for by name and not there is an error that says what
# to install.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Eigen3 3.4)

include(${CMAKE_CURRENT_LIST_DIR}/osteonTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/OsteonComponents.cmake)

foreach(component IN LISTS OSTEON_COMPONENTS osteon_FIND_COMPONENTS)
  osteon_find_component(${component})
  if(TARGET osteon::${component})
    set(osteon_${component}_FOUND TRUE)
  else()
    set(osteon_${component}_FOUND FALSE)
    if(osteon_FIND_REQUIRED_${component})
      set(osteon_FOUND FALSE)
      set(osteon_NOT_FOUND_MESSAGE "${OSTEON_MISSING_${component}}")
    endif()
  endif()
endforeach()
