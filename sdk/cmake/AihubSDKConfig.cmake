# find_package(AihubSDK 1.0 CONFIG): the target AihubSDK::sdk and the function aihub_add_plugin().
include("${CMAKE_CURRENT_LIST_DIR}/AihubSDKTargets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/AihubPlugin.cmake")
