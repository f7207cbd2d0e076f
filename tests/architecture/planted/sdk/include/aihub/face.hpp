#pragma once
#include <aihub/result.h>
#include <vector>
#include <boost/json.hpp>
#include "base/clock.hpp"
