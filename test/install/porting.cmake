# A host of WAMR's, unchanged, against what is installed by WAMR's names: by find_package(iwasm), by
# WAMR_ROOT_DIR, by -liwasm and -lvmlib, by pkg-config's iwasm. docs/porting-from-wamr.md is about this.
# Given: SOURCE, BUILD, GENERATOR, CC, LIBDIR, BINDIR, DATADIR, MODULES.
set(work ${BUILD}/porting-test)
set(prefix ${work}/prefix)
set(host ${SOURCE}/examples/c/porting.c)
file(REMOVE_RECURSE ${work})

include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

function(expect program)
  run(${program} ${MODULES}/porting.wasm)
  if(NOT printed STREQUAL "3 apples and 2 pears: 180\n")
    message(FATAL_ERROR "${program} prints: ${printed}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
if(EXISTS ${prefix}/${LIBDIR}/libiwasm.so)
  message(FATAL_ERROR "WAMR's names are installed although nobody asked for them")
endif()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --component wamr-names)

run(${prefix}/${BINDIR}/wembed check-port ${host})
if(NOT printed MATCHES "13 of WAMR's API: 13 as in WAMR, 0 without effect, 0 missing")
  message(FATAL_ERROR "check-port prints: ${printed}")
endif()
run(${prefix}/${BINDIR}/iwasm --version)
if(NOT printed MATCHES "^iwasm 2\\.4\\.5\n")
  message(FATAL_ERROR "iwasm --version prints: ${printed}")
endif()

# Each header alone, as strictly as hosts may be compiled.
file(GLOB headers RELATIVE ${prefix}/include ${prefix}/include/*.h)
foreach(standard c99 c11 gnu99 c++11 c++20)
  set(language c)
  if(standard MATCHES "\\+")
    set(language c++)
  endif()
  foreach(header IN LISTS headers)
    file(WRITE ${work}/header.txt "#include <stdio.h>\n#include \"${header}\"\nint main(void) { return 0; }\n")
    run(${CC} -x ${language} -std=${standard} -Wall -Wextra -pedantic -Werror -fsyntax-only
      -I${prefix}/include ${work}/header.txt)
  endforeach()
endforeach()

run(${CMAKE_COMMAND} -S ${SOURCE}/test/install/porting -B ${work}/build -G ${GENERATOR}
  -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_C_COMPILER=${CC} -D HOST=${host}
  -D WAMR_ROOT_DIR=${prefix}/${DATADIR}/wembed/wamr)
run(${CMAKE_COMMAND} --build ${work}/build)
expect(${work}/build/porting_found)
expect(${work}/build/porting_compiled)

set(ENV{LD_LIBRARY_PATH} ${prefix}/${LIBDIR})
foreach(name iwasm vmlib)
  run(${CC} -I${prefix}/include ${host} -o ${work}/${name} -L${prefix}/${LIBDIR} -l${name})
  expect(${work}/${name})
endforeach()
# As bindings for Go link it: the archive, and the C compiler alone.
find_program(objcopy objcopy)
if(objcopy)
  run(${CC} -I${prefix}/include ${host} -o ${work}/archive ${prefix}/${LIBDIR}/libvmlib.a -lm -pthread)
  expect(${work}/archive)
endif()
# As bindings for Python load it.
find_program(python python3)
if(python)
  run(${python} ${CMAKE_CURRENT_LIST_DIR}/porting/bindings.py ${prefix}/${LIBDIR}/libiwasm.so
    ${MODULES}/porting.wasm)
  if(NOT printed STREQUAL "3 apples and 2 pears: 180\n")
    message(FATAL_ERROR "bindings.py prints: ${printed}")
  endif()
else()
  message(STATUS "python3 is not there: its bindings were not tried")
endif()
find_program(pkg_config pkg-config)
if(pkg_config)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  execute_process(COMMAND ${pkg_config} --cflags --libs iwasm
    OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run(${CC} ${host} -o ${work}/pkg ${flags})
  expect(${work}/pkg)
else()
  message(STATUS "pkg-config is not there: its file was not tried")
endif()
