# Installs the SDK into a new folder outside the tree, builds the template and the plain C example there with each
# compiler, compiles each header alone, and plays the template's fixtures.

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        string(JOIN " " command ${ARGV})
        file(REMOVE_RECURSE "${work}")
        message(FATAL_ERROR "${command}\n${output}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_single_export library)
    run("${NM}" -D --defined-only "${library}")
    if(NOT output MATCHES "^[0-9a-f]+ T aihub_plugin_entry\n$")
        file(REMOVE_RECURSE "${work}")
        message(FATAL_ERROR "${library} exports more than its entry:\n${output}")
    endif()
endfunction()

execute_process(COMMAND mktemp -d OUTPUT_VARIABLE work OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(prefix "${work}/prefix")
run("${CMAKE_COMMAND}" --install "${BUILD}" --component sdk --prefix "${prefix}")

# What `aihub plugin new` does: names are filled in, recorded bytes stay as they are.
set(NAME acme_echo)
set(ID com.acme.echo)
file(GLOB_RECURSE template RELATIVE "${prefix}/share/aihub/template" "${prefix}/share/aihub/template/*")
file(COPY "${prefix}/share/aihub/template/fixtures" DESTINATION "${work}/acme_echo")
list(FILTER template EXCLUDE REGEX "^fixtures/")
foreach(file IN LISTS template)
    configure_file("${prefix}/share/aihub/template/${file}" "${work}/acme_echo/${file}" @ONLY)
endforeach()

set(ENV{PKG_CONFIG_PATH} "${prefix}/share/pkgconfig")
execute_process(COMMAND pkg-config --cflags aihub-sdk OUTPUT_VARIABLE cflags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND pkg-config --variable=version_script aihub-sdk OUTPUT_VARIABLE version_script OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(warnings -Wall -Wextra -Wpedantic -Wshadow -Werror)
file(GLOB_RECURSE c_headers RELATIVE "${prefix}/include" "${prefix}/include/aihub/*.h")
file(GLOB_RECURSE cxx_headers RELATIVE "${prefix}/include" "${prefix}/include/aihub/*.hpp")

foreach(pair "${COMPILERS}" "${CLANG}")
    string(REPLACE "," ";" pair "${pair}")
    list(GET pair 0 cc)
    list(GET pair 1 cxx)
    if(NOT cc OR NOT cxx)
        message(STATUS "no clang here: gcc only")
        continue()
    endif()
    get_filename_component(build "${cxx}" NAME)
    set(build "${work}/build-${build}")

    run("${CMAKE_COMMAND}" -S "${work}/acme_echo" -B "${build}" "-DCMAKE_CXX_COMPILER=${cxx}" "-DCMAKE_PREFIX_PATH=${prefix}"
        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" -DBUILD_TESTING=OFF)
    run("${CMAKE_COMMAND}" --build "${build}")
    expect_single_export("${build}/acme_echo.so")
    run("${CMAKE_COMMAND}" -E env "AIHUB_TEST_PLUGIN=${build}/acme_echo.so" "AIHUB_TEST_FIXTURES=${build}/fixtures"
        "${TEST_PLUGINS}" "--gtest_filter=*PluginFixtures*")
    if(NOT output MATCHES "PASSED  . 4 tests")
        message(FATAL_ERROR "the template's fixtures were not played:\n${output}")
    endif()

    run("${cc}" -std=c11 ${warnings} -shared -fPIC -fvisibility=hidden -Wl,-z,defs "-Wl,--version-script=${version_script}"
        ${cflags} -o "${build}/c_echo.so" "${prefix}/share/aihub/examples/plain_c/echo.c")
    expect_single_export("${build}/c_echo.so")

    foreach(header IN LISTS c_headers cxx_headers)
        file(WRITE "${work}/alone.c" "#include <${header}>\nint alone;\n")
        run("${cxx}" -x c++ -std=c++20 ${warnings} -Wconversion -fsyntax-only ${cflags} "${work}/alone.c")
        if(header MATCHES "\\.h$")
            run("${cc}" -x c -std=c11 ${warnings} -Wconversion -fsyntax-only ${cflags} "${work}/alone.c")
        endif()
    endforeach()
endforeach()
file(REMOVE_RECURSE "${work}")
