# The starter projects in C, copied out, against what is installed and nothing else.
# Given: SOURCE, BUILD, GENERATOR, CC.
set(work ${BUILD}/starters-test)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${command}: ${status}\n${printed}${said}")
  endif()
  set(printed "${printed}" PARENT_SCOPE)
endfunction()

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
