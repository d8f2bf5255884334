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
