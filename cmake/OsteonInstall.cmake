# The headers, the package for find_package(osteon), from a prefix or from the build folder, and
# osteon.pc. Nothing installed depends on the processor, so all of it lies under include/ and share/.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/osteon)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/osteon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.ipp")

install(TARGETS osteon EXPORT osteonTargets)
install(EXPORT osteonTargets NAMESPACE osteon:: DESTINATION ${package_dir})
export(EXPORT osteonTargets NAMESPACE osteon:: FILE ${PROJECT_BINARY_DIR}/osteonTargets.cmake)

configure_file(${PROJECT_SOURCE_DIR}/cmake/osteonConfig.cmake ${PROJECT_BINARY_DIR} COPYONLY)
configure_file(${PROJECT_SOURCE_DIR}/cmake/OsteonComponents.cmake ${PROJECT_BINARY_DIR} COPYONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/osteonConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/osteonConfig.cmake ${PROJECT_BINARY_DIR}/OsteonComponents.cmake
              ${PROJECT_BINARY_DIR}/osteonConfigVersion.cmake
        DESTINATION ${package_dir})

configure_file(${PROJECT_SOURCE_DIR}/cmake/osteon.pc.in ${PROJECT_BINARY_DIR}/osteon.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/osteon.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
