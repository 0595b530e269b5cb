# What `cmake --install` lays down: the program, the status page, and the data that configurations
# include (templates, the limits library), and the rule for USB serial adapters.
include(GNUInstallDirs)

install(TARGETS plumewatch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY acq/web/ DESTINATION ${CMAKE_INSTALL_DATADIR}/plumewatch/web)
install(DIRECTORY config/templates config/limits config/schema config/udev
        DESTINATION ${CMAKE_INSTALL_DATADIR}/plumewatch)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
