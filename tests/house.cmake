# The tests of the house itself, all labelled `house`: ctest -L house runs them, ctest -LE house
# leaves them out. They are Python scripts so that Meson runs the same ones; they compile as
# tests/main.cpp is compiled (compile_commands.json says how).

function(osteon_add_house_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS house SKIP_RETURN_CODE 77)
endfunction()

# Two files that both include every header, definitions too, linked into one program.
if(TARGET osteon::image AND TARGET osteon::json AND TARGET osteon::cli)
  file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR}/include CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/include/osteon/*.hpp)
  list(FILTER headers EXCLUDE REGEX "^osteon/cuda/")
  if(NOT TARGET osteon::xtensor)
    list(REMOVE_ITEM headers osteon/io/xtensor.hpp)
  endif()
  list(TRANSFORM headers REPLACE "(.+)" "#include <\\1>")
  list(JOIN headers "\n" headers)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/odr/every_header.hpp
       CONTENT "#pragma once\n\n@headers@\n" @ONLY)
  add_executable(osteon_test_odr odr/main.cpp odr/other.cpp)
  target_include_directories(osteon_test_odr PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/odr)
  target_link_libraries(osteon_test_odr PRIVATE
    osteon_flags osteon::osteon osteon::image osteon::json osteon::cli
    $<TARGET_NAME_IF_EXISTS:osteon::xtensor>)
  target_compile_options(osteon_test_odr PRIVATE $<$<CONFIG:Release>:-O0>)
  osteon_add_house_test(odr osteon_test_odr)
else()
  message(STATUS "skipped: the ODR test (needs osteon::image, osteon::json and osteon::cli)")
endif()

find_package(Python3 3.8 COMPONENTS Interpreter)
if(NOT Python3_Interpreter_FOUND)
  message(STATUS "skipped: the tests of headers, dependencies and packages (need python3)")
  return()
endif()
set(python ${Python3_EXECUTABLE} -B)
set(tests ${CMAKE_CURRENT_SOURCE_DIR})
set(commands ${PROJECT_BINARY_DIR}/compile_commands.json)

osteon_add_house_test(architecture ${python} ${tests}/house/architecture.py)
osteon_add_house_test(no_exceptions ${python} ${tests}/house/headers.py no_exceptions ${commands})

file(GLOB modules LIST_DIRECTORIES true RELATIVE ${PROJECT_SOURCE_DIR}/include/osteon CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/include/osteon/*)
foreach(module IN LISTS modules)
  osteon_add_house_test(headers.${module} ${python} ${tests}/house/headers.py alone ${commands} ${module})
endforeach()

file(GLOB wrong_programs CONFIGURE_DEPENDS ${tests}/compile_fail/*.cpp)
foreach(source IN LISTS wrong_programs)
  get_filename_component(name ${source} NAME_WE)
  osteon_add_house_test(compile_fail.${name} ${python} ${tests}/house/compile_fail.py ${commands} ${source})
endforeach()

foreach(consumer IN ITEMS install build_tree subproject meson)
  osteon_add_house_test(consumer.${consumer}
    ${python} ${tests}/consumer/consumer.py ${consumer} --build ${PROJECT_BINARY_DIR}
    --cmake ${CMAKE_COMMAND} --cxx ${CMAKE_CXX_COMPILER})
endforeach()
