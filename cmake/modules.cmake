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
find_program(WEMBED_LLVM_DWP NAMES llvm-dwp llvm-dwp-14 llvm-dwp-15 llvm-dwp-16 llvm-dwp-17 llvm-dwp-18
  llvm-dwp-19 DOC "llvm-dwp, for packages of split debugging information")
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

  # Guests with debugging information: debug/shapes_5_2.wasm is the C one by DWARF 5 and -O2. Linked
  # by wasm-ld itself: the driver would have wasm-opt take the addresses away.
  set(wembed_debug ${WEMBED_MODULES}/debug)
  set(wembed_debug_made "")
  file(GLOB wembed_debug_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/debug/*.c*)
  foreach(version 4 5)
    foreach(level 0 2 s)
      foreach(language c cpp)
        set(suffix _${version}_${level})
        set(flags --target=wasm32 -g -gdwarf-${version} -O${level} -ffreestanding -fno-builtin
          -mmutable-globals -fno-exceptions -fno-rtti -Wno-unused-command-line-argument
          -fdebug-prefix-map=${PROJECT_SOURCE_DIR}=/guest)
        set(link --no-entry --allow-undefined --export=__stack_pointer --export-table --growable-table)
        set(made ${wembed_debug}/${language}${suffix})
        set(source ${PROJECT_SOURCE_DIR}/test/debug/shapes.${language})
        add_custom_command(OUTPUT ${made}.wasm
          COMMAND ${CMAKE_COMMAND} -E make_directory ${wembed_debug}
          COMMAND ${WEMBED_WASM_CLANG} ${flags} -c ${source} -o ${made}.o
          COMMAND ${WEMBED_WASM_LD} ${link} ${made}.o -o ${made}.wasm
          DEPENDS ${source} COMMENT "Compiling a guest with debugging information")
        list(APPEND wembed_debug_made ${made}.wasm)
      endforeach()
    endforeach()
    # Split: in the module are addresses and lines, in the .dwo file the rest.
    set(made ${wembed_debug}/split_${version})
    add_custom_command(OUTPUT ${made}.wasm
      COMMAND ${CMAKE_COMMAND} -E make_directory ${wembed_debug}
      COMMAND ${WEMBED_WASM_CLANG} --target=wasm32 -g -gdwarf-${version} -gsplit-dwarf -O2
        -ffreestanding -fno-builtin -mmutable-globals
        -c ${PROJECT_SOURCE_DIR}/test/debug/shapes.c -o ${made}.o
      COMMAND ${WEMBED_WASM_LD} --no-entry --allow-undefined ${made}.o -o ${made}.wasm
      DEPENDS ${PROJECT_SOURCE_DIR}/test/debug/shapes.c
      COMMENT "Compiling a guest with split debugging information")
    list(APPEND wembed_debug_made ${made}.wasm)
    # Two units, whose split files, with types by themselves, are in a package.
    if(WEMBED_LLVM_DWP)
      set(made ${wembed_debug}/package_${version})
      set(flags --target=wasm32 -g -gdwarf-${version} -gsplit-dwarf -fdebug-types-section -O2
        -ffreestanding -fno-builtin -mmutable-globals -fno-exceptions -fno-rtti)
      add_custom_command(OUTPUT ${made}.wasm
        COMMAND ${CMAKE_COMMAND} -E make_directory ${wembed_debug}
        COMMAND ${WEMBED_WASM_CLANG} ${flags}
          -c ${PROJECT_SOURCE_DIR}/test/debug/shapes.c -o ${made}_c.o
        COMMAND ${WEMBED_WASM_CLANG} ${flags}
          -c ${PROJECT_SOURCE_DIR}/test/debug/shapes.cpp -o ${made}_cpp.o
        COMMAND ${WEMBED_LLVM_DWP} ${made}_c.dwo ${made}_cpp.dwo -o ${made}.dwp
        COMMAND ${WEMBED_WASM_LD} --no-entry --allow-undefined ${made}_c.o ${made}_cpp.o
          -o ${made}.wasm
        DEPENDS ${PROJECT_SOURCE_DIR}/test/debug/shapes.c ${PROJECT_SOURCE_DIR}/test/debug/shapes.cpp
        COMMENT "Compiling a guest whose debugging information is in a package")
      list(APPEND wembed_debug_made ${made}.wasm)
    endif()
  endforeach()
  add_custom_target(wembed_debug_modules ALL DEPENDS ${wembed_debug_made})
  add_dependencies(wembed_modules wembed_debug_modules)
else()
  message(STATUS "The probe of WASI, and guests with debugging information, are not built: they want clang and lld (apt-get install clang lld)")
endif()
