# Installs the build into a scratch prefix and builds the consumer against it three ways:
# find_package, pkg-config's shared flags, pkg-config's static flags.
# Given: SOURCE, BUILD, GENERATOR, CC, LIBDIR, DOCDIR.
set(work ${BUILD}/install-test)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${command}: ${status}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
foreach(file LICENSE NOTICE README.md docs/memory.md examples/five_floats.c examples/five_floats.wat)
  if(NOT EXISTS ${prefix}/${DOCDIR}/${file})
    message(FATAL_ERROR "${DOCDIR}/${file} is not installed")
  endif()
endforeach()
run(${CMAKE_COMMAND} -S ${SOURCE}/test/install -B ${work}/build -G ${GENERATOR}
  -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_C_COMPILER=${CC})
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer_shared)
run(${work}/build/consumer_static)

find_program(pkg_config pkg-config)
if(NOT pkg_config)
  message(STATUS "pkg-config is not there: its file was not tried")
  return()
endif()
set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
set(ENV{LD_LIBRARY_PATH} ${prefix}/${LIBDIR})
foreach(kind shared static)
  set(static_flag "")
  if(kind STREQUAL static)
    set(static_flag --static)
  endif()
  # Its prefix is where it lies, although the build was configured for another.
  execute_process(COMMAND ${pkg_config} --cflags --libs ${static_flag} wembed
    OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  if(kind STREQUAL static)
    list(TRANSFORM flags REPLACE "^-lwembed$" "-l:libwembed.a")
  endif()
  run(${CC} ${SOURCE}/test/install/consumer.c -o ${work}/pkg_${kind} ${flags})
  run(${work}/pkg_${kind})
endforeach()
