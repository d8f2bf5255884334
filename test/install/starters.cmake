# The starter projects in C, copied out, against what is installed and nothing else.
# Given: SOURCE, BUILD, GENERATOR, CC.
set(work ${BUILD}/starters-test)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --component wamr-names)

set(expected_c-cmake "MemoryOutOfBounds")
set(expected_wamr-port "Exception: out of bounds memory access")
foreach(name c-cmake wamr-port)
  file(COPY ${SOURCE}/examples/starters/${name} DESTINATION ${work})
  run(${CMAKE_COMMAND} -S ${work}/${name} -B ${work}/${name}/build -G ${GENERATOR}
    -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_C_COMPILER=${CC})
  run(${CMAKE_COMMAND} --build ${work}/${name}/build)
  run(${work}/${name}/build/host ${work}/${name}/app.wasm)
  set(expected "hello from the guest\nthe sum is 15\ntoo many: ${expected_${name}}\n")
  if(NOT printed STREQUAL expected)
    message(FATAL_ERROR "${name} prints: ${printed}")
  endif()
endforeach()
