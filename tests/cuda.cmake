# The GPU backend's tests. Every source is compiled twice: for the Cpu as the reference (those that
# include both.hpp), and for Cuda: for Thrust's host system, label `cuda-host`, and with
# OSTEON_CUDA=ON by nvcc, label `cuda`.
osteon_find_thrust()

set(image "")  # batches come from data/
if(TARGET osteon::image)
  set(image osteon::image)
else()
  list(REMOVE_ITEM cuda_sources cuda/feed.cpp cuda/training.cpp)
endif()

set(compared ${cuda_sources})
foreach(source IN LISTS cuda_sources)
  file(STRINGS ${source} both REGEX "#include \"both.hpp\"")
  if(NOT both)
    list(REMOVE_ITEM compared ${source})
  endif()
endforeach()

# Under nvcc the reference is still what the host's compiler makes of it.
add_library(osteon_test_cuda_reference OBJECT EXCLUDE_FROM_ALL ${compared})
target_link_libraries(osteon_test_cuda_reference PUBLIC osteon_options osteon_dep::doctest ${image})
target_compile_definitions(osteon_test_cuda_reference PRIVATE OSTEON_TEST_REFERENCE)
target_compile_options(osteon_test_cuda_reference PRIVATE
  $<$<CONFIG:Release>:${OSTEON_TEST_OPTIMIZATION}>)

if(TARGET osteon_dep::thrust)
  add_executable(osteon_test_cuda cuda/main.cpp ${cuda_sources})
  target_link_libraries(osteon_test_cuda PRIVATE
    osteon_options osteon_dep::doctest osteon_dep::thrust osteon_test_cuda_reference ${image})
  target_compile_options(osteon_test_cuda PRIVATE $<$<CONFIG:Release>:${OSTEON_TEST_OPTIMIZATION}>)
  add_test(NAME cuda COMMAND osteon_test_cuda ${filter})
  set_tests_properties(cuda PROPERTIES TIMEOUT ${timeout} LABELS "module;cuda-host"
                       ENVIRONMENT OMP_WAIT_POLICY=passive)
else()
  message(STATUS "skipped: tests/cuda on the host (${OSTEON_MISSING_thrust})")
endif()

if(OSTEON_CUDA)
  # nvcc takes .cu; these include the sources as they are.
  set(device_sources "")
  foreach(source IN ITEMS cuda/main.cpp LISTS cuda_sources)
    get_filename_component(name ${source} NAME_WE)
    set(device_source ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}.cu)
    file(CONFIGURE OUTPUT ${device_source}
         CONTENT "#include \"${CMAKE_CURRENT_SOURCE_DIR}/${source}\"\n" @ONLY)
    list(APPEND device_sources ${device_source})
  endforeach()
  add_executable(osteon_test_cuda_device ${device_sources})
  target_link_libraries(osteon_test_cuda_device PRIVATE
    osteon::cuda ${OSTEON_LIBRARY} osteon_dep::doctest ${image}
    $<TARGET_OBJECTS:osteon_test_cuda_reference>)
  add_dependencies(osteon_test_cuda_device osteon_test_cuda_reference)
  target_compile_options(osteon_test_cuda_device PRIVATE
    "SHELL:-Werror all-warnings" -Xcompiler=-Wall,-Wextra)
  add_test(NAME cuda.device COMMAND osteon_test_cuda_device)
  set_tests_properties(cuda.device PROPERTIES TIMEOUT 900 LABELS cuda SKIP_RETURN_CODE 77)
endif()
