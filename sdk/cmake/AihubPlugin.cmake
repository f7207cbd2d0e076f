# aihub_add_plugin(name SOURCES files... [MANIFEST plugin.json] [FIXTURES folder] [DIRECTORY folder])
#
# A plugin library <name>.so that exports aihub_plugin_entry and nothing else.
#   MANIFEST  is checked and embedded: <aihub_manifest.h> has it as `aihub_manifest_json`.
#   FIXTURES  is linked beside the library as `fixtures`, where `aihub plugin check` looks for them.
#   DIRECTORY is where the library goes; otherwise AIHUB_PLUGIN_DIRECTORY, or the build directory.

# Characters rather than one string: C has a limit for the length of a string literal.
function(aihub_embed_manifest manifest header)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
    file(READ "${manifest}" text)
    string(JSON name ERROR_VARIABLE problem GET "${text}" name)
    if(problem)
        message(FATAL_ERROR "${manifest}: ${problem}")
    endif()
    file(READ "${manifest}" bytes HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," characters "${bytes}")
    string(REPEAT "." 112 line)  # sixteen characters of seven columns
    string(REGEX REPLACE "(${line})" "\\1\n" characters "${characters}")
    file(CONFIGURE OUTPUT "${header}" @ONLY CONTENT
"/* Made from plugin.json by aihub_add_plugin(). */
#ifndef AIHUB_MANIFEST_H
#define AIHUB_MANIFEST_H
static const char aihub_manifest_json[] = {  // NOLINT: spelled as in C
${characters}'\\0'};
#endif
")
endfunction()

function(aihub_add_plugin name)
    cmake_parse_arguments(PLUGIN "" "MANIFEST;FIXTURES;DIRECTORY" "SOURCES" ${ARGN})
    if(NOT PLUGIN_SOURCES)
        message(FATAL_ERROR "aihub_add_plugin(${name}): name its SOURCES")
    endif()
    set(version_script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/aihub_plugin.map")
    add_library(${name} MODULE ${PLUGIN_SOURCES})
    target_link_libraries(${name} PRIVATE AihubSDK::sdk)
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if("CXX" IN_LIST languages)
        target_compile_features(${name} PRIVATE cxx_std_20)
    endif()
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so"
        POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS "${version_script}"
    )
    # Unique symbols would keep the library in memory for ever.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
    target_link_options(${name} PRIVATE "LINKER:--version-script=${version_script}")
    # A sanitizer's runtime is in the program that loads the plugin, so its symbols stay open here.
    string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
    set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${CMAKE_C_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}")
    if(NOT AIHUB_SANITIZE AND NOT flags MATCHES "-fsanitize")
        target_link_options(${name} PRIVATE "LINKER:-z,defs")
    endif()

    if(PLUGIN_MANIFEST)
        get_filename_component(manifest "${PLUGIN_MANIFEST}" ABSOLUTE)
        set(generated "${CMAKE_CURRENT_BINARY_DIR}/${name}_generated")
        aihub_embed_manifest("${manifest}" "${generated}/aihub_manifest.h")
        target_include_directories(${name} PRIVATE "${generated}")
    endif()
    if(PLUGIN_DIRECTORY)
        set(directory "${PLUGIN_DIRECTORY}")
    elseif(AIHUB_PLUGIN_DIRECTORY)
        set(directory "${AIHUB_PLUGIN_DIRECTORY}")
    else()
        set(directory "${PROJECT_BINARY_DIR}")
    endif()
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${directory}")
    if(PLUGIN_FIXTURES)
        get_filename_component(fixtures "${PLUGIN_FIXTURES}" ABSOLUTE)
        file(MAKE_DIRECTORY "${directory}")
        file(CREATE_LINK "${fixtures}" "${directory}/fixtures" SYMBOLIC)
    endif()
endfunction()
