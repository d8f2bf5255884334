# What WAMR's users have in their builds, by the same names: libiwasm, libvmlib, find_package(iwasm),
# pkg-config's iwasm, the program iwasm, and WAMR_ROOT_DIR with its two .cmake files. Installed with
# -DWEMBED_WAMR_NAMES=ON, or at any time by `cmake --install BUILD --component wamr-names`.
set(wembed_wamr_version 2.4.5)
set(wembed_wamr_made ${PROJECT_BINARY_DIR}/wamr-names)
set(wembed_wamr_root ${CMAKE_INSTALL_DATADIR}/wembed/wamr)
if(WEMBED_WAMR_NAMES)
  set(wembed_on_request "")
else()
  set(wembed_on_request EXCLUDE_FROM_ALL)
endif()

macro(wembed_install_names destination)
  install(${ARGN} DESTINATION ${destination} COMPONENT wamr-names ${wembed_on_request})
endmacro()

# Links to what is installed beside them. That a library has another SONAME than its file's name is
# what linkers expect: programs will ask for libwembed.
file(MAKE_DIRECTORY ${wembed_wamr_made})
function(wembed_link name target)
  file(CREATE_LINK ${target} ${wembed_wamr_made}/${name} SYMBOLIC)
endfunction()
foreach(name iwasm vmlib)
  foreach(suffix ${CMAKE_SHARED_LIBRARY_SUFFIX} ${CMAKE_STATIC_LIBRARY_SUFFIX})
    wembed_link(lib${name}${suffix} libwembed${suffix})
    wembed_install_names(${CMAKE_INSTALL_LIBDIR} FILES ${wembed_wamr_made}/lib${name}${suffix})
  endforeach()
endforeach()
if(TARGET wembed_program)
  wembed_link(iwasm wembed)
  wembed_install_names(${CMAKE_INSTALL_BINDIR} FILES ${wembed_wamr_made}/iwasm)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/iwasm)
configure_package_config_file(cmake/wamr/iwasmConfig.cmake.in ${wembed_wamr_made}/iwasmConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${wembed_wamr_made}/iwasmConfigVersion.cmake
  VERSION ${wembed_wamr_version} COMPATIBILITY SameMajorVersion)
wembed_install_names(${package_dir}
  FILES ${wembed_wamr_made}/iwasmConfig.cmake ${wembed_wamr_made}/iwasmConfigVersion.cmake)
configure_file(cmake/wamr/iwasm.pc.in ${wembed_wamr_made}/iwasm.pc @ONLY)
wembed_install_names(${CMAKE_INSTALL_LIBDIR}/pkgconfig FILES ${wembed_wamr_made}/iwasm.pc)

file(RELATIVE_PATH wembed_wamr_to_prefix ${CMAKE_INSTALL_PREFIX}/${wembed_wamr_root} ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/wamr/runtime_lib.cmake.in ${wembed_wamr_made}/runtime_lib.cmake @ONLY)
wembed_install_names(${wembed_wamr_root}/build-scripts
  FILES ${wembed_wamr_made}/runtime_lib.cmake cmake/wamr/nothing.c)
wembed_install_names(${wembed_wamr_root}/core/shared/utils/uncommon FILES cmake/wamr/shared_uncommon.cmake)
