# liblictor-agent, what products embed: shared, exporting lictor_* alone, and static, one object in which all else is
# local. Both are made of the rooms' archives; cmake --install PATH --component agent puts them where products look.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# "#define LICTOR_AGENT_ABI 1" is the one place that says it.
file(STRINGS ${CMAKE_SOURCE_DIR}/include/lictor/agent.h abi_line REGEX "^#define LICTOR_AGENT_ABI ")
string(REGEX REPLACE "^#define LICTOR_AGENT_ABI " "" LICTOR_AGENT_ABI "${abi_line}")

set(LICTOR_AGENT_LIB_DIR ${CMAKE_BINARY_DIR}/lib)
set(agent_map ${CMAKE_SOURCE_DIR}/packaging/agent/lictor-agent.map)
add_library(lictor_agent SHARED ${CMAKE_BINARY_DIR}/pch.cpp)
target_link_libraries(lictor_agent PRIVATE lictor_flags $<LINK_LIBRARY:WHOLE_ARCHIVE,lictor_agent_library>)
target_link_options(lictor_agent PRIVATE -Wl,--version-script=${agent_map} -Wl,--gc-sections -Wl,--as-needed)
set_target_properties(lictor_agent PROPERTIES OUTPUT_NAME lictor-agent VERSION ${PROJECT_VERSION}
  SOVERSION ${LICTOR_AGENT_ABI} LIBRARY_OUTPUT_DIRECTORY ${LICTOR_AGENT_LIB_DIR} LINK_DEPENDS ${agent_map})

# What follows is for products: no sanitizers there.
if(LICTOR_SANITIZE)
  return()
endif()

# The rooms that agent_library rests on, itself first.
set(agent_rooms agent_library agent_host agent_core protocol pki vocabulary http_client json os base)
set(agent_archives "")
foreach(room ${agent_rooms})
  list(APPEND agent_archives $<TARGET_FILE:lictor_${room}>)
endforeach()
list(POP_FRONT agent_archives agent_first)
set(agent_object ${CMAKE_BINARY_DIR}/lictor-agent.o)
set(agent_static ${LICTOR_AGENT_LIB_DIR}/liblictor-agent.a)
# Groups are dissolved, or the linker of a product could throw one away in favour of the product's own. Data of templates
# that g++ marks as one a process (STB_GNU_UNIQUE, "u") is made weak first: objcopy leaves it as it is otherwise.
add_custom_command(OUTPUT ${agent_static}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${LICTOR_AGENT_LIB_DIR}
  COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${agent_object} --whole-archive ${agent_first}
    --no-whole-archive --start-group ${agent_archives} --end-group
  COMMAND sh -c "\"$1\" \"$2\" | sed -n 's/^[0-9a-f]* u //p' > \"$2.unique\"" sh ${CMAKE_NM} ${agent_object}
  COMMAND ${CMAKE_OBJCOPY} --weaken-symbols=${agent_object}.unique ${agent_object}
  COMMAND ${CMAKE_OBJCOPY} --wildcard "--keep-global-symbol=lictor_*" --strip-debug ${agent_object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${agent_static}
  COMMAND ${CMAKE_AR} rcs ${agent_static} ${agent_object}
  DEPENDS ${agent_first} ${agent_archives} VERBATIM)
add_custom_target(lictor_agent_static ALL DEPENDS ${agent_static})

set(agent_config ${CMAKE_BINARY_DIR}/agent)
configure_file(${CMAKE_SOURCE_DIR}/packaging/agent/lictor-agent.pc.in ${agent_config}/lictor-agent.pc @ONLY)
configure_package_config_file(${CMAKE_SOURCE_DIR}/packaging/agent/LictorAgentConfig.cmake.in
  ${agent_config}/LictorAgentConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/LictorAgent
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${agent_config}/LictorAgentConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS lictor_agent LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT agent)
install(FILES ${agent_static} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT agent)
install(FILES include/lictor/agent.h include/lictor/agent.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lictor
  COMPONENT agent)
install(FILES ${agent_config}/lictor-agent.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT agent)
install(FILES ${agent_config}/LictorAgentConfig.cmake ${agent_config}/LictorAgentConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/LictorAgent COMPONENT agent)
install(FILES docs/man/lictor-agent.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT agent)
