#include <aihub/face.hpp>
#include "codec.hpp"
#include "net/socket.hpp"
#include "../../host/base/allowed.hpp"
