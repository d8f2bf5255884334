# A program that has to succeed; what it printed is in `printed`.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${command}: ${status}\n${printed}${said}")
  endif()
  set(printed "${printed}" PARENT_SCOPE)
endfunction()
