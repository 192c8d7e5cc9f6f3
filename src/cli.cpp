#include <osteon/cli/command_line.ipp>
