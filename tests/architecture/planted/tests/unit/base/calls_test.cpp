// Tests base/calls.cpp.
