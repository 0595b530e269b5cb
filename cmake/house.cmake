# The house rules for every target: language, warnings, sanitizers, one library per folder.

option(PW_WERROR "Treat warnings as errors" OFF)
set(PW_SANITIZE "" CACHE STRING "Value of -fsanitize= for every target, or empty")
option(PW_FUZZ "Build the libFuzzer harnesses (clang only)" OFF)

add_compile_definitions(_POSIX_C_SOURCE=200809L _DEFAULT_SOURCE PW_VERSION="${PROJECT_VERSION}")
# One build gives one result: no contraction of a*b+c (docs/architecture.md, "names and arithmetic").
add_compile_options(-ffp-contract=off -fno-omit-frame-pointer)
add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wundef -Wformat=2 -Wcast-qual -Wwrite-strings)
if(PW_WERROR)
  add_compile_options(-Werror)
endif()
if(PW_SANITIZE)
  add_compile_options(-fsanitize=${PW_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PW_SANITIZE})
endif()
if(PW_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()

# pw_library(NAME DEPS...): every *.c of the folder; the list of DEPS is the list of what the
# folder may include (scripts/check reads it).
function(pw_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  if(NOT sources) # headers only, so far
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARGN})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()
