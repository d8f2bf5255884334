# Assembles the .wat files of test/modules and examples into .wasm files with test/modules.ts,
# for which Node and the development packages (npm ci) are needed. The folder's place is in
# WEMBED_MODULES; tests get it from the environment, examples as an argument.
find_program(WEMBED_NODE NAMES node nodejs DOC "Node, for assembling test modules")
set(WEMBED_MODULES ${PROJECT_BINARY_DIR}/modules)
set(wembed_tsx ${PROJECT_SOURCE_DIR}/node_modules/tsx/dist/cli.mjs)

if(WEMBED_NODE AND EXISTS ${wembed_tsx})
  file(GLOB_RECURSE wembed_wat CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/test/modules/*.wat ${PROJECT_SOURCE_DIR}/examples/*.wat)
  add_custom_command(OUTPUT ${WEMBED_MODULES}/.made
    COMMAND ${WEMBED_NODE} ${wembed_tsx} ${PROJECT_SOURCE_DIR}/test/modules.ts ${WEMBED_MODULES}
    COMMAND ${CMAKE_COMMAND} -E touch ${WEMBED_MODULES}/.made
    DEPENDS ${wembed_wat} ${PROJECT_SOURCE_DIR}/test/modules.ts
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Assembling test modules")
  add_custom_target(wembed_modules ALL DEPENDS ${WEMBED_MODULES}/.made)
else()
  message(WARNING "Test modules cannot be assembled: run npm ci first (needs Node). "
    "Tests that load modules will fail.")
endif()

# A guest that is written in C, where there is a compiler for it.
find_program(WEMBED_WASM_CLANG NAMES clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19
  DOC "clang, for guests in C")
find_program(WEMBED_WASM_LD NAMES wasm-ld wasm-ld-14 wasm-ld-15 wasm-ld-16 wasm-ld-17 wasm-ld-18
  wasm-ld-19 DOC "lld, for guests in C")
if(WEMBED_WASM_CLANG AND WEMBED_WASM_LD AND TARGET wembed_modules)
  set(wembed_probe ${PROJECT_SOURCE_DIR}/test/wasi/probe)
  add_custom_command(OUTPUT ${WEMBED_MODULES}/wasi_probe.wasm ${WEMBED_MODULES}/wasi_probe.tsv
    COMMAND ${CMAKE_COMMAND} -E make_directory ${WEMBED_MODULES}
    COMMAND ${WEMBED_WASM_CLANG} --target=wasm32 -O1 -ffreestanding -fno-builtin -c
      ${wembed_probe}.c -o ${WEMBED_MODULES}/wasi_probe.o
    COMMAND ${WEMBED_WASM_LD} ${WEMBED_MODULES}/wasi_probe.o
      -o ${WEMBED_MODULES}/wasi_probe.wasm
    COMMAND ${CMAKE_COMMAND} -E copy ${wembed_probe}.tsv ${WEMBED_MODULES}/wasi_probe.tsv
    DEPENDS ${wembed_probe}.c ${wembed_probe}.h ${wembed_probe}.tsv
    COMMENT "Compiling the probe of WASI")
  add_custom_target(wembed_wasi_probe ALL DEPENDS ${WEMBED_MODULES}/wasi_probe.wasm)
  add_dependencies(wembed_modules wembed_wasi_probe)
else()
  message(STATUS "The probe of WASI is not built: it wants clang and lld (apt-get install clang lld)")
endif()
