// A header without its first line.
#include <string>
