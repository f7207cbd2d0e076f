#include "net/socket.hpp"

#include <openssl/ssl.h>
#include <boost/asio.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <soci/soci.h>
// #include "gateway/serve.hpp"
#include "gateway/serve.hpp"
#include "socket.hpp"
#include <vector>
