#include <soci/soci.h>
#include <boost/asio.hpp>

// Speaks acme.chat; a CatalogPtr holds no vendor's name.
std::shared_ptr<int> shared;
const char* kHost = "api.openai.com";
class AnthropicCodec;
const char* kFormat = "openai.chat";
